import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHistory, unfinishedNow, unfinishedWarning } from "../../src/journal/history.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";
import { readWays } from "../../src/verify-at-boot/read.ts";
import { UNIT, WANTED, commandOf } from "../../src/verify-at-boot/unit.ts";
import { FaultyHost } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { recordedHost, recordedHosts, withoutDevices } from "../support/recorded-hosts.ts";
import { undo, undoPlan } from "../support/story.ts";
import { BootVerifiedHost, COMMAND } from "../support/verify-at-boot.ts";

const OWN = ["/var/lib/hostcfg"];
const GRUB = withoutDevices(recordedHost("debian-grub").capture);
const codes = (plan: { diagnostics: readonly { code: string; severity: string }[] }): string[] =>
  plan.diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);

describe.each(recordedHosts())("verify at boot on $name", ({ capture }) => {
  let on: BootVerifiedHost;
  beforeEach(() => {
    on = new BootVerifiedHost(withoutDevices(capture));
  });
  afterEach(() => {
    on.remove();
  });

  it("is enabled, then there is nothing to do, and undo leaves the host to the byte as it was", async () => {
    const before = snapshot(on.root, OWN);
    expect(await on.carryOut("enable-verify")).toMatchObject({ status: "applied", steps: 2 });
    const reader = on.host.reader();
    expect(commandOf(reader.readText(UNIT) ?? "")).toEqual(COMMAND);
    expect(reader.realPath(WANTED)).toBe(UNIT);
    expect(await on.carryOut("enable-verify")).toEqual({ status: "nothing-to-do" });
    const back = await undoPlan(on.host, "0001");
    expect(back).toMatchObject({ task: "enable-verify", rebootNeeded: false, applyable: true });
    expect(back.nextBoot.after).toEqual(back.nextBoot.before);
    expect(await undo(on.host, "0001")).toMatchObject({ status: "applied" });
    expect(snapshot(on.root, OWN)).toBe(before);
  });

  it("is disabled, then there is nothing to do, and undo enables it again", async () => {
    await on.carryOut("enable-verify");
    const enabled = snapshot(on.root, OWN);
    expect(await on.carryOut("disable-verify")).toMatchObject({ status: "applied", steps: 2 });
    expect([on.host.reader().lstat(UNIT), on.host.reader().lstat(WANTED)]).toEqual([undefined, undefined]);
    expect(await on.carryOut("disable-verify")).toEqual({ status: "nothing-to-do" });
    expect(await undo(on.host, "0002")).toMatchObject({ status: "applied" });
    expect(snapshot(on.root, OWN)).toBe(enabled);
  });
});

