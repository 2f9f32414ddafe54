import { describe, expect, it } from "vitest";
import type { Host } from "../../../src/boot/proxmox/host.ts";
import { keptReleases } from "../../../src/boot/proxmox/kept.ts";
import { ASIDE, ASIDE_DEFAULT, ASIDE_ENTRY } from "../../../src/boot/proxmox/aside.ts";
import { withAsideDefault, withoutAside } from "../../../src/boot/proxmox/put-aside.ts";
import { refreshed, withToolsDefault } from "../../../src/boot/proxmox/refresh.ts";
import { known } from "../../../src/facts/fact.ts";
import type {
  EspContent,
  HostState,
  KernelFact,
  PackageFact,
  ProxmoxFiles,
} from "../../../src/model/index.ts";

const [OLD, NEW] = ["6.8.12-4-pve", "6.8.12-8-pve"];

function kernel(release: string): KernelFact {
  const file = (name: string) => ({
    path: `/boot/${name}-${release}`,
    size: 3,
    sha256: known(`${name}${release}`),
  });
  return { release, image: file("vmlinuz"), initrd: file("initrd.img") } as unknown as KernelFact;
}

function kept(
  names: readonly string[],
  runs: string,
  ofBoot: readonly string[],
  files: Partial<ProxmoxFiles> = {},
  also: Partial<PackageFact> = {},
) {
  const packages = names.map((name): PackageFact => ({
    name,
    version: "1",
    architecture: "amd64",
    state: "installed",
    held: false,
    broken: false,
    ...also,
  }));
  const state = {
    packages: known(packages),
    running: { release: known(runs) },
    kernels: known(ofBoot.map(kernel)),
  };
  const found = keptReleases(state as unknown as HostState, { added: [], ...files });
  return found.known ? found.value : found.why;
}

describe("what is put aside", () => {
  it("is taken away with what a cut left half written beside it", () => {
    const file = (path: string) => ({ path, size: 3 });
    const text = (path: string) => ({ path, text: "x" });
    const [conf, other] = ["/loader/loader.conf", "/EFI/proxmox/vmlinuz.new"];
    const left = withoutAside({
      freeBytes: 1,
      folder: true,
      texts: [text(ASIDE_ENTRY), text(conf)],
      files: [
        ASIDE.image,
        ASIDE.initrd,
        `${ASIDE.initrd}.new`,
        `${conf}.new`,
        `${ASIDE_ENTRY}.new`,
        other,
      ].map(file),
    });
    expect([...left.texts, ...left.files].map(({ path }) => path)).toEqual([conf, other]);
  });
});

/** Of the real tool's sed, each. */
describe("the default that proxmox-boot-tool writes into loader.conf", () => {
  it.each([
    ["timeout 3\n", "timeout 3\ndefault X\n"],
    ["timeout 3", "timeout 3\ndefault X\n"],
    ["timeout 3\ndefault x", "timeout 3\ndefault X"],
    ["default x\r\ntimeout 3\r\n", "default X\ntimeout 3\r\n"],
    ["default\tx\n", "default\tx\ndefault X\n"],
    ["default  x y\ndefault z\n", "default X\ndefault X\n"],
    ["#default x\ndefault-x\n", "#default x\ndefault-x\ndefault X\n"],
    ["\n", "\ndefault X\n"],
  ])("comes into %j as %j", (before, after) => {
    expect(withToolsDefault(before, "X")).toBe(after);
    expect(withAsideDefault(before)).toBe(after.replaceAll("X", ASIDE_DEFAULT));
  });

  it("comes into no empty file, for sed has no last line there; hostcfg's own does", () => {
    expect(withToolsDefault("", "X")).toBe("");
    expect(withAsideDefault("")).toBe(`default ${ASIDE_DEFAULT}\n`);
  });
});

describe("the kernels that proxmox-boot-tool keeps", () => {
  const both = [`proxmox-kernel-${NEW}-signed`, `proxmox-kernel-${OLD}`];

  it("are the newest two of its packages, and the running one", () => {
    expect(kept([...both, "pve-kernel-6.5.1-1-pve"], "6.12.30-acso", ["6.12.30-acso"])).toEqual([
      "6.12.30-acso",
      OLD,
      NEW,
    ]);
  });

  it("are without the running one where /boot has no image of its name in lower case", () => {
    expect(kept(both, "6.12.30-acso", [OLD, NEW])).toEqual([OLD, NEW]);
    expect(kept(both, "6.12.30-ACSO", ["6.12.30-ACSO", OLD, NEW])).toEqual([OLD, NEW]);
  });

  it("are not the kernels whose packages are to be removed, or have an error", () => {
    for (const also of [{ leaving: true }, { broken: true }] as const)
      expect(kept(["proxmox-kernel-6.8.12-8-pve-signed"], OLD, [OLD, NEW], {}, also)).toEqual([OLD]);
  });

  it.each([
    ["6.8, where that is the only series", ["6.8"], [NEW]],
    ["6.11, the series before the newest", ["6.14", "6.11", "6.8"], ["6.11.0-1-pve"]],
    ["none, where no package names a series", [], []],
  ])("are the newest of %s", (_title, series, older) => {
    const newest = ["6.14.0-1-pve", "6.14.0-2-pve"];
    const names = [...newest, "6.11.0-1-pve", NEW, OLD, ...series].map((one) => `proxmox-kernel-${one}`);
    expect(kept(names, "6.14.0-2-pve", [])).toEqual([...older, ...newest].sort());
  });
});

describe("what a refresh removes", () => {
  const host = { files: { added: [] }, line: "root=a" } as unknown as Host;
  const file = (path: string) => ({ path, size: 3 });
  const entry = (release: string) => ({ path: `/loader/entries/proxmox-${release}.conf`, text: "x" });

  function left(texts: readonly string[], folders: readonly string[], stay: readonly string[]): string[] {
    const content: EspContent = {
      freeBytes: 1,
      folder: true,
      texts: texts.map(entry),
      files: folders.map((one) => file(`/EFI/proxmox/${one}/vmlinuz-${one}`)),
    };
    const after = refreshed(content, host, stay, []);
    return [...after.texts, ...after.files]
      .map(({ path }) => path)
      .filter((path) => !path.endsWith("loader.conf"));
  }

  it("is the folder of a kernel that is not kept, and the entry of its name", () => {
    expect(left([OLD, NEW], [OLD, NEW], [NEW])).toEqual([
      entry(NEW).path,
      `/EFI/proxmox/${NEW}/vmlinuz-${NEW}`,
    ]);
  });

  it("is no entry without a folder, which stays for good", () => {
    expect(left([OLD], [], [NEW])).toEqual([entry(OLD).path]);
  });

  it("is no folder whose name is a part of a kept one, and one that is written otherwise", () => {
    expect(left([], ["6.12.30", "6.12.30-ACSO"], ["6.12.30-acso"])).toEqual([
      "/EFI/proxmox/6.12.30/vmlinuz-6.12.30",
    ]);
  });
});
