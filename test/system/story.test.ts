import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { afterReboot } from "../support/recorded-hosts.ts";
import { HOSTCFG, STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import type { Machine } from "./rig/machine.ts";
import { bootStory } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";
import { trace } from "./rig/trace.ts";

// One machine, from the first plan to the reboot: each test goes on where the one before it ended.
describe("the note's story, from two GPUs in one IOMMU group to two apart", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootStory();
  });
  afterAll(async () => {
    await machine.discard();
  });

  it("is planned: packages, both links, the option, the next boot, and that its groups will be as wanted", async () => {
    const { exitCode, stdout } = await hostcfg(machine, "plan", "--detailed-exitcode");

    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /\+ kernel\.packages +linux-headers-5\.3\.0-acso: 5\.3\.0-acso-1, linux-image-5\.3\.0-acso: 5\.3\.0-acso-1 /,
    );
    expect(stdout).toMatch(
      /~ bootSymlinks +\/boot\/vmlinuz: vmlinuz-5\.3\.0-7625-generic -> vmlinuz-5\.3\.0-acso, \/boot\/initrd\.img: initrd\.img-5\.3\.0-7625-generic -> initrd\.img-5\.3\.0-acso /,
    );
    expect(stdout).toMatch(/\+ kernelOptions +pcie_acs_override=downstream /);
    expect(stdout).toMatch(/~ kernel\.release +5\.3\.0-7625-generic -> 5\.3\.0-acso /);
    expect(stdout).toMatch(/predicted +iommuGroups\.separate\[0\]: /);
    expect(stdout).toContain("host-gpu and vm-gpu are in different groups (prediction: exact)");
  });

  it("is planned in JSON as schemas/plan-v1.json says", async () => {
    const { exitCode, stdout, stderr } = await hostcfg(machine, "plan", "--json");

    const schema: unknown = JSON.parse(
      readFileSync(new URL("../../schemas/plan-v1.json", import.meta.url), "utf8"),
    );
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(asSchema(schema));
    const valid = validate(JSON.parse(stdout));
    expect(validate.errors ?? []).toEqual([]);
    expect({ valid, exitCode, stderr }).toEqual({ valid: true, exitCode: 0, stderr: "" });
  });

  it("is applied by the real dpkg and update-initramfs", async () => {
    const { exitCode, stderr } = await hostcfg(machine, "apply", "--auto-approve");

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const status = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Abbrev}\\n"];
    expect(await machine.must(...status, "linux-*-5.3.0-acso")).toBe(
      "linux-headers-5.3.0-acso ii \nlinux-image-5.3.0-acso ii \n",
    );
    expect(await machine.must("lsinitramfs", "/boot/initrd.img-5.3.0-acso")).toContain(
      "usr/lib/modules/5.3.0-acso",
    );
    expect(await machine.must("readlink", "/boot/vmlinuz", "/boot/initrd.img")).toBe(
      "vmlinuz-5.3.0-acso\ninitrd.img-5.3.0-acso\n",
    );
    // kernelstub's own are the way back, and stay as they were.
    expect(machine.readText("/etc/kernelstub/configuration")).not.toContain("pcie_acs_override");
    expect(machine.readText("/boot/efi/loader/entries/Pop_OS-current.conf")).not.toContain(
      "pcie_acs_override",
    );
  });

  it("makes the loader start the patched kernel with the recorded command line", () => {
    const { release, cmdline } = playBoot(machine);
    const withoutInitrd = (line = ""): string => line.replace(/^initrd=\S+ /, "");
    expect(release).toBe(recordedLine("/proc/sys/kernel/osrelease"));
    expect(withoutInitrd(cmdline)).toBe(withoutInitrd(recordedLine("/proc/cmdline")));
    expect(cmdline).toContain("initrd=\\EFI\\hostcfg\\5.3.0-acso\\initrd.img");
  });

  it("leaves nothing to change and nothing to wish for, only the reboot", async () => {
    const { exitCode, stdout } = await hostcfg(machine, "plan", "--detailed-exitcode");

    expect(stdout).toContain("No changes. The next boot matches the spec. Reboot needed.");
    expect(exitCode).toBe(0);
  });

  it("writes nothing when it is applied again", async () => {
    const before = manifestOf(machine);
    const { ran, mutations } = await trace(machine, [...HOSTCFG, "apply", "--auto-approve"], { cwd: STORY });

    expect(ran.exitCode).toBe(0);
    expect(mutations.map(({ text }) => text)).toEqual([]);
    expect(differences(before, manifestOf(machine))).toEqual([]);
  });

  it("is verified as waiting for the reboot", async () => {
    const { exitCode, stdout } = await hostcfg(machine, "verify");

    expect(stdout).toMatch(
      /pending +kernel\.release: 5\.3\.0-7625-generic is running; 5\.3\.0-acso boots next/,
    );
    expect(exitCode).toBe(3);
  });

  it("is verified as done after the reboot into what the loader starts", async () => {
    const started = playBoot(machine);
    await machine.powerOff();
    await machine.powerOn(started);
    const { exitCode, stdout } = await hostcfg(machine, "verify");

    expect(stdout).not.toMatch(/pending|unsatisfied|unknown/);
    expect(exitCode).toBe(0);
    await mustHostcfg(machine, "plan", "--detailed-exitcode");
  });
});

function recordedLine(path: string): string | undefined {
  return afterReboot().paths[path]?.text?.trimEnd();
}

function asSchema(document: unknown): object {
  if (typeof document !== "object" || document === null) throw new Error("a schema is an object");
  return document;
}