describe("on one host", () => {
  let on: BootVerifiedHost;
  beforeEach(() => {
    on = new BootVerifiedHost(GRUB);
  });
  afterEach(() => {
    on.remove();
  });

  it("another spec takes the place of the one before", async () => {
    await on.carryOut("enable-verify");
    on.write("/etc/hostcfg/other host.yaml", "x\n");
    const plan = await on.plan("enable-verify", "/etc/hostcfg/other host.yaml");
    expect(plan.changes).toMatchObject([
      {
        address: "verifyAtBoot.unit",
        action: "update",
        before: "verifies /etc/hostcfg/host.yaml",
        after: "verifies /etc/hostcfg/other host.yaml",
      },
    ]);
    expect(await on.carryOut("enable-verify", on.host, "/etc/hostcfg/other host.yaml")).toMatchObject({
      steps: 1,
    });
  });

  it("a unit that a person changed is written again, and one that systemctl disabled is started again", async () => {
    await on.carryOut("enable-verify");
    fs.appendFileSync(join(on.root, UNIT), "# mine\n");
    expect((await on.plan("enable-verify")).changes.map(({ address }) => address)).toEqual([
      "verifyAtBoot.unit",
    ]);
    fs.rmSync(join(on.root, WANTED));
    expect((await on.plan("enable-verify")).steps.map(({ kind }) => kind)).toEqual(["writeFile", "symlink"]);
  });

  it("a link that systemctl made is as good as hostcfg's", async () => {
    await on.carryOut("enable-verify");
    fs.rmSync(join(on.root, WANTED));
    fs.symlinkSync(UNIT, join(on.root, WANTED));
    expect(await on.carryOut("enable-verify")).toEqual({ status: "nothing-to-do" });
  });

  it.each<[string, (at: string) => void]>([
    [
      "masked",
      (at) => {
        fs.symlinkSync("/dev/null", at);
      },
    ],
    [
      "somebody else's",
      (at) => {
        fs.writeFileSync(at, "[Service]\nExecStart=/bin/true\n");
      },
    ],
  ])("a unit that is %s is neither overwritten nor removed", async (_, make) => {
    fs.mkdirSync(join(on.root, "etc/systemd/system"), { recursive: true });
    make(join(on.root, UNIT));
    expect(codes(await on.plan("enable-verify"))).toEqual(["verify-unit-foreign"]);
    expect((await on.plan("disable-verify")).steps).toEqual([]);
  });

  it("a program that is not there, or a spec of everybody's, keeps it from being enabled", async () => {
    fs.rmSync(join(on.root, COMMAND.executable));
    fs.chmodSync(join(on.root, COMMAND.spec), 0o666);
    const plan = await on.plan("enable-verify");
    expect(codes(plan)).toEqual(["verify-program-missing", "verify-path-writable"]);
    expect([plan.applyable, plan.steps]).toEqual([false, []]);
  });

  it("each file of the program is looked at, and one kind of trouble told once", async () => {
    for (const name of ["main.js", "run.js"]) {
      on.write(`/usr/lib/hostcfg/dist/${name}`, "x\n");
      fs.chmodSync(join(on.root, "usr/lib/hostcfg/dist", name), 0o666);
    }
    expect(codes(await on.plan("enable-verify"))).toEqual(["verify-path-writable"]);
  });

  it("a spec with a name that no unit can hold is refused", async () => {
    on.write("/etc/hostcfg/a\nb.yaml", "x\n");
    expect(codes(await on.plan("enable-verify", "/etc/hostcfg/a\nb.yaml"))).toEqual([
      "verify-path-characters",
    ]);
  });

  it("one that was cut is told, with what finishes it", async () => {
    await on
      .carryOut("enable-verify", new FaultyHost(on.host, { at: 12, code: "KILL" }))
      .catch(() => undefined);
    const open = unfinishedNow(on.host.reader());
    expect(open).toMatchObject({ id: "0001", task: "enable-verify" });
    if (open !== undefined) expect(unfinishedWarning(open).hint).toContain("sudo hostcfg enable-verify SPEC");
    // Disabling it ends it as well.
    await on.carryOut("disable-verify");
    expect(unfinishedNow(on.host.reader())).toBeUndefined();
  });

  it("its record is no plan to apply, and says what it is", async () => {
    await on.carryOut("enable-verify");
    const bytes = fs.readFileSync(join(on.root, "var/lib/hostcfg/journal/0001/plan.json"));
    expect(await readSavedPlan(bytes)).toMatchObject({
      diagnostics: [{ code: "not-a-plan", summary: expect.stringContaining("enable-verify") as string }],
    });
    expect(await readHistory(on.host.reader())).toMatchObject([
      { id: "0001", task: "enable-verify", result: "applied", damage: [] },
    ]);
  });
});

it("is refused where no systemd is", async () => {
  const on = new BootVerifiedHost(GRUB, ["/usr/lib/systemd/systemd"]);
  try {
    expect(codes(await on.plan("enable-verify"))).toEqual(["verify-no-systemd"]);
  } finally {
    on.remove();
  }
});

it("asks nothing of what lies beside an executable, which needs none of it", () => {
  const on = new BootVerifiedHost(GRUB);
  try {
    on.write("/usr/bin/hostcfg", "x");
    const command = { executable: "/usr/bin/hostcfg", script: undefined, spec: COMMAND.spec };
    const ways = readWays(on.host.reader(), command, { known: true, value: [] });
    expect(ways.scripts).toEqual([]);
    expect(ways.executable?.at(-1)?.path).toBe("/usr/bin/hostcfg");
  } finally {
    on.remove();
  }
});
