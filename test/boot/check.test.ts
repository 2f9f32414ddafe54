import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import type { Bootability } from "../../src/model/index.ts";
import { checked } from "../support/checked.ts";
import type { Patch } from "../support/planning.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

/** An empty cpio archive, as `cpio -o -H newc` writes it, compressed. */
const INITRD = gzipSync(`070701${"0".repeat(7)}1${"0".repeat(80)}0000000b00000000TRAILER!!!\0\0\0\0`);
const whole: Patch[string] = { kind: "file", base64: INITRD.toString("base64"), modifiedAt: 1 };
const cutOff: Patch[string] = {
  kind: "file",
  base64: INITRD.subarray(0, INITRD.length - 9).toString("base64"),
  modifiedAt: 1,
};
const empty: Patch[string] = { kind: "file", text: "", modifiedAt: 1 };

interface Layout {
  readonly host: string;
  readonly release: string;
  /** What the loader reads. */
  readonly image: string;
  readonly initrd: string;
  /** What it was copied from, where it was. */
  readonly original?: string;
  readonly fallbackImage: string;
  readonly line: string;
}

const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const POP = "/boot/efi/EFI/Pop_OS-7f3a0a53-5a5f-4f2e-9a57-0c1c6d6e2b90";
const LAYOUTS: readonly Layout[] = [
  {
    host: "debian-grub",
    release: "6.1.0-26-amd64",
    image: "/boot/vmlinuz-6.1.0-26-amd64",
    initrd: "/boot/initrd.img-6.1.0-26-amd64",
    fallbackImage: "/boot/vmlinuz-6.1.0-25-amd64",
    line: "/boot/grub/grub.cfg",
  },
  {
    host: "sd-boot-debian",
    release: "6.1.0-26-amd64",
    image: "/boot/efi/debian/6.1.0-26-amd64/linux",
    initrd: "/boot/efi/debian/6.1.0-26-amd64/initrd.img-6.1.0-26-amd64",
    original: "/boot/initrd.img-6.1.0-26-amd64",
    fallbackImage: "/boot/efi/debian/6.1.0-25-amd64/linux",
    line: "/boot/efi/loader/entries/debian-6.1.0-26-amd64.conf",
  },
  {
    host: "intel-z390",
    release: "6.9.3-76060903-generic",
    image: `${POP}/vmlinuz.efi`,
    initrd: `${POP}/initrd.img`,
    original: "/boot/initrd.img-6.9.3-76060903-generic",
    fallbackImage: `${POP}/vmlinuz-previous.efi`,
    line: "/boot/efi/loader/entries/Pop_OS-current.conf",
  },
];

const errors = ({ problems }: Bootability): string[] =>
  problems.filter(({ severity }) => severity === "error").map(({ code }) => code);
const warnings = ({ problems }: Bootability): string[] =>
  problems.filter(({ severity }) => severity === "warning").map(({ code }) => code);

/** With an initrd that can really be read. */
function sound({ initrd, original }: Layout, capture: Capture): Capture {
  return patched(capture, { [initrd]: whole, ...(original === undefined ? {} : { [original]: whole }) });
}

