import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { CaptureTree } from "../src/host/capture-tree.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import { versionsQuery } from "../src/host/queries.ts";
import { makePlan } from "../src/plan/make.ts";
import { probe, probeDebs } from "../src/plan/probe.ts";
import { parseSpec } from "../src/spec/parse.ts";
import { ENGINE } from "../src/cli/engine.ts";
import type { Capture } from "../src/host/capture.ts";
import type { DiagnosticCode, Plan } from "../src/model/index.ts";
import { runWith } from "./cli/fakes.ts";
import { GOOD, LEP, Machine, RCIEP, RP } from "./handover/support/machine.ts";
import { recordedHost, recordedHosts } from "./support/recorded-hosts.ts";
import { workstation } from "./support/workstation.ts";
import { readerOf } from "./support/host.ts";

const examples = fs.readdirSync("examples").filter((name) => name.endsWith(".yaml"));

/** Intel: the processor's own display, and a card below root port 01.0. */
function intelBoard(): Machine {
  const machine = new Machine({ base: "debian-grub" });
  machine.pci("0000:00:02.0", "8086:3e92", "030000", { type: RCIEP, driver: "i915", bootVga: 1, group: 1 });
  machine.pci("0000:00:01.0", "8086:1901", "060400", { type: RP, acs: GOOD, driver: "pcieport", group: 2 });
  const card = {
    parent: "0000:00:01.0",
    type: LEP,
    multi: true,
    group: 10,
    files: { reset_method: "flr bus\n" },
  };
  machine.pci("0000:01:00.0", "10de:2206", "030000", {
    ...card,
    driver: "nouveau",
    module: "nouveau",
    bootVga: 0,
  });
  machine.pci("0000:01:00.1", "10de:1aef", "040300", {
    ...card,
    driver: "snd_hda_intel",
    module: "snd_hda_intel",
  });
  return machine;
}

/** As a host whose apt has these packages in these versions. */
function withVersions(capture: Capture, versions: Readonly<Record<string, string>>): Capture {
  const queries = Object.entries(versions).map(([name, version]) => ({
    argv: versionsQuery(name),
    answer: { ran: true, exitCode: 0, stdout: `${name} | ${version} | a mirror\n`, stderr: "" } as const,
  }));
  return { ...capture, queries: [...capture.queries, ...queries] };
}

/** Each example, a host that it is written for, and what is still wrong there: the packages that it names are made up. */
const SUITED: Readonly<Record<string, readonly [host: () => Capture, errors: readonly DiagnosticCode[]]>> = {
  "acs-override.yaml": [() => recordedHost("pop-x570").capture, ["deb-unreadable"]],
  "card-for-vm-amd.yaml": [() => workstation().capture(), []],
  "card-for-vm-intel.yaml": [() => intelBoard().capture(), []],
  "every-loader.yaml": [() => recordedHost("debian-grub").capture, ["kernel-missing"]],
  "kernel-options.yaml": [() => recordedHost("debian-grub").capture, []],
  "nvme-for-vm.yaml": [() => workstation().capture(), []],
  "pinned-kernel.yaml": [
    () =>
      withVersions(recordedHost("debian-grub").capture, {
        "linux-image-6.1.0-50-amd64": "6.1.192-1",
        "linux-headers-6.1.0-50-amd64": "6.1.192-1",
      }),
    [],
  ],
  "remote-health.yaml": [() => recordedHost("debian-grub").capture, []],
  "two-like-cards.yaml": [() => workstation({ alike: true }).capture(), []],
};

describe.each(examples)("examples/%s, on a host that it is written for", (name) => {
  it("is planned without a warning, and with every requirement met or predicted", async () => {
    const { spec, ...source } = parseSpec(`examples/${name}`, fs.readFileSync(`examples/${name}`));
    const [host, errors] = SUITED[name] ?? [];
    if (spec === undefined || host === undefined || errors === undefined)
      throw new Error(`say in SUITED what ${name} suits`);
    const state = await probe(new LinkReader(new CaptureTree(host())), spec);
    const debs = await probeDebs(readerOf({}), spec, `/examples/${name}`);
    const plan = makePlan({ source: { ...source, spec }, state, debs, hostcfgVersion: "0.0.0" });
    expect([...new Set(plan.diagnostics.map(({ code }) => code))]).toEqual(errors);
    if (errors.length > 0) return;
    expect(plan.changes).not.toEqual([]);
    expect(
      plan.requirements.filter(({ status }) => status !== "satisfied" && status !== "predicted"),
    ).toEqual([]);
  });
});

