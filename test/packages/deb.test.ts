import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { CACHE, baseRoot } from "../system/rig/base.ts";
import { tool } from "../system/rig/tool.ts";

const DEB = resolve(`dist/hostcfg_${manifest.version}_amd64.deb`);
const UNIT = "/etc/systemd/system/hostcfg-verify.service";

/** What dpkg keeps of each of its runs, and apt's lock. */
const OF_DPKG = /^\/var\/(?:lib\/dpkg|log\/dpkg\.log|log\/alternatives\.log|cache|lib\/apt)(?:\/|$|-)/;

const folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-deb-"));
const newer = join(folder, "newer.deb");

beforeAll(() => {
  // The same package with a later version, unpacked, as nobody waits for it twice.
  const unpacked = join(folder, "unpacked");
  tool("dpkg-deb", "--raw-extract", DEB, unpacked);
  const control = join(unpacked, "DEBIAN/control");
  fs.writeFileSync(control, fs.readFileSync(control, "utf8").replace(/^Version: .*$/m, "Version: 999"));
  tool("dpkg-deb", "--root-owner-group", "-Znone", "--build", unpacked, newer);
  fs.rmSync(unpacked, { recursive: true });
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

it("lintian has nothing to say that the overrides do not explain", () => {
  expect(tool("lintian", "--allow-root", "--fail-on", "error,warning", DEB)).toBe("");
});

describe.each(["bookworm", "trixie"])("the package on %s", (suite) => {
  const root = join(folder, suite);
  beforeAll(async () => {
    tool("cp", "-a", await baseRoot(CACHE, suite), root);
  });

  /** Runs a program of that root, which sees its own processes only. */
  function inside(...argv: readonly string[]): string {
    return tool(
      "unshare",
      ...["--mount", "--pid", "--fork", `--root=${root}`, "--mount-proc"],
      ...["env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"],
      ...argv,
    );
  }
  function dpkg(action: "--install" | "--remove" | "--purge", what: string): string {
    if (action !== "--install") return inside("dpkg", action, what);
    fs.copyFileSync(what, join(root, "package.deb"));
    try {
      return inside("dpkg", action, "/package.deb");
    } finally {
      fs.rmSync(join(root, "package.deb"));
    }
  }

  it("is installed, runs without a node, and leaves nothing behind when it is removed", () => {
    const before = look(root);
    dpkg("--install", DEB);
    expect(inside("hostcfg", "--version")).toBe(`hostcfg ${manifest.version}\n`);
    expect(spawnSync("chroot", [root, "sh", "-c", "command -v node"]).status).not.toBe(0);
    expect(
      inside("dpkg", "--verify", "hostcfg")
        .split("\n")
        .filter((line) => !/\/(?:doc|man)\//.test(line)),
    ).toEqual([""]);
    const added = [...look(root).keys()].filter((path) => !before.has(path) && !OF_DPKG.test(path));
    expect(added).toEqual(
      expect.arrayContaining(["/usr/bin/hostcfg", "/usr/share/hostcfg/schemas/host-v1.json"]),
    );
    dpkg("--remove", "hostcfg");
    dpkg("--purge", "hostcfg");
    expect(changes(before, look(root))).toEqual([]);
  });

  it("survives an upgrade with verify at boot enabled, and takes the unit along when it is removed", () => {
    const before = look(root);
    dpkg("--install", DEB);
    fs.mkdirSync(join(root, "etc/hostcfg"));
    fs.writeFileSync(join(root, "etc/hostcfg/host.yaml"), "apiVersion: hostcfg/v1\n");
    inside("hostcfg", "enable-verify", "/etc/hostcfg/host.yaml", "--auto-approve");
    const unit = fs.readFileSync(join(root, UNIT), "utf8");
    expect(unit).toContain("\nExecStart=/usr/bin/hostcfg verify --record /etc/hostcfg/host.yaml\n");

    dpkg("--install", newer);
    expect(inside("dpkg-query", "--show", "--showformat=${Version}", "hostcfg")).toBe("999");
    expect(fs.readFileSync(join(root, UNIT), "utf8")).toBe(unit);
    // Enabled, and no boot was verified yet.
    const { stdout } = spawnSync("chroot", [root, "hostcfg", "status"], { encoding: "utf8" });
    expect(stdout).toMatch(/\/etc\/hostcfg\/host\.yaml/);

    dpkg("--remove", "hostcfg");
    dpkg("--purge", "hostcfg");
    const left = changes(before, look(root)).filter(
      (path) => !/^\/(?:etc|var\/lib)\/hostcfg(?:\/|$)/.test(path),
    );
    expect(left).toEqual([]);
  });
});

/** Path -> all that a package could change of it. */
function look(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string): void => {
    for (const name of fs.readdirSync(join(root, path)).sort()) {
      const at = `${path}/${name}`;
      const stat = fs.lstatSync(join(root, at));
      found.set(at, [stat.mode, stat.uid, stat.gid, contentOf(join(root, at), stat)].join(" "));
      if (stat.isDirectory()) walk(at);
    }
  };
  walk("");
  return found;
}

function contentOf(path: string, stat: fs.Stats): string {
  if (stat.isSymbolicLink()) return fs.readlinkSync(path);
  return stat.isFile() ? createHash("sha256").update(fs.readFileSync(path)).digest("hex") : "";
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path) && !OF_DPKG.test(path));
}
