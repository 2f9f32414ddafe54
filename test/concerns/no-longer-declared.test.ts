import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { main } from "../../src/cli/main.ts";
import type { NoLongerDeclared, Plan } from "../../src/model/index.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../standins/host.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { standInIo } from "../support/stand-in-io.ts";

/** Each that an apply can change by the stand-ins, and what is known of its pin once it is no longer declared. */
const HOSTS = [
  ["debian-grub", "given-back"],
  ["ubuntu-grub", "given-back"],
  ["proxmox-grub", "given-back"],
  // kernelstub chooses it by itself, so nothing is pinned.
  ["intel-z390", undefined],
  ["pop-x570", "given-back"],
  ["sd-boot-debian", "kept"],
  ["sd-boot-xbootldr", "kept"],
  ["proxmox-9", "kept"],
  ["proxmox-zfs", "kept"],
  ["proxmox-grub-esps", "kept"],
] as const;

let work: string;
beforeEach(() => {
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-taken-out-"));
});
afterEach(() => {
  fs.rmSync(work, { recursive: true });
});

function place(name: string): { host: StandInHost; spec: HostSpec } {
  const { spec, capture } = recordedHost(name);
  acsKernelDebs(join(work, "debs"));
  materialise(capture, join(work, "root"));
  return {
    host: new StandInHost(join(work, "root")),
    spec: parse(fs.readFileSync(spec, "utf8")) as HostSpec,
  };
}

async function hostcfg(line: string, host: StandInHost, spec: HostSpec) {
  fs.writeFileSync(join(work, "host.yaml"), JSON.stringify(spec));
  const { io, printed } = standInIo(work, host);
  return { exit: await main(line.split(" "), io), ...printed };
}

async function planOf(host: StandInHost, spec: HostSpec): Promise<Plan> {
  const { stdout } = await hostcfg("plan --json", host, spec);
  return JSON.parse(stdout) as Plan;
}

async function apply(host: StandInHost, spec: HostSpec): Promise<void> {
  const { exit, stdout, stderr } = await hostcfg("apply --auto-approve", host, spec);
  expect([exit, exit === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
  const { changes, steps } = await planOf(host, spec);
  expect([changes, steps]).toEqual([[], []]);
}

const outcomes = ({ noLongerDeclared = [] }: Plan): Record<string, NoLongerDeclared["outcome"]> =>
  Object.fromEntries(noLongerDeclared.map(({ address, outcome }) => [address, outcome]));

/** Without one key, where it stands. */
function without(spec: HostSpec, key: keyof HostSpec): HostSpec {
  const { [key]: _gone, ...rest } = spec;
  return { ...rest, apiVersion: spec.apiVersion };
}

describe.each(HOSTS)("what is taken out of the spec of %s", (name, pin) => {
  it("is given back or kept, as the plan says for each key, and then there is nothing to do", async () => {
    const { host, spec: recorded } = place(name);
    const { iommuGroups: _judged, devices: _named, ...rest } = recorded;
    let spec: HostSpec = rest;
    const added = (await planOf(host, spec)).changes.flatMap(({ address, action }) =>
      address.startsWith("kernelOptions.") && action === "create" ? [address] : [],
    );
    await apply(host, spec);

    spec = without(spec, "kernelOptions");
    const options = outcomes(await planOf(host, spec));
    // What stood there before hostcfg is not hostcfg's, and what it changed to another value is not an addition.
    expect(Object.keys(options).sort()).toEqual(added.sort());
    expect(Object.values(options).filter((outcome) => outcome !== "given-back")).toEqual([]);
    await apply(host, spec);

    for (const path of Object.keys(spec.bootSymlinks ?? {})) {
      const { [path]: _gone, ...links } = spec.bootSymlinks ?? {};
      spec = {
        ...without(spec, "bootSymlinks"),
        ...(Object.keys(links).length > 0 ? { bootSymlinks: links } : {}),
      };
      const plan = await planOf(host, spec);
      const isOurs = plan.changes.length > 0;
      expect(outcomes(plan)).toEqual(isOurs ? { [`bootSymlinks.${path}`]: "given-back" } : {});
      await apply(host, spec);
    }

    spec = without(spec, "kernel");
    const taken = outcomes(await planOf(host, spec));
    expect(taken["kernel.release"]).toBe(pin);
    for (const [address, outcome] of Object.entries(taken))
      if (address.startsWith("kernel.packages.")) expect([address, outcome]).toEqual([address, "kept"]);
    await apply(host, spec);
  }, 120_000);
});

describe("on debian-grub", () => {
  it("a binding and holds are given back, each once it is no longer declared", async () => {
    const { host, spec: recorded } = place("debian-grub");
    const all: HostSpec = {
      apiVersion: "hostcfg/v1",
      devices: { "vm-gpu": { class: "vga", address: "01:00" } },
      vfio: { devices: ["vm-gpu"], bootDisplayAllowed: true },
      kernel: { ...recorded.kernel, hold: true },
    };
    await apply(host, all);
    const unbound = without(without(all, "vfio"), "devices");
    expect(outcomes(await planOf(host, unbound))).toEqual({ vfio: "given-back" });
    await apply(host, unbound);
    const unheld = { ...unbound, kernel: { ...recorded.kernel } };
    const plan = await planOf(host, unheld);
    expect(outcomes(plan)).toEqual({ "kernel.hold.linux-image-6.1.0-25-amd64": "given-back" });
    expect(plan.steps.map((step) => (step.kind === "exec" ? step.argv.join(" ") : step.kind))).toEqual([
      "apt-mark unhold linux-image-6.1.0-25-amd64",
    ]);
    await apply(host, unheld);
  });

  it("a link that somebody has changed since is kept, and the plan says so to a person", async () => {
    const { host } = place("debian-grub");
    const target = "boot/vmlinuz-6.1.0-25-amd64";
    await apply(host, { apiVersion: "hostcfg/v1", bootSymlinks: { "/vmlinuz": target } });
    fs.rmSync(join(work, "root/vmlinuz"));
    fs.symlinkSync("boot/vmlinuz-6.1.0-26-amd64", join(work, "root/vmlinuz"));
    const { stdout } = await hostcfg("plan", host, { apiVersion: "hostcfg/v1" });
    expect(stdout).toContain(
      `No longer declared\n  bootSymlinks./vmlinuz: kept: apply 0001 pointed it to ${target}, and somebody has changed it since\n`,
    );
    expect(stdout).toContain("No changes");
  });

  it("an apply that was undone set nothing", async () => {
    const { host, spec } = place("debian-grub");
    await apply(host, { apiVersion: "hostcfg/v1", bootSymlinks: { ...spec.bootSymlinks } });
    expect((await hostcfg("undo --auto-approve", host, spec)).exit).toBe(0);
    expect(outcomes(await planOf(host, { apiVersion: "hostcfg/v1" }))).toEqual({});
  });
});