describe.each(LAYOUTS)("on $host", (layout) => {
  const { host, release, image, initrd, original, fallbackImage, line } = layout;
  const capture = sound(layout, recordedHost(host).capture);
  const text = capture.paths[line]?.text ?? "";

  it("what boots next is whole, with the kernel that starts", async () => {
    const found = await checked(capture);
    expect([found.verdict, errors(found)]).toEqual(["bootable", []]);
    expect(found.entry).toMatchObject({ known: true, value: { release: { known: true, value: release } } });
  });

  it.each<[string, Patch, RegExp]>([
    ...(original === undefined
      ? [["a missing kernel", { [image]: null }, /missing/] satisfies [string, Patch, RegExp]]
      : []),
    ["an empty kernel", { [image]: empty }, /vmlinuz.* is (?:empty|missing)|linux is empty/],
    ["a missing initrd", { [initrd]: null }, /initrd/],
    ["an empty initrd", { [initrd]: empty }, /is empty/],
    ["an initrd that is cut off", { [initrd]: cutOff }, /cannot be read to its end/],
    ["missing modules", { [`/usr/lib/modules/${release}/modules.dep`]: null }, /modules in .* are missing/],
    [
      "a root= of another system",
      { [line]: text.replaceAll(/root=UUID=\S+/g, "root=UUID=dead") },
      /UUID dead/,
    ],
    ["a line too long", { [line]: text.replaceAll(" quiet", ` quiet ${"x".repeat(3000)}=1`) }, /at most/],
  ])("%s is broken, and named", async (_what, patch, named) => {
    const found = await checked(patched(capture, patch));
    expect([found.verdict, errors(found)]).toEqual(["broken", ["boot-entry-broken"]]);
    expect(found.problems[0]?.summary).toMatch(named);
  });

  it("a way back that would not come up is a warning", async () => {
    const found = await checked(patched(capture, { [fallbackImage]: empty }));
    expect([found.verdict, errors(found), warnings(found)]).toEqual(["bootable", [], ["fallback-broken"]]);
  });

  it("an initrd that nobody could read to its end is unknown, never whole", async () => {
    const zeros: Patch[string] = {
      kind: "file",
      base64: Buffer.alloc(600).toString("base64"),
      modifiedAt: 1,
    };
    const same = patched(capture, {
      [initrd]: zeros,
      ...(original === undefined ? {} : { [original]: zeros }),
    });
    expect((await checked(same)).verdict).toBe("unknown");
  });
});

const COPYING = LAYOUTS.flatMap((layout) =>
  layout.original === undefined ? [] : [{ ...layout, original: layout.original }],
);

describe.each(COPYING)("where the loader reads copies, on $host", (layout) => {
  const { host, image, initrd, original } = layout;
  const capture = sound(layout, recordedHost(host).capture);

  it("an entry whose kernel is not there is left out of the menu, and said", async () => {
    const found = await checked(patched(capture, { [image]: null }));
    expect(warnings(found)).toContain("boot-entry-left-out");
    expect(found.entry).not.toMatchObject({ known: true, value: { reads: { kernel: image } } });
  });

  it("a kernel that is not the one of /boot is broken", async () => {
    const found = await checked(patched(capture, { [image]: "half a ker" }));
    expect([found.verdict, errors(found)]).toEqual(["broken", ["boot-entry-broken"]]);
  });

  it("an initrd older than that of /boot still boots where it is whole", async () => {
    const found = await checked(patched(capture, { [original]: "made anew" }));
    expect([found.verdict, errors(found)]).toEqual(["bootable", []]);
    const unread = patched(capture, { [initrd]: "of no known format" });
    expect((await checked(unread)).verdict).toBe("unknown");
  });
});

describe("the default", () => {
  const CONF = "/boot/efi/loader/loader.conf";

  it("that names no entry of kernelstub's is broken, for anything may come first", async () => {
    const { capture } = recordedHost("pop-x570");
    const found = await checked(patched(capture, { [CONF]: "default Pop_OS-gone\n" }));
    expect([found.verdict, errors(found)]).toEqual(["broken", ["default-entry-missing"]]);
  });

  it("that names no entry of kernel-install's leaves the newest, with a warning", async () => {
    const { capture } = recordedHost("sd-boot-debian");
    const found = await checked(patched(capture, { [CONF]: "default gone.conf\n" }));
    expect([errors(found), warnings(found)]).toEqual([[], ["default-entry-missing"]]);
    expect(found.entry).toMatchObject({ value: { name: "debian-6.1.0-26-amd64" } });
  });

  it("of GRUB that names no entry leaves the first, with a warning", async () => {
    const { capture } = recordedHost("debian-grub");
    const menu = capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const found = await checked(
      patched(capture, { "/boot/grub/grub.cfg": menu.replaceAll('set default="0"', 'set default="gone"') }),
    );
    expect([errors(found), warnings(found)]).toEqual([[], ["default-entry-missing"]]);
  });

  it("of an empty menu is broken", async () => {
    const { capture } = recordedHost("sd-boot-debian");
    const entries = Object.keys(capture.paths).filter((path) => path.startsWith("/boot/efi/loader/entries/"));
    const found = await checked(patched(capture, Object.fromEntries(entries.map((path) => [path, null]))));
    expect([found.verdict, errors(found)]).toEqual(["broken", ["boot-menu-empty"]]);
  });

  it("without an initrd is broken where the root is named by UUID", async () => {
    const { capture } = recordedHost("debian-grub");
    const menu = capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const found = await checked(
      patched(capture, { "/boot/grub/grub.cfg": menu.replaceAll(/^\s*initrd\s.*$/gm, "") }),
    );
    expect(found.problems.map(({ summary }) => summary).join()).toContain("names no initrd");
    expect([found.verdict, UUID.length]).toEqual(["broken", 36]);
  });
});

