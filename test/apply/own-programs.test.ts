import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { run } from "../../src/boot/run.ts";
import { finding, placePrograms } from "../../src/apply/own-programs.ts";
import type { Host } from "../../src/host/host.ts";
import { readerOf } from "../support/host.ts";

describe("a command that makes an initrd", () => {
  const action = { does: "make-initrd", by: "dracut", release: "6.1.0", missing: false } as const;
  const placed = (files: Record<string, string>, hostcfg: readonly string[] | undefined) => {
    const written: Record<string, string> = {};
    const host = {
      hostcfg,
      reader: () => readerOf(files),
      makeFolder: () => undefined,
      writeFile: (path: string, content: string | Uint8Array) => {
        written[path] = String(content);
        return {};
      },
    };
    const step = { id: 1, ...run("initrd", action, { title: "", serves: [] }) };
    placePrograms(host as unknown as Host, step);
    return written;
  };
  const DRACUT = { "/usr/bin/dracut": "", "/etc/kernel/postinst.d/dracut": "" };
  const TOOLS = { "/usr/sbin/update-initramfs": "#!/bin/sh\nmkinitramfs\n" };

  it.each([
    ["dracut", DRACUT],
    ["mkinitramfs", TOOLS],
  ])("finds hostcfg's own %s, which starts this very hostcfg to look at it", (name, files) => {
    const written = placed(files, ["/opt/no de", "/opt/it's/hostcfg.js"]);
    expect(Object.keys(written)).toEqual([`/var/lib/hostcfg/programs/${name}`]);
    expect(Object.values(written)[0]).toContain(
      String.raw`'/opt/no de' '/opt/it'\''s/hostcfg.js' 'judge-initrd' "$new"`,
    );
  });

  it("starts none in another root, where hostcfg looks at it afterwards", () => {
    expect(Object.values(placed(DRACUT, undefined)).join("")).not.toContain("judge-initrd");
    expect(placed(TOOLS, undefined)).toEqual({});
  });
});

describe("a command that has GRUB's menu made by a hook", () => {
  const PACKAGE = { name: "linux-image-6.1.0-26-amd64", version: "6.1.112-1", file: "x.deb" };
  const installing = (from: "repository" | "files") =>
    run(
      "packages",
      { does: "install", family: "debian", from, packages: [PACKAGE] },
      { title: "", serves: [] },
    );
  const found = (from: "repository" | "files", programs: string | undefined) => {
    const step = installing(from);
    return finding({ id: 1, ...step }, step.argv, programs);
  };

  it("hands the folder of hostcfg's programs on to dpkg where apt-get would set another search path", () => {
    const [program, option, ...rest] = found("repository", "/var/lib/hostcfg/programs");
    expect([program, ...rest]).toEqual(installing("repository").argv);
    expect(option).toMatch(/^--option=DPkg::Path=\/var\/lib\/hostcfg\/programs:.*:\/usr\/sbin:.*\/bin$/);
    // apt's own word, where it is here.
    if (existsSync("/usr/bin/apt-config") && option !== undefined)
      expect(execFileSync("apt-config", ["dump", option], { encoding: "utf8" })).toContain(
        'DPkg::Path "/var/lib/hostcfg/programs:/',
      );
  });

  it("is as it was where it needs none, or leaves the search path alone", () => {
    expect(found("repository", undefined)).toEqual(installing("repository").argv);
    expect(found("files", "/programs")).toEqual(installing("files").argv);
  });
});
