import fs, { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { main } from "../../src/cli/main.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { Bootability, Plan } from "../../src/model/index.ts";
import { runWith } from "../cli/fakes.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";
import type { Case } from "./support/cases.ts";
import { readCases } from "./support/cases.ts";
import { changed } from "./support/changes.ts";
import { missesOfCheck, missesOfPlan } from "./support/judge.ts";

/**
 * Each file of `cases` is a way in which hosts of public reports were set up, broken or misread, with the answers that
 * the real programs gave; and others like it that nobody has reported.
 */
const CASES = fileURLToPath(new URL("cases", import.meta.url));

describe.each(readdirSync(CASES).sort())("%s", (file) => {
  for (const one of readCases(join(CASES, file))) {
    const capture = changed(recordedHost(one.host).capture, one.changes ?? {});
    const spec = JSON.stringify({ apiVersion: "hostcfg/v1", ...one.spec });

    it(one.name, async () => {
      const missed = missesOfPlan(one.plan, await answer<Plan>("plan", capture, spec));
      if (one.check !== undefined)
        missed.push(...missesOfCheck(one.check, await answer<Bootability>("check", capture, spec)));
      expect(missed).toEqual([]);
    });

    // An apply does not touch a host that does not come up as it is.
    const isBroken = one.plan.warnings?.includes("next-boot-broken") === true;
    if (one.plan.is === "planned" && !isBroken) comesAsPromised(one, capture, spec);
  }
});

/** What the program prints for a program. */
async function answer<T>(command: string, host: Capture, spec: string): Promise<T> {
  const { stdout } = await runWith(ENGINE, `${command} --json`, { host, files: { "host.yaml": spec } });
  return JSON.parse(stdout) as T;
}

/** On a tree of it, with the stand-ins' programs. */
function comesAsPromised({ name }: Case, capture: Capture, spec: string): void {
  it(`${name}: what was promised comes, once, and is undone`, async () => {
    const work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-boot-hosts-"));
    try {
      await applyAndUndo(work, capture, spec);
    } finally {
      fs.rmSync(work, { recursive: true });
    }
  });
}

/** Not of the host's own, and what proxmox-boot-tool makes of /etc/kernel/cmdline. */
const NOT_PUT_BACK = ["/proc", "/sys", "/var/lib/hostcfg", "/var/log", "/esp"];
/** What update-initramfs and kernel-install have made, and nothing names; and what sh has made of `1>2`. */
const MADE = /^\/boot\/\S*(?:initrd\.img|linux|-amd64) |^\/2 /;

async function applyAndUndo(work: string, capture: Capture, spec: string): Promise<void> {
  const root = join(work, "root");
  materialise(withoutDevices(capture), root);
  fs.writeFileSync(join(work, "host.yaml"), spec);
  const host = new StandInHost(root);
  const hostcfg = async (...argv: string[]): Promise<string> => {
    const { io, printed } = standInIo(work, host);
    const exit = await main(argv, io);
    if (exit !== 0) throw new Error(`${argv.join(" ")}: exit ${exit}\n${printed.stdout}${printed.stderr}`);
    return printed.stdout;
  };
  const planned = async (): Promise<Plan> => JSON.parse(await hostcfg("plan", "--json")) as Plan;
  const look = (): string[] => snapshot(root, NOT_PUT_BACK).split("\n");
  const before = look();
  const promise = await planned();
  await hostcfg("apply", "--auto-approve");
  const { changes, steps, nextBoot } = await planned();
  expect([changes, steps]).toEqual([[], []]);
  expect(nextBoot.before).toEqual(promise.nextBoot.after);
  await hostcfg("undo", "--auto-approve");
  const after = look();
  expect(before.filter((line) => !after.includes(line))).toEqual([]);
  expect(after.filter((line) => !before.includes(line) && !MADE.test(line))).toEqual([]);
}
