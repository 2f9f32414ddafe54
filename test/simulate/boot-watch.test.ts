import fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Host } from "../../src/host/host.ts";
import { HostError } from "../../src/host/reader.ts";
import { mayBoot } from "../../src/simulate/boot-watch.ts";
import { FaultyHost } from "../support/faulty-host.ts";
import { snapshot } from "../support/materialise.ts";
import { Story } from "../support/story.ts";

const CONF = "/boot/efi/loader/loader.conf";
const ENTRY = "boot/efi/loader/entries/Pop_OS-current.conf";
const IMAGE = "boot/efi/EFI/hostcfg/way-back/vmlinuz";
const OPTIONS = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false });
});
afterEach(() => {
  story.remove();
});

describe("a step that breaks the boot", () => {
  it.each<[string, (host: Host) => Partial<Host>]>([
    [
      "a package whose script empties the kernel that boots meanwhile",
      (host) => ({
        exec: async (argv, options) => {
          const outcome = await host.exec(argv, options);
          if (argv[0] === "dpkg") fs.truncateSync(join(story.root, IMAGE));
          return outcome;
        },
      }),
    ],
    [
      "a default that somebody else replaces as it is written",
      (host) => ({
        writeFile: (path, content, attributes) =>
          host.writeFile(path, path === CONF ? "default gone\n" : content, attributes),
      }),
    ],
  ])("ends the apply with what broke and what to do: %s", async (_what, sabotage) => {
    const host = story.host();
    const outcome = await story.apply(Object.assign(new FaultyHost(host), sabotage(host)));
    if (outcome.status !== "failed") throw new Error(outcome.status);
    expect(outcome.why).toMatch(/^it broke the boot: /);
    expect(outcome.hint).toMatch(/^do not reboot yet: hostcfg check .*; the old files are in \/.*\/before$/);
  });

  it("is looked for behind a program that failed as well, such as a package whose initrd could not be made", async () => {
    const host = story.host();
    const failing: Partial<Host> = {
      exec: async (argv, options) => {
        const outcome = await host.exec(argv, options);
        if (argv[0] !== "dpkg") return outcome;
        fs.truncateSync(join(story.root, IMAGE));
        return { kind: "exited", exitCode: 1, tail: "mkinitramfs failed" };
      },
    };
    const outcome = await story.apply(Object.assign(new FaultyHost(host), failing));
    if (outcome.status !== "failed") throw new Error(outcome.status);
    expect(outcome.why).toMatch(/^dpkg exited with 1; it broke the boot: /);
    expect(outcome.hint).toMatch(/^do not reboot yet: /);
  });
});

it("a program that failed is told of, also where the host cannot be looked at any more", async () => {
  const host = story.host();
  const faulty = new FaultyHost(host);
  let gone = false;
  const failing: Partial<Host> = {
    exec: async (argv, options) => {
      if (argv[0] !== "dpkg") return host.exec(argv, options);
      gone = true;
      return { kind: "exited", exitCode: 1, tail: "" };
    },
    reader: () => {
      if (gone) throw new HostError("EIO", "/boot", "/boot: i/o error (EIO)");
      return host.reader();
    },
  };
  const outcome = await story.apply(Object.assign(faulty, failing));
  if (outcome.status !== "failed") throw new Error(outcome.status);
  expect(outcome.why).toBe(
    "dpkg exited with 1; whether the host still boots is unknown: /boot: i/o error (EIO)",
  );
});

describe("what is watched", () => {
  it.each([
    ["/boot/efi/loader/loader.conf", true],
    ["/efi/EFI/Linux/x.efi", true],
    ["/mnt/esp/loader/entries/x.conf", true],
    ["/esp2/EFI/debian/linux", true],
    ["/etc/kernel/cmdline", false],
    ["/var/lib/hostcfg/options.json", false],
  ])("is all that a loader may read, wherever the ESP is mounted: %s", (path, watched) => {
    expect(mayBoot(path)).toBe(watched);
  });
});

describe("a host that is broken before the first step", () => {
  /** The entry of another system. */
  function breakIt(): void {
    const path = join(story.root, ENTRY);
    fs.writeFileSync(path, fs.readFileSync(path, "utf8").replaceAll(/root=UUID=\S+/g, "root=UUID=dead"));
  }

  it("is not touched by a plan that does not mend it, and what is broken is said", async () => {
    story.remove();
    story = new Story({ devices: false, spec: OPTIONS });
    breakIt();
    const before = snapshot(story.root, ["/var/lib/hostcfg"]);
    const outcome = await story.apply();
    if (outcome.status !== "not-bootable") throw new Error(outcome.status);
    expect(outcome.problems.map(({ code }) => code)).toContain("boot-entry-broken");
    expect(outcome.problems[0]?.summary).toContain("UUID dead");
    expect(snapshot(story.root, ["/var/lib/hostcfg"])).toBe(before);
  });

  it("is touched where that is asked for", async () => {
    story.remove();
    story = new Story({ devices: false, spec: OPTIONS });
    breakIt();
    expect(await story.apply(story.host(), { evenIfBroken: true })).toMatchObject({ status: "applied" });
  });

  it("is mended by a plan that has another kernel boot", async () => {
    breakIt();
    expect(await story.apply()).toMatchObject({ status: "applied" });
  });
});
