import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyPlan } from "../../src/apply/apply.ts";
import type { Timing } from "../../src/apply/timing.ts";
import { JUDGE, JUDGE_WANTED, LIMIT, LIMIT_WANTED } from "../../src/boot/trial-files.ts";
import { markOf } from "../../src/cmdline.ts";
import { bootsNext } from "../../src/boot/check.ts";
import { chooseLoader } from "../../src/boot/choose.ts";
import { loaderOfEsps } from "../../src/boot/proxmox/host.ts";
import { ENGINE } from "../../src/cli/engine.ts";
import { main } from "../../src/cli/main.ts";
import type { ExecOptions, ExecOutcome, Host } from "../../src/host/host.ts";
import { readHistory, trialNow } from "../../src/journal/history.ts";
import type { HistoryEntry } from "../../src/journal/record.ts";
import { openTrial } from "../../src/journal/trial.ts";
import type { HostState, NextBoot, Plan } from "../../src/model/index.ts";
import type { Observed } from "../../src/plan/make.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import { atBoot } from "../../src/trial/at-boot.ts";
import { makeKeep } from "../../src/trial/keep.ts";
import { planTry } from "../../src/trial/make.ts";
import { fakeIo } from "../cli/fakes.ts";
import { StandInHost } from "../standins/host.ts";
import { checkingBoot } from "../support/checking-boot.ts";
import { applyOn } from "../support/apply-on.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";

const VARIABLES = "sys/firmware/efi/efivars";
const GUID = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const ONE_SHOT = `${VARIABLES}/LoaderEntryOneShot-${GUID}`;
/** What a boot leaves otherwise, and hostcfg's own records. */
const APART = ["/var/lib/hostcfg", "/proc", `/${ONE_SHOT}`, "/var/log"];

/** Its GRUB has not kept anything yet. */
const FRESH = "ubuntu-grub";

/** Of a host whose recording was not started by its own menu: as that menu starts it. */
const STARTED: Readonly<Record<string, string>> = {
  "proxmox-grub-esps":
    "BOOT_IMAGE=/vmlinuz-6.8.12-8-pve root=ZFS=/ROOT/pve-1 ro root=ZFS=rpool/ROOT/pve-1 boot=zfs quiet\n",
};

/** A recorded host in a folder, which can be rebooted. */
export class Machine {
  readonly root: string;
  spec: HostSpec;
  /** What the spec has that includes /etc/base.yaml. */
  base: HostSpec | undefined;
  #boots = 0;

