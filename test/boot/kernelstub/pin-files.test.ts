import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { couldName } from "../../../src/boot/bls/naming.ts";
import { parseEntry } from "../../../src/boot/bls/entry-text.ts";
import { pinEntry, pinHooks, pinId, pinPattern } from "../../../src/boot/kernelstub/pin-files.ts";
import type { LoaderEntry } from "../../../src/model/index.ts";

const RELEASE = "5.3.0-acso";

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), "hostcfg-hook-"));
  write(`boot/vmlinuz-${RELEASE}`, "kernel");
  write(`boot/initrd.img-${RELEASE}`, "initrd");
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  fs.mkdirSync(join(root, path, ".."), { recursive: true });
  fs.writeFileSync(join(root, path), text);
}

function read(path: string): string | undefined {
  return fs.existsSync(join(root, path)) ? fs.readFileSync(join(root, path), "utf8") : undefined;
}

/** Runs a hook in the folder, with the real sh, as run-parts does. */
function run(index: 0 | 2, args: readonly string[], env: Record<string, string> = {}, esp = `${root}/esp`) {
  const { content = "" } = pinHooks(esp)[index] ?? {};
  const script = content.replaceAll("=/boot/", `=${root}/boot/`);
  const { status, stderr } = spawnSync("sh", ["-c", script, "zzz-hostcfg", ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  return { status, stderr };
}

describe("the hook that keeps the copies new", () => {
  const copies = `esp/EFI/hostcfg/${RELEASE}`;
  const pin = (): void => {
    write(`${copies}/vmlinuz`, "kernel");
    write(`${copies}/initrd.img`, "an older initrd");
  };

  it("copies a rebuilt initrd of the pinned kernel, and leaves no other file", () => {
    pin();
    expect(run(0, [RELEASE, `/boot/initrd.img-${RELEASE}`])).toEqual({ status: 0, stderr: "" });
    expect([read(`${copies}/vmlinuz`), read(`${copies}/initrd.img`)]).toEqual(["kernel", "initrd"]);
    expect(fs.readdirSync(join(root, copies))).toEqual(["initrd.img", "vmlinuz"]);
  });

  it("does not write what is the same already", () => {
    pin();
    const before = fs.statSync(join(root, copies, "vmlinuz")).ino;
    run(0, [RELEASE]);
    expect(fs.statSync(join(root, copies, "vmlinuz")).ino).toBe(before);
  });

  it("does nothing for a kernel that is not pinned", () => {
    expect(run(0, [RELEASE])).toEqual({ status: 0, stderr: "" });
    expect(read("esp")).toBeUndefined();
  });

  it("waits for the initrd of a kernel that is just being installed", () => {
    pin();
    fs.rmSync(join(root, `boot/initrd.img-${RELEASE}`));
    expect(run(0, [RELEASE]).status).toBe(0);
    expect(read(`${copies}/initrd.img`)).toBe("an older initrd");
  });

  it("keeps both old copies and says so where one cannot be made", () => {
    pin();
    write(`boot/vmlinuz-${RELEASE}`, "newer kernel");
    write("bin/cp", '#!/bin/sh\ncase $1 in */initrd.img-*) exit 1 ;; esac\nexec /bin/cp "$@"\n');
    fs.chmodSync(join(root, "bin/cp"), 0o755);
    const { status, stderr } = run(0, [RELEASE], { PATH: `${root}/bin:${process.env["PATH"] ?? ""}` });
    expect([status, stderr.includes("keeps its old copies")]).toEqual([1, true]);
    expect(fs.readdirSync(join(root, copies))).toEqual(["initrd.img", "vmlinuz"]);
    expect([read(`${copies}/vmlinuz`), read(`${copies}/initrd.img`)]).toEqual(["kernel", "an older initrd"]);
  });

  it("takes what a cut has left for nothing", () => {
    pin();
    write(`${copies}/vmlinuz.new`, "half a ker");
    expect(run(0, [RELEASE]).status).toBe(0);
    expect(read(`${copies}/vmlinuz`)).toBe("kernel");
  });

  it.each([[[]], [[""]], [["../x"]], [["."]]])("is not led elsewhere by the arguments %j", (args) => {
    write("esp/EFI/x/initrd.img", "theirs");
    expect(run(0, args).status).toBe(0);
    expect(read("esp/EFI/x/initrd.img")).toBe("theirs");
  });
});

describe("the hook before a kernel is removed", () => {
  const entry = `esp/loader/entries/hostcfg-${RELEASE}.conf`;
  const pin = (conf: string): void => {
    write(entry, "title x\n");
    write(`esp/EFI/hostcfg/${RELEASE}/vmlinuz`, "kernel");
    write("esp/loader/loader.conf", conf);
  };

  it.each([`default hostcfg-${RELEASE}*\n`, `timeout 3\n default   hostcfg-${RELEASE}.conf\n`])(
    "refuses the one that boots next, with the way out: %j",
    (conf) => {
      pin(conf);
      const { status, stderr } = run(2, [RELEASE], { DEB_MAINT_PARAMS: "remove" });
      expect(status).toBe(1);
      expect(stderr).toContain("declare another kernel.release");
      expect(read(entry)).toBe("title x\n");
    },
  );

  it("lets it be upgraded", () => {
    pin(`default hostcfg-${RELEASE}*\n`);
    expect(run(2, [RELEASE], { DEB_MAINT_PARAMS: "upgrade 5.3.0-acso-2" }).status).toBe(0);
  });

  it("clears away the entry and the copies of one that no longer boots next", () => {
    pin("default Pop_OS-current\n");
    expect(run(2, [RELEASE], { DEB_MAINT_PARAMS: "remove" })).toEqual({ status: 0, stderr: "" });
    expect([read(entry), read(`esp/EFI/hostcfg/${RELEASE}/vmlinuz`)]).toEqual([undefined, undefined]);
  });

  it("leaves another kernel's removal alone", () => {
    pin(`default hostcfg-${RELEASE}*\n`);
    expect(run(2, ["6.1.0-1-amd64"]).status).toBe(0);
    expect(read(entry)).toBe("title x\n");
  });
});

it("the ESP's path is data in the hooks, whatever it holds", () => {
  const path = fc.stringMatching(/^[ -~]{1,20}$/).filter((text) => !/[/.]/.test(text));
  fc.assert(
    fc.property(path, (name) => {
      const esp = `${root}/${name}`;
      fs.mkdirSync(`${esp}/EFI/hostcfg/${RELEASE}`, { recursive: true });
      const { status } = run(0, [RELEASE], {}, esp);
      const copy = fs.readFileSync(`${esp}/EFI/hostcfg/${RELEASE}/vmlinuz`, "utf8");
      fs.rmSync(esp, { recursive: true });
      return status === 0 && copy === "kernel";
    }),
    { numRuns: 30 },
  );
});

describe("the default that names a pin", () => {
  const entry = (id: string): LoaderEntry => ({ id, path: `/efi/loader/entries/${id}.conf`, options: "" });

  it("names it whether the loader's ids end in .conf or not, and no other entry", () => {
    const others = [entry("Pop_OS-current"), entry("hostcfg-5.3.0-7625-generic")];
    const pattern = pinPattern(RELEASE, others);
    expect([pinId(RELEASE), `${pinId(RELEASE)}.conf`].map((id) => couldName(pattern, id))).toEqual([
      true,
      true,
    ]);
    expect(others.some(({ id }) => couldName(pattern, id))).toBe(false);
  });

  it("does not name a longer release's pin", () => {
    const others = [entry("hostcfg-5.3.0-acso2")];
    expect(couldName(pinPattern(RELEASE, others), "hostcfg-5.3.0-acso2")).toBe(false);
  });
});

it("the entry says what the Boot Loader Specification's reader reads", () => {
  expect(parseEntry(pinEntry(RELEASE, "Pop!_OS 22.04 LTS", "root=UUID=1 ro quiet"))).toMatchObject({
    version: RELEASE,
    linux: `/EFI/hostcfg/${RELEASE}/vmlinuz`,
    initrds: [`/EFI/hostcfg/${RELEASE}/initrd.img`],
    options: "root=UUID=1 ro quiet",
  });
});
