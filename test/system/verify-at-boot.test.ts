import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNoArgument, whyNoProgram, wordOf } from "../../src/verify-at-boot/unit-words.ts";
import { bootGrub, write } from "./rig/grub.ts";
import { HOSTCFG, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import type { Ran } from "./rig/ran.ts";
import { bootBySystemd } from "./rig/systemd.ts";

const SPEC = "/etc/hostcfg/host.yaml";
const UNIT = "/etc/systemd/system/hostcfg-verify.service";
const satisfied = "apiVersion: hostcfg/v1\nkernelOptions: { present: [quiet] }\n";
const unsatisfied = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

const isStatus = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/status-v1.json", import.meta.url), "utf8")) as object,
);

/**
 * The commands of a unit as the real systemd reads them, each with its words quoted as systemd shows them. Its system
 * manager runs as process 1 only, so its user manager reads the unit here; their unit files are one language.
 */
async function commandsRead(machine: Machine, unit: string): Promise<readonly string[]> {
  const folder = "/tmp/units";
  await write(machine, `${folder}/probe.service`, unit);
  await machine.must("mkdir", "-p", "-m", "777", "/tmp/run");
  // Nothing of the machine's recorded /sys is asked for; a manager wants to know its control group.
  const script = `mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
    exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp/run XDG_RUNTIME_DIR=/tmp/run \\
    SYSTEMD_UNIT_PATH=${folder}: /lib/systemd/systemd --test --user --no-pager --unit=probe.service`;
  const { stdout, stderr } = await machine.run(["unshare", "--mount", "sh", "-c", script]);
  const shown = stdout.split("-> Unit ").find((part) => part.startsWith("probe.service:"));
  if (shown === undefined) throw new Error(`systemd does not show the unit:\n${stderr}`);
  return [...shown.matchAll(/Command Line: (.*)$/gm)].map(([, line = ""]) => line);
}

async function status(machine: Machine): Promise<{ exit: number; document: unknown }> {
  const { exitCode, stdout } = await hostcfg(machine, "status", "--json");
  const document: unknown = JSON.parse(stdout);
  expect(isStatus(document), JSON.stringify(isStatus.errors)).toBe(true);
  return { exit: exitCode, document };
}

