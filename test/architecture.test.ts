import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

/** From the inside out: a file may import from its own room and from those before it, types included. */
const ROOMS = [
  ["model"],
  ["cmdline.ts", "sha256.ts", "shell-quote.ts"],
  ["archive"],
  ["spec"],
  ["host"],
  ["facts"],
  ["platform"],
  ["boot"],
  ["pci"],
  ["concerns"],
  ["journal"],
  ["simulate"],
  ["plan"],
  ["apply"],
  ["undo"],
  ["verify-at-boot"],
  ["trial"],
  ["doctor"],
  ["leave"],
  ["cli"],
];
/** One after the other in the list, yet apart. */
const APART = [
  ["spec", "archive"],
  ["spec", "host"],
  ["boot", "pci"],
];

const source = path.resolve("src");
const files = fs
  .readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.includes(".gen."));

interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** The file that is imported, from src/; the specifier itself where that is a package's. */
function targetOf({ file, specifier }: Import): string {
  return specifier.startsWith(".")
    ? path.relative(source, path.resolve(source, path.dirname(file), specifier))
    : specifier;
}

const imports = files.flatMap((file): Import[] => {
  const text = fs.readFileSync(path.join(source, file), "utf8");
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map((match) => ({ file, specifier: match[1] ?? "" }));
});

function folderOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function layerOf(file: string): number {
  return ROOMS.findIndex((layer) => layer.includes(folderOf(file)));
}

function importersOf(pattern: RegExp): string[] {
  return [
    ...new Set(imports.filter(({ specifier }) => pattern.test(specifier)).map(({ file }) => file)),
  ].sort();
}

