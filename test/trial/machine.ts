import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootsNext } from "../../src/boot/check.ts";
import { chooseLoader } from "../../src/boot/choose.ts";
import { readHistory } from "../../src/journal/history.ts";
import type { HistoryEntry } from "../../src/journal/record.ts";
import { pendingTrial } from "../../src/journal/trial.ts";
import type { HostState, NextBoot, Plan } from "../../src/model/index.ts";
import type { Observed } from "../../src/plan/make.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { atBoot } from "../../src/trial/at-boot.ts";
import { makeKeep } from "../../src/trial/keep.ts";
import { planTry } from "../../src/trial/make.ts";
import { StandInHost } from "../standins/host.ts";
import { applyOn } from "../support/apply-on.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";

const VARIABLES = "sys/firmware/efi/efivars";
const GUID = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/** What a boot leaves otherwise, GRUB's empty `next_entry=` among it, and hostcfg's own records. */
const APART = ["/var/lib/hostcfg", "/proc", `/${VARIABLES}`, "/var/log", "/boot/grub/grubenv"];

/** A recorded host in a folder, which can be rebooted. */
export class Machine {
  readonly root: string;
  spec: HostSpec;
  #boots = 0;

  constructor(folder: string, name: string, spec: Omit<HostSpec, "apiVersion">) {
    this.root = join(folder, "root");
    this.spec = { apiVersion: "hostcfg/v1", ...spec };
    materialise(withoutDevices(recordedHost(name).capture), this.root);
    for (const path of [
      "usr/lib/systemd/systemd",
      "usr/bin/node",
      "opt/hostcfg/hostcfg.js",
      "etc/systemd/system/x",
    ]) {
      mkdirSync(join(this.root, path, ".."), { recursive: true });
      writeFileSync(join(this.root, path), "");
    }
    this.#bootId();
  }

  get host(): StandInHost {
    return new StandInHost(this.root);
  }

  async observed(): Promise<Observed> {
    const text = `apiVersion: hostcfg/v1\n`;
    const source = {
      path: "/etc/host.yaml",
      sha256: "0".repeat(64),
      text,
      spec: this.spec,
      diagnostics: [],
      locate: () => undefined,
    };
    return { source, state: await probe(this.host.reader(), this.spec), debs: [] };
  }

  async trialPlan(decides: "person" | "verification" = "person"): Promise<Plan> {
    return planTry(this.host.reader(), {
      ...(await this.observed()),
      hostcfgVersion: "0.0.0",
      wish: { decides, seconds: 600, reboot: false },
      command: { executable: "/usr/bin/node", script: "/opt/hostcfg/hostcfg.js", spec: "/etc/host.yaml" },
    });
  }

  async ordinaryPlan(): Promise<Plan> {
    return makePlan({ ...(await this.observed()), hostcfgVersion: "0.0.0" });
  }

  async keepPlan(): Promise<Plan> {
    const { state } = await this.observed();
    const trial = pendingTrial(await readHistory(this.host.reader()));
    if (trial === undefined) throw new Error("no trial is pending");
    return makeKeep(this.host.reader(), await this.ordinaryPlan(), trial, state);
  }

  async next(state?: HostState): Promise<NextBoot> {
    const seen = state ?? (await probe(this.host.reader(), this.spec));
    const next = bootsNext(seen, chooseLoader(seen.bootLoader, undefined));
    if (!next.known) throw new Error(next.why);
    return next.value;
  }

  /** What the firmware, the loader and the kernel do: the choice for one boot is forgotten. */
  async reboot(): Promise<NextBoot> {
    const next = await this.next();
    rmSync(join(this.root, VARIABLES, `LoaderEntryOneShot-${GUID}`), { force: true });
    const environment = join(this.root, "boot/grub/grubenv");
    if (next.loader === "grub") {
      const block = readFileSync(environment, "utf8").replace(/^next_entry=.*\n/m, "next_entry=\n");
      writeFileSync(environment, block.slice(0, 1024).padEnd(1024, "#"));
    }
    const initrd = next.initrd
      .replace(/^\/(?:efi|boot\/efi|boot)(?=\/(?:EFI|debian)\/)/i, "")
      .replaceAll("/", "\\");
    const own = next.loader === "grub" ? `BOOT_IMAGE=${next.kernel}` : `initrd=${initrd}`;
    writeFileSync(join(this.root, "proc/cmdline"), `${own} ${next.options}\n`);
    if (next.release.known)
      writeFileSync(join(this.root, "proc/sys/kernel/osrelease"), `${next.release.value}\n`);
    this.#bootId();
    return next;
  }

  #bootId(): void {
    this.#boots += 1;
    mkdirSync(join(this.root, "proc/sys/kernel/random"), { recursive: true });
    writeFileSync(
      join(this.root, "proc/sys/kernel/random/boot_id"),
      `00000000-0000-4000-8000-${String(this.#boots).padStart(12, "0")}\n`,
    );
  }

  async newest(): Promise<HistoryEntry> {
    const entry = (await readHistory(this.host.reader())).at(-1);
    if (entry === undefined) throw new Error("nothing was applied");
    return entry;
  }

  async does(): Promise<string> {
    const state = await probe(this.host.reader(), this.spec);
    return atBoot(pendingTrial(await readHistory(this.host.reader())), state.running).does;
  }

  image(): string {
    return snapshot(this.root, APART);
  }
}

/** How an apply ended: `applied`, or why not. */
export async function applied(host: StandInHost, replan: () => Promise<Plan>): Promise<string> {
  const plan = await replan();
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(({ summary }) => summary).join("; ");
  const outcome = await applyOn(host, replan, plan);
  return outcome.status === "failed" ? outcome.why : outcome.status;
}

type Tried = readonly [name: string, spec: Omit<HostSpec, "apiVersion">];

const WITH_OPTIONS = { kernelOptions: { present: ["iommu=pt"] } };

/** One of each boot loader. */
export const MACHINES: readonly Tried[] = [
  ["sd-boot-debian", { kernel: { release: "6.1.0-25-amd64" }, ...WITH_OPTIONS }],
  ["debian-grub", WITH_OPTIONS],
  ["pop-x570", WITH_OPTIONS],
];

/** More, for test:faults. */
export const MORE_MACHINES: readonly Tried[] = [
  ...MACHINES,
  ["sd-boot-debian", WITH_OPTIONS],
  ["sd-boot-xbootldr", WITH_OPTIONS],
  ["ubuntu-grub", WITH_OPTIONS],
];