// One machine: each test goes on where the one before it ended.
describe("verify at boot, with the real systemd's own readers of units", () => {
  let machine: Machine;
  const runUnit = async (): Promise<Ran> => {
    const [command = ""] = await commandsRead(machine, machine.readText(UNIT));
    return machine.run(["sh", "-c", `cd / && exec ${command}`]);
  };
  beforeAll(async () => {
    machine = await bootGrub();
    await write(machine, SPEC, satisfied);
    await machine.must("mkdir", "-p", "/root/story");
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is not enabled at first, and nothing is held against the host", async () => {
    expect(await status(machine)).toMatchObject({
      exit: 0,
      document: { status: "satisfied", verifyAtBoot: { state: "disabled" } },
    });
  });

  it("writes nothing with --plan-only", async () => {
    const { stdout } = await mustHostcfg(machine, "enable-verify", SPEC, "--plan-only");
    expect(stdout).toContain(`verifies ${SPEC}`);
    expect((await machine.run(["test", "-e", UNIT])).exitCode).toBe(1);
  });

  it("is enabled for systemctl, once the plan is carried out", async () => {
    await mustHostcfg(machine, "enable-verify", SPEC, "--auto-approve");
    expect(await machine.must("systemctl", "--root=/", "is-enabled", "hostcfg-verify.service")).toBe(
      "enabled\n",
    );
    const again = await mustHostcfg(machine, "enable-verify", SPEC, "--auto-approve");
    expect(again.stdout).toContain("Nothing to do: verify at boot is enabled like this.");
  });

  it("is well formed, and makes no cycle with the targets that it waits for", async () => {
    const unit = await machine.run(["systemd-analyze", "verify", "--man=no", UNIT]);
    expect(unit).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    for (const target of ["multi-user.target", "graphical.target"]) {
      const { stdout, stderr } = await machine.run(["systemd-analyze", "verify", "--man=no", target]);
      expect(stdout + stderr).not.toMatch(/cycle|hostcfg/);
    }
  });

  it("finds a mistake in the unit where there is one, so that finding none means something", async () => {
    const bad = machine
      .readText(UNIT)
      .replace("Type=oneshot", "Type=once")
      .replace("/usr/local/bin/node", "/no");
    await write(machine, "/tmp/bad/bad.service", bad);
    const { exitCode, stderr } = await machine.run([
      "systemd-analyze",
      "verify",
      "--man=no",
      "/tmp/bad/bad.service",
    ]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/Type|\/no/);
  });

  it("has not run yet, and status says so", async () => {
    const { exit, document } = await status(machine);
    expect([exit, document]).toMatchObject([
      4,
      {
        status: "unknown",
        verifyAtBoot: { state: "enabled", spec: SPEC },
        newestApply: { task: "enable-verify" },
      },
    ]);
  });

  it("runs the line of the unit: satisfied, and status knows", async () => {
    expect(await runUnit()).toMatchObject({ exitCode: 0 });
    expect(await status(machine)).toMatchObject({
      exit: 0,
      document: {
        verification: {
          value: { record: { verdict: "satisfied", spec: { path: SPEC } }, spec: "unchanged" },
        },
      },
    });
    expect(await machine.must("stat", "-c", "%a %U", "/var/lib/hostcfg/verified.json")).toBe("600 root\n");
  });

  it("knows that the spec was changed since, and that the host does not satisfy it then", async () => {
    await write(machine, SPEC, unsatisfied);
    expect(await status(machine)).toMatchObject({ exit: 4, document: { status: "unknown" } });
    const ran = await runUnit();
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toContain("unsatisfied");
    expect(await status(machine)).toMatchObject({ exit: 2, document: { status: "unsatisfied" } });
    expect((await hostcfg(machine, "status")).stdout).toContain("iommu");
  });

  it("tells of the reboot that an apply waits for", async () => {
    await mustHostcfg(machine, "apply", SPEC, "--auto-approve");
    expect(await runUnit()).toMatchObject({ exitCode: 3 });
    expect(await status(machine)).toMatchObject({
      exit: 3,
      document: { status: "pending", rebootAwaited: { known: true, value: true } },
    });
  });

  it("has no verdict where the spec is gone, which status tells too", async () => {
    await machine.must("mv", SPEC, `${SPEC}.away`);
    expect(await runUnit()).toMatchObject({ exitCode: 1 });
    expect(await status(machine)).toMatchObject({
      exit: 2,
      document: {
        verifyAtBoot: { state: "broken" },
        verification: { value: { record: { verdict: "failed" } } },
      },
    });
    await machine.must("mv", `${SPEC}.away`, SPEC);
  });

  it("counts what was found in an earlier boot for nothing", async () => {
    await machine.powerOff();
    await machine.powerOn({ release: "6.1.0-26-amd64", cmdline: "BOOT_IMAGE=/x ro quiet iommu=pt" });
    expect((await status(machine)).document).toMatchObject({
      status: "unknown",
      reasons: [{ text: "verify has not run since this boot" }],
      rebootAwaited: { known: true, value: false },
    });
    expect(await runUnit()).toMatchObject({ exitCode: 0 });
    expect(await status(machine)).toMatchObject({ exit: 0 });
  });

  it("is refused for what everybody could write, and for what is gone after a boot", async () => {
    await write(machine, "/tmp/host.yaml", satisfied);
    await write(machine, "/etc/open/host.yaml", satisfied);
    await machine.must("chmod", "777", "/etc/open");
    for (const [path, code] of [
      ["/tmp/host.yaml", "verify-path-fleeting"],
      ["/etc/open/host.yaml", "verify-path-writable"],
    ] as const) {
      const ran = await hostcfg(machine, "enable-verify", path, "--auto-approve");
      expect(ran.exitCode).toBe(1);
      expect(ran.stdout).toContain(`error[${code}]`);
    }
  });

  it("is taken back by undo, and gone with disable-verify", async () => {
    await mustHostcfg(machine, "disable-verify", "--auto-approve");
    for (const path of [UNIT, "/etc/systemd/system/multi-user.target.wants/hostcfg-verify.service"])
      expect((await machine.run(["test", "-L", path, "-o", "-e", path])).exitCode).toBe(1);
    expect((await mustHostcfg(machine, "disable-verify", "--auto-approve")).stdout).toContain(
      "Nothing to do",
    );
    await mustHostcfg(machine, "undo", "--auto-approve");
    expect(await machine.must("systemctl", "--root=/", "is-enabled", "hostcfg-verify.service")).toBe(
      "enabled\n",
    );
    expect((await hostcfg(machine, "history")).stdout).toMatch(/undo of \d+: applied/);
    await mustHostcfg(machine, "disable-verify", "--auto-approve");
  });

  it("is refused for another root in which the programs that run are elsewhere", async () => {
    const root = ["--root", machine.mount];
    const outside = (...args: string[]): Promise<Ran> =>
      machine.run([`${machine.mount}${HOSTCFG[0]}`, `${machine.mount}${HOSTCFG[1]}`, ...args], {
        outside: true,
      });
    const ran = await outside(
      "enable-verify",
      `${machine.mount}${SPEC}`,
      ...root,
      "--auto-approve",
      "--json",
    );
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain("verify-program-missing");
  });

  it("has systemd read each word as it was meant, whatever the path", async () => {
    const any = fc
      .array(
        fc.constantFrom(
          ...Array.from(" %$\\\"';#{}()*?~!&|<>@:+-=,.`äß€漢😀nsx0"),
          "%n",
          "$HOME",
          "${X}",
          "\\x41",
          " ; ",
        ),
        {
          minLength: 1,
          maxLength: 12,
        },
      )
      .map((parts) => `/tmp/${parts.join("")}x`)
      .filter((path) => whyNoArgument(path) === undefined);
    const paths = fc.sample(any, { numRuns: 200, seed: 7 });
    const programs = [...new Set(["/bin/true", ...paths.filter((path) => whyNoProgram(path) === undefined)])];
    const lines = [
      ...programs.map((path) => `ExecStart=${wordOf(path)}`),
      ...paths.map((path) => `ExecStart=/bin/true ${wordOf(path)} ${wordOf("/end")}`),
    ];
    const read = await commandsRead(machine, `[Service]\nType=oneshot\n${lines.join("\n")}\n`);
    const shown = read.map(wordsShown);
    expect(shown).toEqual([
      ...programs.map((path) => [path]),
      // Variables are only expanded when the command is run.
      ...paths.map((path) => ["/bin/true", path.replaceAll("$", "$$$$"), "/end"]),
    ]);
  });
});