describe("the house", () => {
  it("has no rooms but those that ARCHITECTURE.md names", () => {
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([]);
    expect(files.length).toBeGreaterThan(50);
  });

  it("imports down the list of rooms only", () => {
    const wrong = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith(".")) return false;
      const target = targetOf({ file, specifier });
      if (target.startsWith("..")) return false;
      const [from, to] = [folderOf(file), folderOf(target)];
      return (
        layerOf(target) > layerOf(file) ||
        APART.some((pair) => from !== to && pair.includes(from) && pair.includes(to))
      );
    });
    expect(wrong).toEqual([]);
  });

  it("imports in no circle, types included", () => {
    const open = new Set<string>();
    const done = new Set<string>();
    const circles: string[][] = [];
    const visit = (file: string, way: readonly string[]): void => {
      if (open.has(file)) circles.push([...way.slice(way.indexOf(file)), file]);
      if (open.has(file) || done.has(file)) return;
      open.add(file);
      for (const one of imports) if (one.file === file) visit(targetOf(one), [...way, file]);
      open.delete(file);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("has a vocabulary that imports nothing but itself, and only types", () => {
    const words = files.filter((file) => layerOf(file) === 0);
    const texts = words.map((file) => fs.readFileSync(path.join(source, file), "utf8"));
    expect(texts.flatMap((text) => text.match(/^(?:import|export) (?!type|interface).*/gm) ?? [])).toEqual(
      [],
    );
    const outside = imports.filter(
      ({ file, specifier }) => layerOf(file) === 0 && !/^\.\/[a-z-]+\.ts$/.test(specifier),
    );
    expect(outside).toEqual([]);
  });

  it("touches the machine in host/ only (the command line's own streams apart)", () => {
    const touching = importersOf(/^(node:(fs|child_process|net|os|http)|execa$)/);
    expect(touching.filter((file) => folderOf(file) !== "host")).toEqual([]);
  });

  it("reads YAML in spec/ only, and compares texts in cli/ only", () => {
    expect(importersOf(/^yaml$/).map(folderOf)).toEqual(importersOf(/^yaml$/).map(() => "spec"));
    expect(importersOf(/^diff$/).map(folderOf)).toEqual(importersOf(/^diff$/).map(() => "cli"));
  });

  it("prints in cli/ only", () => {
    const printing = files.filter((file) => {
      const text = fs.readFileSync(path.join(source, file), "utf8");
      return /\bconsole\.|process\.(stdout|stderr)/.test(text);
    });
    expect(printing.filter((file) => folderOf(file) !== "cli")).toEqual([]);
  });

  it("never reads a command line back: what a step does stands in its action", () => {
    const parsing = /argv(?:\[|\.(?:at|slice|includes|some|find|indexOf|map|filter)\b)|\] = (?:step\.)?argv;/;
    const planning = files.filter((file) =>
      ["platform", "boot", "concerns", "journal", "simulate", "plan", "undo"].includes(folderOf(file)),
    );
    expect(planning.filter((file) => parsing.test(fs.readFileSync(path.join(source, file), "utf8")))).toEqual(
      [],
    );
  });

  /** Who speaks of Debian's programs and names all the same, and why. */
  const SPEAKS_DEBIAN: Readonly<Record<string, string>> = {
    "host/queries.ts": "the read-only queries that the seam allows",
    "facts/acs-patch.ts": "looks at kernels of other families too, by all their names",
    "facts/vfio-files.ts": "hostcfg's own files for initramfs-tools",
    "concerns/vfio/files.ts": "what stands in these files",
    "boot/grub/generator.ts":
      "GRUB's own order of versions, which its scripts take from dpkg where that is there",
    "boot/grub/predict-menu.ts": "names that GRUB's scripts leave out",
    "boot/grub/upgrade.ts": "the name of the image that GRUB_TOP_LEVEL puts first",
    "boot/grub/problems.ts": "names that GRUB's scripts take",
    "boot/grub/kernel-order.ts": "the same order",
    "boot/proxmox/side-effects.ts": "the paths that proxmox-boot-tool writes on Debian",
    "simulate/initrd.ts": "a row for each generator",
    "boot/refused.ts": "what to do on families that hostcfg does not drive",
  };

  it("speaks of one family's programs and file names in platform/ only", () => {
    const words =
      /\bapt(?:-get|-mark)?\b|\bdpkg|update-initramfs|initramfs-tools|\/boot\/(?:vmlinuz|initrd\.img)-|linux-(?:image|modules|headers|libc)\b/;
    const speaking = files.filter((file) => {
      if (["platform", "cli", "model"].includes(folderOf(file))) return false;
      const text = fs.readFileSync(path.join(source, file), "utf8");
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^import .*|\/\/.*/gm, "");
      return words.test(code);
    });
    expect(speaking.sort()).toEqual(Object.keys(SPEAKS_DEBIAN).sort());
  });

  it("knows a family by platform/*.ts only, never by its folder", () => {
    const reaching = imports.filter(
      ({ file, specifier }) =>
        folderOf(file) !== "platform" && /^platform\/.*\//.test(targetOf({ file, specifier })),
    );
    expect(reaching).toEqual([]);
  });

  /** Who asks one family by its name, whatever host it is: the programs that they drive have its rules built in. */
  const ASKS_DEBIAN: Readonly<Record<string, string>> = {
    "boot/grub/kernel-order.ts": "GRUB's scripts where they ask dpkg",
    "boot/kernelstub/newest-pair.ts": "kernelstub orders by python-debian",
    "boot/proxmox/side-effects.ts": "Proxmox is Debian: the version of its helper",
    "boot/run.ts": "kernelstub and kernel-install are driven where kernels have Debian's names",
  };

  it("asks the family of the host, but for programs that belong to one", () => {
    const asking = files.filter((file) =>
      /PLATFORMS\.\w+/.test(fs.readFileSync(path.join(source, file), "utf8")),
    );
    expect(asking.sort()).toEqual(Object.keys(ASKS_DEBIAN).sort());
  });

  it("never starts a shell", () => {
    const shells = files.filter((file) =>
      /shell:\s*true|\bexecSync\b|\bexec\(\s*["'`]/.test(fs.readFileSync(path.join(source, file), "utf8")),
    );
    expect(shells).toEqual([]);
  });
});
