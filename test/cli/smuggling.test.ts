import fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { StandInHost } from "../standins/host.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { materialise, snapshot } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";

/** As JSON, for what a forger writes is no Plan. */
interface Forged {
  [key: string]: unknown;
  steps: Record<string, unknown>[];
  changes: unknown[];
  spec: { path: string; sha256: string; text?: string; document: Record<string, unknown> };
  host: Record<string, unknown>;
}

let work: string;
let root: string;
const ran: string[] = [];

async function hostcfg(...argv: readonly string[]) {
  const beforeExec = (words: readonly string[]): void => void ran.push(words.join(" "));
  const { io, printed } = standInIo(work, new StandInHost(root, { beforeExec }));
  const exit = await main(argv, io);
  return { exit, ...printed };
}

/** The story of pop-x570 without its devices, which is planned and, forged, applied. */
beforeAll(async () => {
  const { capture, spec } = recordedHost("pop-x570");
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-forged-"));
  root = join(work, "root");
  materialise(withoutDevices(capture), root);
  acsKernelDebs(join(work, "debs"));
  const text = fs
    .readFileSync(spec, "utf8")
    .replace(/^devices:[\s\S]*?^(?=\S)/m, "")
    .replace(/^iommuGroups:[\s\S]*/m, "");
  fs.writeFileSync(join(work, "host.yaml"), text);
  expect(await hostcfg("plan", "--out", "plan.json")).toMatchObject({ exit: 0 });
});
afterAll(() => {
  fs.rmSync(work, { recursive: true });
});

function forge(change: (plan: Forged) => void): void {
  const plan = JSON.parse(fs.readFileSync(join(work, "plan.json"), "utf8")) as Forged;
  change(plan);
  fs.writeFileSync(join(work, "forged.json"), JSON.stringify(plan));
}

const EXPECT = { kind: "absent" };
const base = (id: number) => ({ id, title: "harmless", serves: ["kernel.release"] });
const last = ({ steps }: Forged): number => steps.length + 1;
const SHELL = ["/bin/sh", "-c", "id >/root/pwned"];
const exec = { kind: "exec", argv: SHELL, inputs: [], touches: [], flushes: [], timeoutSeconds: 60 };

function first(plan: Forged, kind: string): Record<string, unknown> {
  const step = plan.steps.find((one) => one["kind"] === kind);
  if (step === undefined) throw new Error(`the story has no step ${kind}`);
  return step;
}