/** Runs last: writes down how the boot went, and ends it. */
const REPORT = `[Unit]
After=multi-user.target hostcfg-verify.service sandboxed.service

[Service]
Type=oneshot
ExecStart=-/bin/sh -c 'systemctl --failed --plain --no-legend >/root/failed; systemctl show hostcfg-verify -p ActiveState -p Result -p ExecMainStatus >/root/shown; journalctl -b -u hostcfg-verify >/root/journal'
ExecStart=-/bin/sh -c '${HOSTCFG.join(" ")} status --json >/root/status; echo $$? >/root/status-exit'
ExecStart=-${HOSTCFG.join(" ")} capture ${SPEC} --out /root/free.json
ExecStopPost=/bin/systemctl exit 0
`;

/** What status says while the unit runs: before its own command, in its control group. */
const DURING = `[Service]
ExecStartPre=-/bin/sh -c '${HOSTCFG.join(" ")} status --json >/var/lib/hostcfg/during.json'
`;

interface Boot {
  readonly failed: string;
  readonly shown: string;
  readonly journal: string;
  readonly status: unknown;
  readonly exit: string;
}

// One machine: each test goes on where the one before it ended.
describe("a machine that its own systemd boots", () => {
  let machine: Machine;
  const spec = "apiVersion: hostcfg/v1\nkernelOptions: { present: [pcie_acs_override=downstream] }\n";
  const boot = async (): Promise<Boot> => {
    await machine.must(
      "rm",
      "-f",
      "/root/failed",
      "/root/shown",
      "/root/journal",
      "/root/status",
      "/root/status-exit",
    );
    await machine.powerOff();
    await bootBySystemd(machine);
    await machine.powerOn();
    const read = (name: string): string => machine.readText(`/root/${name}`);
    return {
      failed: read("failed"),
      shown: read("shown"),
      journal: read("journal"),
      status: JSON.parse(read("status")),
      exit: read("status-exit"),
    };
  };
  const wanted = async (name: string, unit: string): Promise<void> => {
    await write(machine, `/etc/systemd/system/${name}`, unit);
    await machine.must("ln", "-s", `../${name}`, `/etc/systemd/system/multi-user.target.wants/${name}`);
  };
  beforeAll(async () => {
    machine = await bootGrub();
    await write(machine, SPEC, spec);
    await machine.must("mkdir", "-p", "/root/story");
    await mustHostcfg(machine, "enable-verify", SPEC, "--auto-approve");
    await wanted("report.service", REPORT);
    await write(machine, `${UNIT}.d/during.conf`, DURING);
    // The same unit, but that it records all that is read in it.
    const unit = machine.readText(UNIT);
    const recording = `capture ${SPEC} --out /var/lib/hostcfg/sandboxed.json`;
    await wanted("sandboxed.service", unit.replace(`verify --record ${SPEC}`, recording));
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("has a failed unit where the boot is not as declared, and the journal and status say why", async () => {
    const { failed, shown, journal, status, exit } = await boot();
    expect(failed).toMatch(/^hostcfg-verify\.service +loaded +failed/m);
    expect(shown.trim().split("\n").sort()).toEqual([
      "ActiveState=failed",
      "ExecMainStatus=2",
      "Result=exit-code",
    ]);
    expect(journal).toContain("unsatisfied");
    expect(journal).toContain("pcie_acs_override");
    expect(exit).toBe("2\n");
    expect(status).toMatchObject({
      status: "unsatisfied",
      verification: { value: { ofThisBoot: { value: true }, record: { verdict: "unsatisfied" } } },
    });
  });

  it("says in status that it runs, as long as it does", () => {
    const during = JSON.parse(machine.readText("/var/lib/hostcfg/during.json")) as unknown;
    expect(during).toMatchObject({
      status: "unknown",
      reasons: [{ text: "verify at boot is running now: ask again once it has ended" }],
      verifyAtBoot: { state: "enabled", running: true },
    });
  });

  it("sees from inside of the unit all that root sees outside of it", () => {
    const [inside, outside] = ["/var/lib/hostcfg/sandboxed.json", "/root/free.json"].map((path) => {
      const { paths, queries } = JSON.parse(machine.readText(path)) as {
        paths: Record<string, { freeBytes?: number }>;
        queries: readonly { argv: readonly string[] }[];
      };
      // The sandbox is made of mounts, and each is another process; the disk is written on all the time.
      const other = Object.keys(paths).filter((path) => /^\/proc\/(?:\d+|self|mounts)(?:\/|$)/.test(path));
      for (const path of other) Reflect.deleteProperty(paths, path);
      for (const entry of Object.values(paths)) delete entry.freeBytes;
      return { paths, queries: queries.filter(({ argv }) => argv[0] !== "dmesg" && argv[0] !== "findmnt") };
    });
    expect(Object.keys(outside?.paths ?? {}).length).toBeGreaterThan(30);
    expect(inside).toEqual(outside);
  });

  it("has an active unit where the boot is as declared", async () => {
    await write(machine, SPEC, "apiVersion: hostcfg/v1\nkernelOptions: { absent: [surely-not-there] }\n");
    const { failed, shown, status, exit } = await boot();
    expect(failed).not.toContain("hostcfg");
    expect(shown.trim().split("\n").sort()).toEqual([
      "ActiveState=active",
      "ExecMainStatus=0",
      "Result=success",
    ]);
    expect([exit, status]).toMatchObject(["0\n", { status: "satisfied" }]);
  });
});

/** What systemd shows, for a shell: words that need it in double quotes, with \ before " \ ` and $. */
function wordsShown(line: string): readonly string[] {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu)];
  return words.map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? "") : quoted.replace(/\\(.)/gu, "$1"),
  );
}