describe("examples/base-and-hosts", () => {
  const folder = "examples/base-and-hosts";
  const files = Object.fromEntries(
    ["base.yaml", "hosts/attic.yaml", "hosts/cellar.yaml"].map((name) => [
      name,
      fs.readFileSync(`${folder}/${name}`, "utf8"),
    ]),
  );

  it("has hosts that are valid", async () => {
    const said = await runWith(ENGINE, "validate hosts/attic.yaml hosts/cellar.yaml", { files });
    expect(said).toMatchObject({ exit: 0, stderr: "" });
  });

  it.each([
    ["attic", ["panic=30", "console=tty0", "console=ttyS0,115200", "loglevel=4"]],
    ["cellar", ["panic=30", "console=tty0"]],
  ])("gives %s what the base has, and what it has itself instead", async (name, options) => {
    const { capture } = recordedHost("debian-grub");
    const said = await runWith(ENGINE, `plan --json --capture host.json hosts/${name}.yaml`, {
      files: { ...files, "host.json": JSON.stringify(capture).replaceAll("attic", name) },
    });
    const { changes } = JSON.parse(said.stdout) as Plan;
    const set = changes.filter(({ address }) => address.startsWith("kernelOptions."));
    expect(set.map(({ after }) => after)).toEqual(options);
  });
});

describe("examples/ci", () => {
  it("runs commands that there are, on a host's spec and capture", async () => {
    const lines = fs.readFileSync("examples/ci/.gitlab-ci.yml", "utf8").matchAll(/^ +- hostcfg (.*)$/gm);
    const { capture, spec } = recordedHost("debian-grub");
    const files = {
      "hosts/attic/host.yaml": fs.readFileSync(spec, "utf8"),
      "hosts/attic/host.capture.json": JSON.stringify(capture),
    };
    const commands = [...lines].map(([, line = ""]) => line.replaceAll("$HOST", "attic"));
    expect(commands.map((line) => line.split(" ")[0])).toEqual(["validate", "plan", "report"]);
    for (const command of commands)
      expect(await runWith(ENGINE, command, { files })).toMatchObject({ exit: 0 });
  });
});

/** What option-traps says does nothing or hurts, and the option that every old guide has. */
it("no example or page teaches an option that hostcfg calls useless", () => {
  const pages = [...examples.map((name) => `examples/${name}`), "README.md"];
  expect(pages.filter((path) => fs.readFileSync(path, "utf8").includes("amd_iommu=on"))).toEqual([]);
});

describe.each(examples)("examples/%s", (name) => {
  const { spec, ...source } = parseSpec(`examples/${name}`, fs.readFileSync(`examples/${name}`));

  it("is a valid spec", () => {
    expect(source.diagnostics).toEqual([]);
    expect(spec).toBeDefined();
  });

  it.each(recordedHosts())(
    "is planned on $name, and whatever hinders it there says what to do",
    async ({ capture }) => {
      if (spec === undefined) throw new Error("not valid");
      const state = await probe(new LinkReader(new CaptureTree(capture)), spec);
      // The packages that the examples name are nobody's: none of them is there.
      const debs = await probeDebs(readerOf({}), spec, `/examples/${name}`);
      const plan = makePlan({ source: { ...source, spec }, state, debs, hostcfgVersion: "0.0.0" });
      expect(plan.changes.length + plan.unchanged.length + plan.diagnostics.length).toBeGreaterThan(0);
      const helpless = plan.diagnostics.filter(
        ({ severity, hint }) => severity === "error" && hint === undefined,
      );
      expect(helpless).toEqual([]);
      const nowhere = plan.diagnostics.filter(
        ({ specPath, source: range }) => specPath !== undefined && range === undefined,
      );
      expect(nowhere).toEqual([]);
    },
  );
});