  constructor(folder: string, name: string, spec: Omit<HostSpec, "apiVersion">, patch: Patch = {}) {
    this.root = join(folder, "root");
    this.spec = { apiVersion: "hostcfg/v1", ...spec };
    materialise(withoutDevices(patched(recordedHost(name).capture, patch)), this.root);
    if (name === FRESH) rmSync(join(this.root, "boot/grub/grubenv"));
    const started = STARTED[name];
    if (started !== undefined) writeFileSync(join(this.root, "proc/cmdline"), started);
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

  async observed(host: Host = this.host): Promise<Observed> {
    // As a person may write it: JSON is YAML.
    const { spec, ...source } = parseSpec("/etc/host.yaml", Buffer.from(JSON.stringify(this.spec)), () =>
      Buffer.from(JSON.stringify(this.base)),
    );
    if (spec === undefined) throw new Error("the spec of this machine is not valid");
    return { source: { ...source, spec }, state: await probe(host.reader(), spec), debs: [] };
  }

  async trialPlan(decides: "person" | "verification" = "person", host: Host = this.host): Promise<Plan> {
    return planTry(host.reader(), {
      ...(await this.observed(host)),
      hostcfgVersion: "0.0.0",
      wish: { decides, seconds: 600, reboot: false },
      command: { executable: "/usr/bin/node", script: "/opt/hostcfg/hostcfg.js", spec: "/etc/host.yaml" },
    });
  }

  async ordinaryPlan(host: Host = this.host): Promise<Plan> {
    return makePlan({ ...(await this.observed(host)), hostcfgVersion: "0.0.0" });
  }

  /** Where there is no trial, what an apply would do. */
  async keepPlan(host: Host = this.host): Promise<Plan> {
    const { state } = await this.observed(host);
    const open = openTrial(await readHistory(host.reader()));
    const plan = await this.ordinaryPlan(host);
    return open === undefined ? plan : makeKeep(host.reader(), plan, open, state);
  }

  /** Runs one command line on it, as root. */
  async hostcfg(
    line: string,
  ): Promise<{ readonly exit: number; readonly said: string; readonly reboots: boolean }> {
    const host = new RebootingHost(this.root);
    let seconds = 0;
    const timing: Timing = {
      seconds: () => seconds,
      pause: (length) => {
        seconds += length;
        return Promise.resolve();
      },
    };
    const io = fakeIo({
      timing,
      files: {
        "/etc/host.yaml": JSON.stringify(this.spec),
        "/etc/base.yaml": JSON.stringify(this.base ?? {}),
      },
    });
    const open = () => ({ tree: host.tree(), reader: () => host.reader(), host });
    const exit = await main(line.split(" "), { ...io, open }, ENGINE);
    return { exit, said: [...io.seen.out, ...io.seen.err].join(""), reboots: host.reboots };
  }

  async next(state?: HostState): Promise<NextBoot> {
    const seen = state ?? (await probe(this.host.reader(), this.spec));
    const next = bootsNext(seen, chooseLoader(seen.bootLoader, undefined));
    if (!next.known) throw new Error(next.why);
    return next.value;
  }

  /** What the firmware, the loader and the kernel do: the choice for one boot is forgotten. */
  async reboot(): Promise<NextBoot> {
    const next = await this.next(startedFromFirst(await probe(this.host.reader(), this.spec)));
    rmSync(join(this.root, ONE_SHOT), { force: true });
    if (next.loader === "grub") forgetChoice(join(this.root, "boot/grub"));
    this.#forgetOnEsps(next);
    const initrd = next.initrd
      .replace(/^(?:\/efi|\/boot\/efi|\/boot|\(ESP\))(?=\/(?:EFI|debian)\/)/i, "")
      .replaceAll("/", "\\");
    const byGrub = next.loader === "grub" || this.#espsOfGrub().length > 0;
    const own = byGrub ? `BOOT_IMAGE=${next.kernel.replace("(ESP)", "")}` : `initrd=${initrd}`;
    writeFileSync(join(this.root, "proc/cmdline"), `${own} ${next.options}\n`);
    if (next.release.known)
      writeFileSync(join(this.root, "proc/sys/kernel/osrelease"), `${next.release.value}\n`);
    this.#bootId();
    return next;
  }

  /** The header forgets on the ESP that it was started from, and a trial's entry on those that it names. */
  #forgetOnEsps({ options }: NextBoot): void {
    const esps = this.#espsOfGrub();
    const [first = ""] = esps;
    const folder = (uuid: string): string => join(this.root, "esp", uuid, "grub");
    forgetChoice(folder(first));
    if (esps.length === 0 || markOf(options) !== "trial") return;
    const custom = readFileSync(join(folder(first), "custom.cfg"), "utf8");
    const named = /^\tfor uuid in (.*); do$/m.exec(custom)?.[1]?.split(" ") ?? [];
    for (const uuid of esps.filter((one) => named.includes(one))) emptyChoice(join(folder(uuid), "grubenv"));
  }