describe("an entry without root=", () => {
  const folder = "/boot/efi/loader/entries";
  const { capture } = recordedHost("sd-boot-debian");
  const rootless = (name: string): Patch => {
    const path = `${folder}/${name}`;
    return { [path]: (capture.paths[path]?.text ?? "").replaceAll(/root=\S+ /g, "") };
  };

  it("is broken where others of the host have one", async () => {
    const found = await checked(patched(capture, rootless("debian-6.1.0-26-amd64.conf")));
    expect([found.verdict, errors(found)]).toEqual(["broken", ["boot-entry-broken"]]);
    expect(found.problems[0]?.summary).toContain("names no root file system");
  });

  it("is broken where none has one, and this boot came by one", async () => {
    const names = capture.paths[folder]?.entries ?? [];
    const all: Patch = Object.assign({}, ...names.map(rootless)) as Patch;
    expect((await checked(patched(capture, all))).verdict).toBe("broken");
  });

  it("is unknown where none has one, and this boot came without", async () => {
    const names = capture.paths[folder]?.entries ?? [];
    const all: Patch = Object.assign({ "/proc/cmdline": "quiet\n" }, ...names.map(rootless)) as Patch;
    expect((await checked(patched(capture, all))).verdict).toBe("unknown");
  });
});

describe("the entry to go back to", () => {
  const RUNNING = "/proc/sys/kernel/osrelease";

  it.each(["debian-grub", "sd-boot-debian"])(
    "is that of this boot's kernel where another boots next, and on %s none that nothing shows to have booted",
    async (host) => {
      const { capture } = recordedHost(host);
      const tried = await checked(patched(capture, { [RUNNING]: "6.1.0-25-amd64\n" }));
      expect(tried.fallback).toMatchObject({ value: { release: { value: "6.1.0-25-amd64" } } });
      const untried = await checked(patched(capture, { [RUNNING]: "6.1.0-24-amd64\n" }));
      expect(untried.fallback).toMatchObject({
        known: false,
        why: expect.stringContaining("no other entry starts 6.1.0-24-amd64") as string,
      });
      expect(warnings(untried)).toContain("no-fallback");
    },
  );
});

describe("Proxmox, whose ESPs are not mounted", () => {
  const { capture } = recordedHost("proxmox-zfs");
  it.each<[string, Patch]>([
    ["an empty kernel", { "/boot/vmlinuz-6.8.12-8-pve": empty }],
    ["missing modules", { "/usr/lib/modules/6.8.12-8-pve/modules.dep": null }],
  ])("is judged by what they are made from: %s", async (_what, patch) => {
    expect(errors(await checked(patched(capture, patch)))).toEqual(["boot-entry-broken"]);
  });
});

describe("any recorded host", () => {
  it("with any of its boot files emptied is answered, and broken where what boots next names that file", async () => {
    const hosts = LAYOUTS.map((layout) => ({
      layout,
      capture: sound(layout, recordedHost(layout.host).capture),
    }));
    const files = hosts.flatMap(({ layout, capture }) =>
      Object.entries(capture.paths)
        .filter(([path, { kind }]) => path.startsWith("/boot/") && kind === "file")
        .map(([path]) => ({ layout, capture, path })),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), async ({ layout, capture, path }) => {
        const { verdict } = await checked(patched(capture, { [path]: empty }));
        if ([layout.image, layout.initrd].includes(path)) expect(verdict).toBe("broken");
      }),
      { numRuns: 60 },
    );
  });
});
