import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodePackage, packagedNode } from "../../scripts/nodes.mjs";
import { recordedHost } from "../support/recorded-hosts.ts";

/** The oldest that is supported, and the newest of each release that people have. */
const NODES = ["20.19.0", "22.23.5", "24.22.3", "26.12.1"];
/** As old as Debian 12's. */
const TOO_OLD = "18.20.8";
const EXECUTABLE = resolve("dist/hostcfg-linux-x64");

const host = recordedHost("debian-grub");
const capture = join(host.folder, "capture.json");
const COMMANDS = [
  ["plan", "--capture", capture, host.spec],
  ["plan", "--json", "--capture", capture, host.spec],
  ["check", "--capture", capture],
  ["groups", "--capture", capture],
  ["--help"],
];

const folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-packages-"));
const installed = join(folder, "lib/node_modules/hostcfg/dist/hostcfg.js");

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** With no other program in PATH, and none of this process's settings. */
function run(program: string, ...argv: readonly string[]): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    encoding: "utf8",
    env: { PATH: "/nonexistent" },
    cwd: folder,
  });
  if (error !== undefined) throw error;
  return { exit: status, stdout, stderr };
}

const nodeOf = (version: string): string => join(nodePackage(version, "x64"), "bin/node");
/** When a document was made differs from run to run. */
const told = ({ exit, stdout, stderr }: Ended): Ended => ({
  exit,
  stdout: stdout.replaceAll(/"(?:createdAt|at)": "[^"]*"/g, ""),
  stderr,
});

beforeAll(() => {
  // dist/ is there: the packed archive is what npm publishes.
  const argv = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const [packed] = JSON.parse(execFileSync("npm", argv, { encoding: "utf8" })) as [{ filename: string }];
  execFileSync("npm", ["install", "--global", "--silent", "--prefix", folder, join(folder, packed.filename)]);
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("installed from the packed archive", () => {
  it("is a command, with its manual pages", () => {
    expect(fs.realpathSync(join(folder, "bin/hostcfg"))).toBe(fs.realpathSync(installed));
    expect(fs.existsSync(join(folder, "share/man/man1/hostcfg.1"))).toBe(true);
    expect(fs.existsSync(join(folder, "share/man/man5/hostcfg-spec.5"))).toBe(true);
  });

  it.each(COMMANDS)("answers %s alike on each Node.js and as the executable", (...argv) => {
    const expected = told(run(process.execPath, installed, ...argv));
    expect(expected.stdout).not.toBe("");
    for (const version of NODES)
      expect(told(run(nodeOf(version), installed, ...argv)), `Node.js ${version}`).toEqual(expected);
    expect(told(run(EXECUTABLE, ...argv)), "the executable").toEqual(expected);
  });

  it("tells a Node.js that is too old in one sentence", () => {
    const { exit, stdout, stderr } = run(nodeOf(TOO_OLD), installed, "plan");
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: hostcfg needs Node\.js 20\.19 or newer, and this is 18\.20\.8: [^\n]*\n$/,
    );
  });
});

it("the executable for arm64 answers as the one for x64, on an emulated processor", () => {
  execFileSync(process.execPath, [resolve("scripts/package.mjs"), "arm64"]);
  const emulated = ["-L", "/usr/aarch64-linux-gnu", resolve("dist/hostcfg-linux-arm64")];
  for (const argv of [COMMANDS[0] ?? [], ["check", "--capture", capture], ["--help"]])
    expect(told(run("/usr/bin/qemu-aarch64-static", ...emulated, ...argv))).toEqual(
      told(run(EXECUTABLE, ...argv)),
    );
});

it("the executable takes the code cache that is in it", () => {
  const node = join(packagedNode("x64"), "bin/node");
  // About three times a bare start; compiled anew six times.
  const plan = [EXECUTABLE, "plan", "--capture", capture, host.spec];
  expect(cpuOf(plan) / cpuOf([node, "-e", "0"])).toBeLessThan(5);
});

/** The median of user and system seconds. */
function cpuOf(argv: readonly string[]): number {
  const seconds = Array.from({ length: 9 }, () => {
    const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
    const { stderr } = spawnSync("bash", ["-c", script, "bash", ...argv], { encoding: "utf8" });
    return stderr
      .trim()
      .split(" ")
      .map(Number)
      .reduce((sum, part) => sum + part, 0);
  });
  return seconds.toSorted((a, b) => a - b)[4] ?? 0;
}
