import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { materialise } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { machineOf } from "./machine.ts";

const { capture } = recordedHost("sd-boot-debian");
const RELEASE = "6.1.0-26-amd64";
const ADD = ["kernel-install", "add", RELEASE, `/boot/vmlinuz-${RELEASE}`, `/boot/initrd.img-${RELEASE}`];
const FILES = [
  `/boot/efi/debian/${RELEASE}/linux`,
  `/boot/efi/debian/${RELEASE}/initrd.img-${RELEASE}`,
  `/boot/efi/loader/entries/debian-${RELEASE}.conf`,
];

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-standin-"));
  materialise(withoutDevices(capture), folder);
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const sizes = (): (number | undefined)[] =>
  FILES.map((path) => fs.statSync(join(folder, path), { throwIfNoEntry: false })?.size);

describe("the stand-in for kernel-install", () => {
  it("writes what the real one has left on the recorded host, to the byte", () => {
    for (const path of FILES) fs.rmSync(join(folder, path));
    expect(machineOf(folder).run(ADD)).toMatchObject({ exitCode: 0 });
    for (const path of FILES)
      expect(fs.readFileSync(join(folder, path), "utf8")).toBe(capture.paths[path]?.text);
  });

  // As strace(1) showed of the real one: unlink, open with O_EXCL, write; of the entry, open with O_TRUNC and a write a line.
  it("goes through a missing, an empty and half a file in place, and a growing entry", () => {
    const [kernel, initrd, entry] = sizes();
    const seen: string[] = [];
    const { run } = machineOf(folder, {}, () => {
      seen.push(
        sizes()
          .map((size) => size ?? "none")
          .join(" "),
      );
    });
    run(ADD);
    const at = (...three: unknown[]): string => three.join(" ");
    const half = (size = 0): number => Math.floor(size / 2);
    expect(seen.slice(0, 9)).toEqual([
      at("none", initrd, entry),
      at(0, initrd, entry),
      at(half(kernel), initrd, entry),
      at(kernel, initrd, entry),
      at(kernel, "none", entry),
      at(kernel, 0, entry),
      at(kernel, half(initrd), entry),
      at(kernel, initrd, entry),
      at(kernel, initrd, 0),
    ]);
    expect(seen.at(-1)).toBe(at(kernel, initrd, entry));
    expect(new Set(seen.slice(8)).size).toBe(7);
  });

  it("changes nothing where the kernel is not there", () => {
    const before = sizes();
    fs.rmSync(join(folder, `boot/vmlinuz-${RELEASE}`));
    expect(machineOf(folder).run(ADD).exitCode).toBe(1);
    expect(sizes()).toEqual(before);
  });
});
