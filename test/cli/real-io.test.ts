import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Failure } from "../../src/cli/failure.ts";
import { checkOutFile } from "../../src/cli/out-file.ts";
import { realIo } from "../../src/cli/real-io.ts";
import { withoutNewListeners } from "../support/listeners.ts";

withoutNewListeners();

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-io-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("a capture or saved plan", () => {
  it.each([
    ["new", false],
    ["in the place of one that everybody could read", true],
  ])("can be read by nobody else: %s", (_, there) => {
    const file = join(folder, "out.json");
    if (there) fs.writeFileSync(file, "old", { mode: 0o644 });
    realIo().workspace.write(file, "{}\n");
    expect(fs.statSync(file).mode & 0o7777).toBe(0o600);
    expect(fs.readFileSync(file, "utf8")).toBe("{}\n");
  });
});

describe("a file beside the spec", () => {
  const write = (text = "{}\n"): string => {
    const path = join(folder, "host.lock.json");
    realIo().workspace.writeBeside(join(folder, "host.yaml"), path, text);
    return path;
  };

  it.each([true, false])("can be read by everybody (spec there: %s)", (there) => {
    if (there) fs.writeFileSync(join(folder, "host.yaml"), "", { mode: 0o600 });
    const path = write();
    expect(fs.statSync(path).mode & 0o7777).toBe(0o644);
    expect(fs.readFileSync(path, "utf8")).toBe("{}\n");
  });

  it("takes the place of a link, and leaves alone what that leads to", () => {
    const victim = join(folder, "victim");
    fs.writeFileSync(victim, "precious");
    fs.symlinkSync(victim, join(folder, "host.lock.json"));
    const path = write();
    expect(fs.lstatSync(path).isFile()).toBe(true);
    expect(fs.readFileSync(victim, "utf8")).toBe("precious");
  });

  it("belongs to who the spec belongs to, as far as who runs hostcfg may give files away", () => {
    const spec = join(folder, "host.yaml");
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      fs.writeFileSync(spec, "");
      fs.chownSync(spec, 1234, 2345);
    } else {
      // Root's.
      fs.symlinkSync("/etc/passwd", spec);
    }
    const { uid, gid } = fs.statSync(write());
    expect([uid, gid]).toEqual(isRoot ? [1234, 2345] : [process.geteuid?.(), process.getegid?.()]);
  });
});

describe("--out", () => {
  it.each([
    ["an empty file", "empty", ""],
    ["a file that is not there", "nothing", undefined],
  ])("is not written through a link to %s", (_what, name, text) => {
    const victim = join(folder, name);
    if (text !== undefined) fs.writeFileSync(victim, text);
    fs.symlinkSync(victim, join(folder, "plan.json"));
    const before = fs.readdirSync(folder);
    expect(() => {
      checkOutFile({ ...realIo(), cwd: folder }, "plan.json");
    }).toThrow(expect.objectContaining({ code: "out-exists" }) as Failure);
    realIo().workspace.write(join(folder, "plan.json"), "{}\n");
    expect(fs.lstatSync(join(folder, "plan.json")).isFile()).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(before);
    if (text !== undefined) expect(fs.readFileSync(victim, "utf8")).toBe(text);
  });
});
