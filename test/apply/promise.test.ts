import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import type { ExecOutcome, Host } from "../../src/host/host.ts";
import type { Plan } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../standins/host.ts";
import { FaultyHost } from "../support/faulty-host.ts";
import { materialise } from "../support/materialise.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { Story, undo } from "../support/story.ts";
import { applyOn } from "../support/apply-on.ts";

const PACKAGES = `apiVersion: hostcfg/v1
kernel:
  packages:
    - file: debs/linux-headers-5.3.0-acso_5.3.0-acso-1_amd64.deb
      sha256: df45995c3eb6adbbd86e6d47616bebc6142eda34eec1d0ddb7c9337f4dfa8eef
    - file: debs/linux-image-5.3.0-acso_5.3.0-acso-1_amd64.deb
      sha256: 4a04c8b08b26cbc2c869af680c0074f84b2261eea8b96619558d1cec0056d1b4
kernelOptions: { present: [iommu=pt] }
`;
const OPTIONS = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** What somebody else does on the host right after a program of this name has run, the nth time. */
function sabotaged(host: Host, program: string, act: (nth: number) => void): Host {
  let nth = 0;
  return Object.assign(new FaultyHost(host), {
    exec: async (...[argv, options]: Parameters<Host["exec"]>): Promise<ExecOutcome> => {
      const outcome = await host.exec(argv, options);
      if (argv[0] === program) act(++nth);
      return outcome;
    },
  });
}