  #espsOfGrub(): string[] {
    const folder = join(this.root, "esp");
    const all = existsSync(folder) ? readdirSync(folder) : [];
    return all.filter((uuid) => existsSync(join(folder, uuid, "grub/grub.cfg")));
  }

  /** Boots until nobody reboots it any more: the trial's units do their part. What each boot started. */
  async settle(): Promise<NextBoot[]> {
    const boots: NextBoot[] = [];
    while (boots.length < 4) {
      const next = await this.reboot();
      boots.push(next);
      const isLimited = this.#has(LIMIT, LIMIT_WANTED) && markOf(next.options) === "trial";
      const judged = this.#has(JUDGE, JUDGE_WANTED) ? await this.hostcfg("at-boot") : undefined;
      // What the limit looks at when its time is over.
      if (judged?.reboots !== true && !(isLimited && this.#has(JUDGE))) return boots;
    }
    throw new Error(`it reboots again and again: ${boots.map(({ options }) => options).join("; ")}`);
  }

  /** Whether systemd would find them. */
  #has(...paths: readonly string[]): boolean {
    return paths.every((path) => existsSync(join(this.root, path)));
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
    return atBoot(trialNow(this.host.reader()), state.running).does;
  }

  image(): string {
    return snapshot(this.root, APART);
  }
}

/** Of several ESPs that GRUB starts, the firmware starts the first. */
function startedFromFirst(state: HostState): HostState {
  const { proxmox } = state.bootLoader;
  if (proxmox === undefined || loaderOfEsps(proxmox) !== "grub") return state;
  const esps = proxmox.esps.slice(0, 1);
  return { ...state, bootLoader: { ...state.bootLoader, proxmox: { ...proxmox, esps } } };
}

/** What GRUB's header does where an entry is chosen for one boot: the name stays, with nothing behind it. */
function forgetChoice(folder: string): void {
  const environment = join(folder, "grubenv");
  if (existsSync(environment) && /^next_entry=./m.test(readFileSync(environment, "utf8")))
    emptyChoice(environment);
}

/** `save_env next_entry`, of an empty one. */
function emptyChoice(environment: string): void {
  const text = readFileSync(environment, "utf8").replace(/#*$/, "");
  const name = "next_entry=\n";
  const block = /^next_entry=/m.test(text) ? text.replace(/^next_entry=.*\n/m, name) : text + name;
  writeFileSync(environment, block.padEnd(1024, "#"));
}

/** Notes that it is told to reboot. */
class RebootingHost extends StandInHost {
  reboots = false;

  override exec(argv: readonly string[], options: ExecOptions): Promise<ExecOutcome> {
    if (argv.join(" ") !== "systemctl reboot") return super.exec(argv, options);
    this.reboots = true;
    return Promise.resolve({ kind: "exited", exitCode: 0, tail: "" });
  }
}

/** Carries a plan out until so many steps are done, and answers whether that was all of it. */
export async function until(machine: Machine, replan: () => Promise<Plan>, steps: number): Promise<boolean> {
  const stop = new AbortController();
  let done = 0;
  const { host } = machine;
  const outcome = await applyPlan({
    plan: await replan(),
    host,
    replan,
    checkBoot: checkingBoot(host),
    observe: ({ kind }) => {
      if (kind === "step-done" && ++done === steps) stop.abort();
    },
    signal: stop.signal,
    now: () => new Date(0),
  });
  if (outcome.status !== "interrupted" && outcome.status !== "applied")
    throw new Error(JSON.stringify(outcome));
  return outcome.status === "applied";
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
  ["proxmox-9", { kernel: { release: "6.14.11-4-pve" }, ...WITH_OPTIONS }],
  ["proxmox-grub-esps", { kernel: { release: "6.8.12-4-pve" }, ...WITH_OPTIONS }],
];

/** Of hosts whose kernels are called by their packages. */
export const NAMED: readonly Tried[] = [
  ["arch-grub", WITH_OPTIONS],
  ["arch-static", WITH_OPTIONS],
];

/** Where the choice for one boot makes the file that it stands in. */
export const WITHOUT_ENVIRONMENT: Tried = [FRESH, WITH_OPTIONS];

/** More, for test:faults. */
export const MORE_MACHINES: readonly Tried[] = [
  ...MACHINES,
  ["sd-boot-debian", WITH_OPTIONS],
  ["sd-boot-xbootldr", WITH_OPTIONS],
  WITHOUT_ENVIRONMENT,
];