describe("a saved plan that somebody has edited", () => {
  it.each<[string, (plan: Forged) => void]>([
    ["a shell in the place of a command", (plan) => (first(plan, "exec")["argv"] = SHELL)],
    ["another argument", (plan) => (first(plan, "exec")["argv"] as string[]).push("--force-all")],
    ["a shell at the end", (plan) => plan.steps.push({ ...base(last(plan)), ...exec })],
    ["a shell at the beginning", (plan) => plan.steps.unshift({ ...base(1), ...exec })],
    [
      "another package",
      (plan) => (first(plan, "exec")["inputs"] = [{ path: "/tmp/evil.deb", sha256: "0".repeat(64) }]),
    ],
    ["another folder to flush", (plan) => (first(plan, "exec")["flushes"] = ["/etc"])],
    ["another time limit", (plan) => (first(plan, "exec")["timeoutSeconds"] = 1)],
    ["another content", (plan) => (first(plan, "writeFile")["content"] = "evil")],
    ["another mode", (plan) => (first(plan, "writeFile")["mode"] = 0o4777)],
    ["another path", (plan) => (first(plan, "writeFile")["path"] = "/etc/shadow")],
    ["a path that climbs", (plan) => (first(plan, "writeFile")["path"] = "/boot/../etc/shadow")],
    ["a link elsewhere", (plan) => (first(plan, "symlink")["target"] = "/etc/shadow")],
    ["a copy of another file", (plan) => (first(plan, "copyFile")["from"] = "/etc/shadow")],
    [
      "a file that is put back, as an undo does",
      (plan) =>
        plan.steps.push({
          ...base(last(plan)),
          kind: "restore",
          path: "/root/su",
          base64: "ZXZpbA==",
          mode: 0o4755,
          uid: 0,
          gid: 0,
          expect: EXPECT,
        }),
    ],
    [
      "a removal",
      (plan) =>
        plan.steps.push({ ...base(last(plan)), kind: "remove", path: "/boot/vmlinuz", expect: EXPECT }),
    ],
    ["one step less", (plan) => plan.steps.pop()],
    ["the steps in another order", (plan) => plan.steps.reverse()],
    ["no changes", (plan) => (plan.changes = [])],
    ["another host", (plan) => (plan.host["hostname"] = { known: true, value: "elsewhere" })],
    ["another spec in it", (plan) => (plan.spec.document["kernelOptions"] = { present: ["init=/bin/sh"] })],
    ["the mark of an undo", (plan) => (plan["undoes"] = "0001")],
    ["a spec that is none", (plan) => (plan.spec.document["run"] = SHELL)],
    [
      "a boot that it does not lead to",
      (plan) =>
        (plan["nextBoot"] = {
          before: { known: false, why: "" },
          after: { known: false, why: "" },
          afterUpgrade: { known: false, why: "" },
        }),
    ],
    ["another version of hostcfg", (plan) => (plan["hostcfgVersion"] = "9.9.9")],
    ["another digest of its spec", (plan) => (plan.spec.sha256 = "0".repeat(64))],
    ["another text of its spec", (plan) => (plan.spec.text = "apiVersion: hostcfg/v1\n")],
    ["a key that there is not", (plan) => (plan["script"] = SHELL)],
    [
      "a step of a kind that there is not",
      (plan) => plan.steps.push({ ...base(last(plan)), kind: "eval", code: "1" }),
    ],
  ])("is refused with %s, and nothing is changed or run", async (_what, change) => {
    forge(change);
    ran.length = 0;
    const before = snapshot(root);
    const { exit, stderr } = await hostcfg("apply", "forged.json");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/is stale|is not a plan that this hostcfg can apply/);
    expect(snapshot(root)).toBe(before);
    expect(ran).toEqual([]);
  });

  it("runs what was planned where the file was only formatted anew", async () => {
    forge(() => undefined);
    ran.length = 0;
    const applied = await hostcfg("apply", "forged.json");
    expect(applied.stderr).not.toContain("error");
    expect(applied.exit).toBe(0);
    expect(ran).not.toContain(SHELL.join(" "));
    expect(ran[0]).toMatch(/^dpkg --force-confold --install \/var\/lib\/hostcfg\/inputs\//);
  });
});

describe("the path of the spec in a saved plan", () => {
  it("is no place for a lock file where its spec does not stand", async () => {
    const { capture, spec } = recordedHost("moved-card");
    const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-forged-"));
    try {
      fs.copyFileSync(spec, join(folder, "host.yaml"));
      materialise(capture, join(folder, "root"));
      const run = (...argv: readonly string[]) =>
        main(argv, standInIo(folder, new StandInHost(join(folder, "root"))).io);
      expect(await run("plan", "--out", "plan.json")).toBe(0);
      const victims = join(folder, "victims");
      fs.mkdirSync(victims);
      fs.writeFileSync(join(victims, "host.yaml"), "apiVersion: hostcfg/v1\n");
      const plan = JSON.parse(fs.readFileSync(join(folder, "plan.json"), "utf8")) as Forged;
      plan.spec.path = join(victims, "host.yaml");
      fs.writeFileSync(join(folder, "forged.json"), JSON.stringify(plan));
      expect(await run("apply", "forged.json")).toBe(0);
      expect(fs.readdirSync(victims)).toEqual(["host.yaml"]);
      expect(fs.readdirSync(dirname(victims))).not.toContain("host.lock.json");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
