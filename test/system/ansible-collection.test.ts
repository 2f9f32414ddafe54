import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ran } from "./rig/ran.ts";
import { outcome } from "./rig/ran.ts";

const COLLECTION = fileURLToPath(new URL("../../ansible", import.meta.url));
/** Debian's place of the tests that ansible-test would run in an environment of its own, made of downloads. */
const VALIDATE =
  "/usr/lib/python3/dist-packages/ansible_test/_util/controller/sanity/validate-modules/validate.py";
/** Those of `ansible-test sanity` that download nothing. */
const SANITY = [
  ...["action-plugin-docs", "changelog", "compile", "empty-init", "future-import-boilerplate", "ignores"],
  ...["line-endings", "metaclass-boilerplate", "no-assert", "no-basestring", "no-dict-iteritems"],
  ...["no-dict-iterkeys", "no-dict-itervalues", "no-get-exception", "no-illegal-filenames"],
  ...["no-main-display", "no-smart-quotes", "no-unicode-literals", "replace-urlopen", "shebang", "symlinks"],
  ...["use-argspec-type-path", "use-compat-six"],
];
const MINUTES = 600_000;

describe("what Ansible's own tools say of the collection", () => {
  let home = "";
  let collection = "";
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "hostcfg-collection-"));
    collection = join(home, "ansible_collections/hostcfg/hostcfg");
    mkdirSync(join(home, "ansible_collections/hostcfg"), { recursive: true });
    // The tools tell a collection by the folders that it lies in.
    cpSync(COLLECTION, collection, { recursive: true });
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
  });
  const run = (program: string, ...words: readonly string[]): Promise<Ran> => {
    const env = {
      HOME: home,
      // Debian's Python alone: others have nothing of Ansible's.
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LC_ALL: "C.UTF-8",
      ANSIBLE_COLLECTIONS_PATH: home,
      PYTHONPATH: home,
    };
    return outcome(spawn(program, words, { cwd: collection, env, stdio: ["ignore", "pipe", "pipe"] }));
  };

  it(
    "ansible-lint has no objection, by its strictest profile",
    async () => {
      const ran = await run("ansible-lint", "--nocolor");
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(ran.stderr).toContain("Passed with production profile: 0 failure(s), 0 warning(s)");
    },
    MINUTES,
  );

  it("yamllint has none", async () => {
    expect(await run("yamllint", "--strict", ".")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it(
    "ansible-test sanity has none, as far as it downloads nothing",
    async () => {
      const tests = SANITY.flatMap((name) => ["--test", name]);
      const ran = await run("ansible-test", "sanity", "--python", "default", ...tests);
      expect(ran).toMatchObject({ exitCode: 0 });
    },
    MINUTES,
  );

  it("its judge of modules misses nothing but the licence of Ansible itself", async () => {
    const words = ["--collection", "ansible_collections/hostcfg/hostcfg", "--collection-version", "0.1.0"];
    const ran = await run(
      "env",
      `PYTHONPATH=${home}:${join(VALIDATE, "..")}:/usr/lib/python3/dist-packages`,
      ...["python3", VALIDATE, ...words, "--arg-spec", "--format", "plain", "plugins/modules/hostcfg.py"],
    );
    expect((ran.stdout + ran.stderr).trim()).toMatch(
      /^plugins\/modules\/hostcfg\.py:\d+:\d+: Emissing-gplv3-license .*$/,
    );
  });

  it("pycodestyle has none, by Ansible's settings", async () => {
    const settings = ["--max-line-length=160", "--ignore=E402,W503,W504,E741"];
    expect(await run("pycodestyle", ...settings, "plugins")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("ansible-doc shows the module and the role", async () => {
    const module = await run("ansible-doc", "--json", "hostcfg.hostcfg.hostcfg");
    expect(Object.keys(JSON.parse(module.stdout) as object)).toEqual(["hostcfg.hostcfg.hostcfg"]);
    const role = await run("ansible-doc", "--json", "-t", "role", "hostcfg.hostcfg.hostcfg");
    expect(Object.keys(JSON.parse(role.stdout) as object)).toEqual(["hostcfg.hostcfg.hostcfg"]);
  });

  it("reads the example of an inventory", async () => {
    const ran = await run("ansible-inventory", "-i", "examples/hosts.yml", "--list");
    expect(JSON.parse(ran.stdout)).toMatchObject({
      hypervisors: { hosts: ["node1.example", "node2.example", "node3.example"] },
    });
  });
});
