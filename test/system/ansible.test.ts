import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { Fleet } from "./rig/fleet.ts";
import { NEWER } from "./rig/grub.ts";
import { HOSTCFG } from "./rig/hostcfg.ts";
import { buildKernel } from "./rig/kernels.ts";
import type { Manifest } from "./rig/manifest.ts";
import { differences, manifestOf } from "./rig/manifest.ts";
import type { Ran } from "./rig/ran.ts";
import { traceOf } from "./rig/trace.ts";

const PAGE = fileURLToPath(new URL("../../docs/fleets.md", import.meta.url));
const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const SPEC = "/etc/hostcfg/host.yaml";

/** Of several tasks with ssh, and reboots. */
const MINUTES = 600_000;

/** What Ansible sums up of each host that it came to: changed, unreachable and failed tasks. */
function recapOf({ stdout }: Ran): Record<string, readonly (number | undefined)[]> {
  const lines = stdout.slice(stdout.indexOf("PLAY RECAP")).matchAll(/^(\S+) +: (.*)$/gm);
  return Object.fromEntries(
    [...lines].map(([, host = "", counts = ""]) => {
      const count = (what: string): number => Number(new RegExp(`\\b${what}=(\\d+)`).exec(counts)?.[1]);
      return [host, [count("changed"), count("unreachable"), count("failed")]];
    }),
  );
}

/** What is told, whatever the lines that it is broken into. */
function said({ stdout }: Ran): string {
  return stdout.replaceAll(/\s+/g, " ");
}

/** What docs/fleets.md shows of a run: what is told of one host, and the sums. */
function expectShown(name: string, command: readonly string[], { stdout }: Ran, host?: string): void {
  const parts = stdout.split(/^(?=PLAY )/m);
  const wanted = parts.filter((part) => part.startsWith("PLAY RECAP") || part.includes(`[${host ?? ""}]`));
  // How often something is waited for differs from run to run.
  const told = wanted.join("").replaceAll(/^FAILED - RETRYING: .*\n/gm, "");
  const text = `$ ${command.join(" ")}\n\n${told.trim()}\n`.replaceAll(/[ \t]+$/gm, "");
  const page = readFileSync(PAGE, "utf8");
  const block = new RegExp(`(<!-- ${name} -->\\n\\n\`\`\`console\\n)[^]*?(\`\`\`\\n)`);
  expect(page).toMatch(block);
  expectGolden(
    PAGE,
    page.replace(block, (_all, begin: string, end: string) => `${begin}${text}${end}`),
  );
}

const ANSIBLES = /^. (?:\/root|\/root\/\.ansible(?:\/[^:]*)?|\/var\/cache\/apt(?:\/[^:]*)?)(?::|$)/;

/** What is neither in Ansible's own folder nor in apt's cache of what it knows. */
function changesSince(before: Manifest, after: Manifest): readonly string[] {
  return differences(before, after).filter((line) => !ANSIBLES.test(line));
}

function inventory({ deb, executable }: Fleet, options: string): string {
  return `hypervisors:
  vars:
    hostcfg_deb: ${deb}
    hostcfg_reboot: true
    hostcfg_spec:
      apiVersion: hostcfg/v1
      hostname: "{{ inventory_hostname }}"
      kernelOptions: ${options}
  hosts:
    node1:
    node2:
    node3:
      hostcfg_deb: ""
      hostcfg_executable: ${executable}
      hostcfg_spec: "{{ lookup('ansible.builtin.file', 'node3.yaml') }}"
`;
}

const specOf = (options: string): string => `# Of the third one.
apiVersion: hostcfg/v1
hostname: node3
kernelOptions: ${options}
`;