describe("on Pop!_OS", () => {
  const CONF = "/boot/efi/loader/loader.conf";

  function popStory(spec?: string): Story {
    const story = new Story({ devices: false, ...(spec === undefined ? {} : { spec }) });
    cleanups.push(() => {
      story.remove();
    });
    return story;
  }

  it("an apply whose steps all end well fails where another boot comes than its plan promised", async () => {
    const story = popStory(OPTIONS);
    const host = story.host();
    let nth = 0;
    const lying = Object.assign(new FaultyHost(host), {
      writeFile: (...[path, content, attributes]: Parameters<Host["writeFile"]>) => {
        const isLast = path === CONF && String(content).includes("Pop_OS-current") && ++nth === 1;
        return host.writeFile(path, isLast ? "default Recovery-9C63-930A\n" : content, attributes);
      },
    });
    const outcome = await story.apply(lying);
    expect(outcome).toMatchObject({
      status: "failed",
      why: expect.stringMatching(
        /^every step succeeded, but the next boot is not the planned one: .*Recovery-9C63-930A instead of Pop_OS-current.*; the default was given back to what it was before; .*reboot/,
      ) as string,
    });
    expect(host.reader().readText(CONF)).toContain("default Pop_OS-current");
  });

  it("an option that a package's own script brings is not passed over, and the copy of before still boots", async () => {
    const story = popStory(PACKAGES);
    const host = sabotaged(story.host(), "dpkg", () => {
      const path = join(story.root, "etc/kernelstub/configuration");
      const configuration = JSON.parse(fs.readFileSync(path, "utf8")) as {
        user: { kernel_options: string[] };
      };
      configuration.user.kernel_options.push("sabotage=1");
      fs.writeFileSync(path, JSON.stringify(configuration, null, 2));
    });
    const outcome = await story.apply(host);
    expect(outcome).toMatchObject({
      status: "failed",
      why: expect.stringMatching(/the options ".*sabotage=1.*" instead of "(?!.*sabotage)/) as string,
    });
    expect(outcome).toMatchObject({ why: expect.stringContaining("the default was not moved") as string });
    expect(host.reader().readText(CONF)).toContain("hostcfg");
  });
});

const EXTRA = "6.8.0-acso";
const INITRD = gzipSync(`070701${"0".repeat(7)}1${"0".repeat(80)}0000000b00000000TRAILER!!!\0\0\0\0`);
const whole = (modifiedAt: number): Patch[string] => ({
  kind: "file",
  base64: INITRD.toString("base64"),
  modifiedAt,
});
const KERNEL: Patch = {
  [`/boot/vmlinuz-${EXTRA}`]: { kind: "file", text: `kernel ${EXTRA}\n`, modifiedAt: 0 },
  [`/boot/initrd.img-${EXTRA}`]: whole(1),
  [`/boot/config-${EXTRA}`]: "",
  [`/usr/lib/modules/${EXTRA}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
};

class Rig {
  readonly root = fs.mkdtempSync(join(tmpdir(), "hostcfg-promise-"));
  readonly host: StandInHost;
  readonly #spec: HostSpec;

  constructor(name: string, patch: Patch, wish: Omit<HostSpec, "apiVersion">) {
    cleanups.push(() => {
      fs.rmSync(this.root, { recursive: true, force: true });
    });
    materialise(withoutDevices(patched(recordedHost(name).capture, patch)), this.root);
    this.host = new StandInHost(this.root);
    this.#spec = { apiVersion: "hostcfg/v1", ...wish };
  }

  async plan(): Promise<Plan> {
    const spec = this.#spec;
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    const state = await probe(this.host.reader(), spec);
    return makePlan({ source, state, debs: [], hostcfgVersion: "0.0.0" });
  }

  apply(host: Host = this.host): Promise<ApplyOutcome> {
    return applyOn(host, () => this.plan());
  }

  text(path: string): string | undefined {
    return this.host.reader().readText(path);
  }
}

describe("with kernel-install", () => {
  const ENTRY = `/boot/efi/loader/entries/debian-${EXTRA}.conf`;
  const CONF = "/boot/efi/loader/loader.conf";
  const rigged = (): Rig =>
    new Rig(
      "sd-boot-debian",
      {
        ...KERNEL,
        [CONF]: "default debian-6.1.0-26-amd64.conf\n",
        "/boot/initrd.img-6.1.0-26-amd64": whole(1),
        "/boot/efi/debian/6.1.0-26-amd64/initrd.img-6.1.0-26-amd64": whole(1),
      },
      { kernel: { release: EXTRA } },
    );

  it("an entry that came with another line never becomes the default; both are named, and whether to reboot", async () => {
    const rig = rigged();
    const before = rig.text(CONF);
    const host = sabotaged(rig.host, "kernel-install", () => {
      const path = join(rig.root, ENTRY);
      fs.writeFileSync(path, fs.readFileSync(path, "utf8").replace(/^options.*$/m, "$& boot=casper"));
    });
    const outcome = await rig.apply(host);
    expect(outcome).toMatchObject({
      status: "failed",
      why: expect.stringMatching(
        /the options ".* boot=casper" instead of "[^"]*".*; the default was not moved; it is safe to reboot: debian-6\.1\.0-26-amd64 boots and is whole$/,
      ) as string,
    });
    expect(rig.text(CONF)).toBe(before);
  });

  it("applying again once the cause is gone ends well", async () => {
    const rig = rigged();
    const host = sabotaged(rig.host, "kernel-install", () => {
      fs.appendFileSync(join(rig.root, ENTRY), "options sabotage\n");
    });
    expect(await rig.apply(host)).toMatchObject({ status: "failed" });
    fs.rmSync(join(rig.root, ENTRY));
    expect(await rig.apply()).toMatchObject({ status: "applied" });
    expect((await rig.plan()).steps).toEqual([]);
  });
});

describe("with GRUB", () => {
  const MENU = "/boot/grub/grub.cfg";
  const DROP_IN = "/etc/default/grub.d/95-hostcfg.cfg";
  const rigged = (): Rig => new Rig("debian-grub", KERNEL, { kernel: { release: "6.1.0-25-amd64" } });
  const defaultOf = (rig: Rig): string | undefined =>
    /^\s*set default="([^$].*)"/m.exec(rig.text(MENU) ?? "")?.[1];

  it("a menu with another default has the settings given back and made again, and undo still works", async () => {
    const rig = rigged();
    const host = sabotaged(rig.host, "update-grub", (nth) => {
      const path = join(rig.root, MENU);
      const text = fs.readFileSync(path, "utf8");
      if (nth === 1) fs.writeFileSync(path, text.replaceAll(/set default=".*"/g, 'set default="1>2"'));
    });
    const outcome = await rig.apply(host);
    expect(outcome).toMatchObject({
      status: "failed",
      why: expect.stringMatching(
        /the next boot is not the planned one: .* instead of .*; the default was given back to what it was before; .*reboot/,
      ) as string,
    });
    expect([rig.text(DROP_IN), defaultOf(rig)]).toEqual([undefined, "0"]);
    expect(await undo(rig.host, "0001")).toMatchObject({
      status: expect.stringMatching(/applied|nothing/) as string,
    });
    expect(await rig.apply()).toMatchObject({ status: "applied" });
    expect(defaultOf(rig)).toContain("6.1.0-25-amd64");
  });

  it("an option that came into the menu counts alone", async () => {
    const rig = rigged();
    const host = sabotaged(rig.host, "update-grub", (nth) => {
      const path = join(rig.root, MENU);
      const text = fs.readFileSync(path, "utf8");
      if (nth === 1) fs.writeFileSync(path, text.replaceAll(/^(\s+linux\s.*)$/gm, "$1 sabotage=1"));
    });
    const outcome = await rig.apply(host);
    expect(outcome).toMatchObject({
      status: "failed",
      why: expect.stringMatching(/the options ".*sabotage=1" instead of/) as string,
    });
    expect(rig.text(DROP_IN)).toBeUndefined();
  });
});