// One fleet: each test goes on where the one before it ended.
describe("a fleet that Ansible brings to its specs", () => {
  let fleet: Fleet;
  const declare = (options: string): void => {
    fleet.file("hosts.yml", inventory(fleet, options));
    fleet.file("node3.yaml", specOf(options));
  };
  const COMMAND = ["ansible-playbook", "-i", "hosts.yml", "site.yml"];
  const play = (...args: readonly string[]): Promise<Ran> => fleet.ansible(...COMMAND, ...args);
  const module = (args: object, ...more: readonly string[]): Promise<Ran> =>
    fleet.ansible(
      ...["ansible", "node1", "-i", "hosts.yml", "-m", "hostcfg.hostcfg.hostcfg", "-a", JSON.stringify(args)],
      ...more,
    );
  const lineOf = (host: string): string => fleet.machine(host).readText("/proc/cmdline");

  beforeAll(async () => {
    fleet = await Fleet.boot(["node1", "node2", "node3"]);
    declare("{ present: [iommu=pt] }");
  }, MINUTES);
  afterAll(async () => {
    await fleet.discard();
  });

  it("says in check mode that it cannot plan with a hostcfg that is not there yet", async () => {
    const before = manifestOf(fleet.machine("node1"));
    const ran = await play("--limit", "node1", "--check");
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(said(ran)).toContain("would be brought first, so what would change then is not known");
    expect(changesSince(before, manifestOf(fleet.machine("node1")))).toEqual([]);
  });

  it(
    "has hostcfg installed, its specs applied, and each host rebooted and verified",
    async () => {
      const ran = await play();
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(recapOf(ran)).toEqual({ node1: [4, 0, 0], node2: [4, 0, 0], node3: [3, 0, 0] });
      for (const host of ["node1", "node2", "node3"]) expect(lineOf(host)).toContain(" iommu=pt ");
      expectShown("first", COMMAND, ran, "node1");
    },
    MINUTES,
  );

  it("keeps each spec where only root reads it, a text as it was written", async () => {
    expect(await fleet.machine("node1").must("stat", "-c", "%a %U", SPEC)).toBe("600 root\n");
    expect(JSON.parse(fleet.machine("node1").readText(SPEC))).toEqual({
      apiVersion: "hostcfg/v1",
      hostname: "node1",
      kernelOptions: { present: ["iommu=pt"] },
    });
    expect(fleet.machine("node3").readText(SPEC)).toBe(specOf("{ present: [iommu=pt] }"));
  });

  it(
    "changes nothing, and reboots nothing, the second time",
    async () => {
      const before = manifestOf(fleet.machine("node1"));
      const ran = await play();
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(recapOf(ran)).toEqual({ node1: [0, 0, 0], node2: [0, 0, 0], node3: [0, 0, 0] });
      expect(changesSince(before, manifestOf(fleet.machine("node1")))).toEqual([]);
      expectShown("second", COMMAND, ran);
    },
    MINUTES,
  );

  it(
    "shows in check mode what would change, file by file, and writes nothing",
    async () => {
      declare("{ present: [iommu=pt], absent: [quiet] }");
      const machine = fleet.machine("node1");
      fleet.trace("node1", true);
      const before = manifestOf(machine);
      const ran = await play("--check", "--diff");
      fleet.trace("node1", false);
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(recapOf(ran)).toEqual({ node1: [1, 0, 0], node2: [1, 0, 0], node3: [1, 0, 0] });
      expect(said(ran)).toContain('-GRUB_CMDLINE_LINUX_DEFAULT="quiet" # two');
      expectShown("check", [...COMMAND, "--check", "--diff"], ran, "node1");

      expect(changesSince(before, manifestOf(machine))).toEqual([]);
      const { mutations, started } = traceOf(machine);
      const told = started.map((argv) => argv.join(" ")).filter((line) => /^\S*hostcfg /.test(line));
      expect(told).toEqual([
        expect.stringMatching(/^\S+ plan --json --no-color \/run\/hostcfg-\w+\/etc\/hostcfg\/host\.yaml$/),
      ]);
      // What ssh and Ansible need themselves, and the spec in memory, in a mirror of the folders that it names others from.
      const known =
        /^(?:\/dev\/(?:null|tty)|\/tmp\/.*|\/root\/\.ansible\/tmp\/.*|\/run\/hostcfg-\w+(?:\/.*)?)$/;
      const strange = mutations.filter(
        ({ paths, text }) => !text.endsWith("= -1 EEXIST") && paths.some((path) => !known.test(path)),
      );
      expect(strange.map(({ text }) => text)).toEqual([]);
    },
    MINUTES,
  );

  it(
    "stops at the first host that does not come up as its spec says: the rest is not touched",
    async () => {
      fleet.trouble("node2", "old-entry-picked");
      const before = manifestOf(fleet.machine("node3"));
      const ran = await play();
      expect(ran.exitCode).toBe(2);
      expect(recapOf(ran)).toEqual({ node1: [2, 0, 0], node2: [2, 0, 1] });
      expect(said(ran)).toContain(
        "kernelOptions.quiet is pending: the next boot is without quiet, this one not yet",
      );
      expect(changesSince(before, manifestOf(fleet.machine("node3")))).toEqual([]);
      expectShown("broken", COMMAND, ran, "node2");
    },
    MINUTES,
  );

  it(
    "goes on with that host once its cause is gone: what waits for a reboot gets it",
    async () => {
      fleet.trouble("node2");
      const ran = await play("--limit", "node2");
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(recapOf(ran)).toEqual({ node2: [1, 0, 0] });
      expect(lineOf("node2")).not.toContain("quiet");
    },
    MINUTES,
  );

  it("brings each mistake in a spec to the user, by line and with its remedy, and does not keep that spec", async () => {
    fleet.file("node3.yaml", specOf("{ presnt: [iommu=pt] }"));
    const before = manifestOf(fleet.machine("node3"));
    const ran = await play("--limit", "node3");
    expect(recapOf(ran)).toEqual({ node3: [0, 0, 1] });
    expect(said(ran)).toContain(`${SPEC}:4:18: error[unknown-key]: kernelOptions has no key "presnt"`);
    expect(said(ran)).toContain("hint: did you mean `present`?");
    expect(changesSince(before, manifestOf(fleet.machine("node3")))).toEqual([]);
    expectShown("mistake", [...COMMAND, "--limit", "node3"], ran, "node3");
  });

  it(
    "keeps a trial whose boot verify is satisfied with",
    async () => {
      fleet.file("node3.yaml", specOf("{ present: [iommu=pt], absent: [quiet] }"));
      const ran = await play("--limit", "node3", "-e", "hostcfg_trial=true");
      expect(ran).toMatchObject({ exitCode: 0 });
      expect(recapOf(ran)).toEqual({ node3: [2, 0, 0] });
      expect(lineOf("node3")).toMatch(/ iommu=pt .* hostcfg\.boot=trial /);
      expect((await fleet.machine("node3").run([...HOSTCFG, "status"])).exitCode).not.toBe(5);
    },
    MINUTES,
  );

  it(
    "fails where a trial does not come up, and the host has gone back by itself",
    async () => {
      declare("{ present: [iommu=pt, nosmt] }");
      fleet.trouble("node1", "panics-once");
      const ran = await play("-e", "hostcfg_trial=true");
      fleet.trouble("node1");
      expect(ran.exitCode).toBe(2);
      expect(recapOf(ran)).toEqual({ node1: [2, 0, 1] });
      expect(said(ran)).toContain("kernelOptions.nosmt is unsatisfied");
      expect(lineOf("node1")).toContain("hostcfg.boot=before");
      expectShown("trial", [...COMMAND, "-e", "hostcfg_trial=true"], ran, "node1");
    },
    MINUTES,
  );

  it("refuses to reboot several hosts in one batch", async () => {
    const text = readFileSync(join(fleet.folder, "site.yml"), "utf8");
    fleet.file("at-once.yml", text.replace("serial: 1", "serial: 3"));
    const ran = await fleet.ansible("ansible-playbook", "-i", "hosts.yml", "at-once.yml", "--check");
    expect(recapOf(ran)).toEqual({ node1: [0, 0, 1], node2: [0, 0, 1], node3: [0, 0, 1] });
    expect(said(ran)).toContain("hosts are rebooted one after the other, so the play needs serial: 1");
  });

  it(
    "brings the packages that a spec names, and leaves a reboot to others where none is asked for",
    async () => {
      const { image } = buildKernel(NEWER, fleet.folder);
      const sha256 = createHash("sha256").update(readFileSync(image)).digest("hex");
      const variables = {
        hostcfg_reboot: false,
        hostcfg_packages: [image],
        hostcfg_spec: {
          apiVersion: "hostcfg/v1",
          kernel: { packages: [{ file: `debs/${basename(image)}`, sha256 }] },
          kernelOptions: { present: ["iommu=pt", "nosmt"] },
        },
      };
      const args = ["--limit", "node1", "-e", JSON.stringify(variables)];
      const unknown = await play(...args, "--check");
      expect(recapOf(unknown)).toEqual({ node1: [2, 0, 0] });
      expect(said(unknown)).toContain("would be brought first");
      expect(recapOf(await play(...args))).toEqual({ node1: [3, 0, 0] });
      expect(recapOf(await play(...args))).toEqual({ node1: [0, 0, 0] });
      expect(lineOf("node1")).not.toContain("nosmt");
    },
    MINUTES,
  );

  it("says in one sentence that a host has no hostcfg, or one of another time", async () => {
    const machine = fleet.machine("node1");
    const answerOf = async (script?: string): Promise<string> => {
      const path = "/usr/local/bin/other-hostcfg";
      if (script !== undefined) {
        await machine.put(fleet.file("other-hostcfg", `#!/bin/sh\n${script}\n`), path);
        await machine.must("chmod", "755", path);
      }
      return said(await module({ executable: "other-hostcfg" }));
    };
    expect(await answerOf()).toContain("other-hostcfg is not on this host: install");
    expect(await answerOf('[ $1 = --version ] && echo 9.0.0 || echo \'{"formatVersion": "9.0"}\'')).toContain(
      "hostcfg 9.0.0 on this host (/usr/local/bin/other-hostcfg) is of another time than this module: install",
    );
    expect(await answerOf("echo no Node >&2; exit 1")).toContain(
      "no answer that this module reads (exit 1): no Node",
    );
  });

  it("finds the base of a spec that does not stand on the host yet", async () => {
    const base = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt, nosmt], nonsense: [] }\n";
    await fleet.machine("node1").put(fleet.file("base.yaml", base), "/etc/base.yaml");
    const spec = { apiVersion: "hostcfg/v1", include: "../base.yaml" };
    const before = manifestOf(fleet.machine("node1"));
    const ran = await module({ spec, path: "/etc/hostcfg/new/../other.yaml" }, "--check");
    expect(said(ran)).toContain("/etc/base.yaml:2:46: error[unknown-key]");
    expect(changesSince(before, manifestOf(fleet.machine("node1")))).toEqual([]);
  });

  it("hands on what hostcfg says of an apply that did not end well", async () => {
    const lock = fleet.machine("node1").start(["flock", "/var/lib/hostcfg/lock", "sleep", "infinity"]);
    const ran = await module({ spec: { apiVersion: "hostcfg/v1", kernelOptions: { present: ["nosmt"] } } });
    await lock.signal("SIGTERM");
    await lock.ended;
    expect(said(ran)).toContain("error: another apply runs on this host; nothing was changed");
    expect(said(ran)).toContain("hint: wait for it to end, then run the same command again");
  });

  it("plans without Ansible, from captures in a repository, and applies that very plan on the host", async () => {
    const machine = fleet.machine("node2");
    const hosts = join(fleet.folder, "repository/hosts/node2");
    mkdirSync(hosts, { recursive: true });
    writeFileSync(join(hosts, "host.capture.json"), await machine.must(...HOSTCFG, "capture", SPEC));
    writeFileSync(
      join(hosts, "host.yaml"),
      specOf("{ present: [iommu=pt, nosmt] }").replace("node3", "node2"),
    );
    const [, recipe = ""] = /```sh\n([^]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
    writeFileSync(join(fleet.folder, "repository/plan-hosts.sh"), recipe);
    const here = `#!/bin/sh\nexec ${process.execPath} ${DIST}/hostcfg.js "$@"\n`;
    mkdirSync(join(fleet.folder, "bin"));
    writeFileSync(join(fleet.folder, "bin/hostcfg"), here, { mode: 0o755 });
    const ran = await fleet.ansible("sh", "-c", "cd repository && PATH=../bin:$PATH sh -eu plan-hosts.sh");
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(said(ran)).toContain("Reboot needed.");
    expect(readFileSync(join(fleet.folder, "repository/plans/node2.html"), "utf8")).toContain("nosmt");
    copyFileSync(join(fleet.folder, "repository/plans/node2.json"), join(fleet.folder, "plan.json"));
    await machine.put(join(fleet.folder, "plan.json"), "/root/plan.json");
    await machine.must(...HOSTCFG, "apply", "/root/plan.json");
    expect(machine.readText("/etc/default/grub.d/95-hostcfg.cfg")).toContain("nosmt");
  });
});
