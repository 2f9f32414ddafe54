import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { inFolder } from "../../src/host/folder-handle.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { HostError } from "../../src/host/reader.ts";
import { RootHost } from "../../src/host/root-host.ts";
import { snapshot } from "../support/materialise.ts";
import { captureOf } from "../support/host.ts";

let folder: string;
let root: string;
let outside: string;
let host: RootHost;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hostcfg-"));
  root = path.join(folder, "root");
  outside = path.join(folder, "outside");
  fs.mkdirSync(path.join(root, "srv/inner"), { recursive: true });
  fs.writeFileSync(path.join(root, "srv/source"), "source");
  fs.mkdirSync(path.join(outside, "inner"), { recursive: true });
  fs.writeFileSync(path.join(outside, "file"), "canary");
  fs.writeFileSync(path.join(outside, "inner/file"), "canary");
  host = new RootHost({ root, commands: "none" });
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Everything that RootHost can do to a path. */
const WRITES: readonly (readonly [string, (to: string) => unknown])[] = [
  [
    "writeFile",
    (to) => {
      host.writeFile(to, "new", { mode: 0o644 });
    },
  ],
  [
    "appendLine",
    (to) => {
      host.appendLine(to, "new");
    },
  ],
  [
    "symlink",
    (to) => {
      host.symlink(to, "new");
    },
  ],
  ["importFile", (to) => host.importFile(path.join(root, "srv/source"), to)],
  ["copyFile", (to) => host.copyFile("/srv/source", to, { mode: 0o644 })],
  [
    "makeFolder",
    (to) => {
      host.makeFolder(to, 0o755);
    },
  ],
  [
    "a private folder",
    (to) => {
      host.makeFolder(to, 0o700);
    },
  ],
  [
    "remove",
    (to) => {
      host.remove(to);
    },
  ],
  [
    "removeFolder",
    (to) => {
      host.removeFolder(to);
    },
  ],
  [
    "flush",
    (to) => {
      host.flush(to);
    },
  ],
  [
    "the log of a command",
    (to) => new RootHost({ root, commands: "host" }).exec(["true"], { log: to, timeoutSeconds: 5 }),
  ],
  ["the lock", (to) => host.lock(to).then((lock) => lock?.release())],
];

/** A link planted at `at` that leads outside, by each kind of text that a link can have. */
const TARGETS = ["absolute", "climbing", "of a link"] as const;

function plant(at: string, kind: (typeof TARGETS)[number], to: string): void {
  fs.rmSync(path.join(root, at), { recursive: true, force: true });
  const far = path.join(root, "far");
  fs.rmSync(far, { force: true });
  if (kind === "absolute") fs.symlinkSync(to, path.join(root, at));
  else if (kind === "climbing") fs.symlinkSync(`../../../../../../..${to}`, path.join(root, at));
  else {
    fs.symlinkSync(to, far);
    fs.symlinkSync("/far", path.join(root, at));
  }
}

async function attempt(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    expect(error.message).toMatch(/\(E[A-Z_]+\)$|^.* is not safe from other users/);
  }
}

describe.each(TARGETS)("a link (%s) that leads out of the root", (kind) => {
  it.each(WRITES)("in the place of the path leads no %s elsewhere", async (_name, act) => {
    const before = snapshot(outside);
    plant("srv/file", kind, path.join(outside, "file"));
    await attempt(() => act("/srv/file"));
    plant("srv/file", kind, path.join(outside, "inner"));
    await attempt(() => act("/srv/file"));
    plant("srv/file", kind, path.join(outside, "not-there"));
    await attempt(() => act("/srv/file"));
    expect(snapshot(outside)).toBe(before);
  });

  it.each(WRITES)("in the place of the folder leads no %s elsewhere", async (_name, act) => {
    const before = snapshot(outside);
    plant("srv/inner", kind, path.join(outside, "inner"));
    await attempt(() => act("/srv/inner/file"));
    await attempt(() => act("/srv/inner/new"));
    await attempt(() => act("/srv/inner/deeper/new"));
    expect(snapshot(outside)).toBe(before);
  });

  it.each(WRITES)("under a temporary name leads no %s elsewhere", async (_name, act) => {
    const before = snapshot(outside);
    plant("srv/.file.hostcfg-0123456789ab", kind, path.join(outside, "file"));
    await attempt(() => act("/srv/file"));
    expect(snapshot(outside)).toBe(before);
  });
});

describe("a folder that is exchanged for a link after its path was resolved", () => {
  it.each([
    ["the folder itself", "srv/inner", "/srv/inner"],
    ["a folder above it", "srv", "/srv/inner"],
  ])("leads nothing elsewhere: %s", (_what, swapped, canonical) => {
    const before = snapshot(outside);
    plant(swapped, "absolute", outside);
    const act = (): void => {
      inFolder(root, canonical, (there) => {
        fs.writeFileSync(there.entry("file"), "new");
      });
    };
    expect(act).toThrow(/ENOTDIR|ELOOP/);
    expect(snapshot(outside)).toBe(before);
  });

  it("while it is worked in changes nothing for the work: it is in the folder that was opened", () => {
    const before = snapshot(outside);
    inFolder(root, "/srv/inner", (there) => {
      fs.renameSync(path.join(root, "srv/inner"), path.join(root, "srv/away"));
      fs.symlinkSync(path.join(outside, "inner"), path.join(root, "srv/inner"));
      fs.writeFileSync(there.entry("file"), "new");
    });
    expect(snapshot(outside)).toBe(before);
    expect(fs.readFileSync(path.join(root, "srv/away/file"), "utf8")).toBe("new");
  });

  it("closes what it opened, whatever happens", () => {
    const open = (): number => fs.readdirSync("/proc/self/fd").length;
    const before = open();
    for (let round = 0; round < 50; round += 1) {
      host.writeFile("/srv/inner/file", "x", { mode: 0o644 });
      expect(() => {
        inFolder(root, "/srv/none/deeper", () => undefined);
      }).toThrow("ENOENT");
    }
    expect(open()).toBe(before);
  });
});

describe("what stands in the place of a file that is copied", () => {
  it.each([
    ["importFile", "a device", "EINVAL"],
    ["copyFile", "a folder", "EISDIR"],
  ] as const)("is not waited for: %s of %s", (call, _what, code) => {
    const copy = (from: string) =>
      call === "importFile"
        ? host.importFile(from, "/srv/to")
        : host.copyFile("/srv/null", "/srv/to", { mode: 0o644 });
    fs.mkdirSync(path.join(root, "srv/null"));
    expect(() => copy("/dev/null")).toThrow(expect.objectContaining({ code }) as HostError);
    expect(fs.readdirSync(path.join(root, "srv")).sort()).toEqual(["inner", "null", "source"]);
  });
});

describe("a link in a folder that everybody may write in, made by somebody else", () => {
  const sticky = { kind: "directory", mode: 0o1777 } as const;
  const reader = (link: { uid: number }, follower?: number) =>
    new LinkReader(
      new CaptureTree(
        captureOf({
          "/tmp": sticky,
          "/tmp/mine": { kind: "symlink", target: "/etc", ...link },
          "/etc/x": "x",
        }),
      ),
      follower === undefined ? {} : { follower },
    );

  it("is not followed to a place to write, as the kernel would not", () => {
    expect(() => reader({ uid: 1000 }, 0).realPath("/tmp/mine/x")).toThrow(
      expect.objectContaining({ code: "EACCES", path: "/tmp/mine" }) as HostError,
    );
  });

  it.each([
    ["of who follows it", { uid: 1000 }, 1000],
    ["of the folder's owner", { uid: 0 }, 1000],
    ["of a reader that only looks", { uid: 1000 }, undefined],
  ])("is followed where it is %s", (_what, link, follower) => {
    expect(reader(link, follower).realPath("/tmp/mine/x")).toBe("/etc/x");
  });
});

describe("a private folder", () => {
  it.each([0o777, 0o707])("is refused where others could write in it (%o)", (mode) => {
    fs.mkdirSync(path.join(root, "state"));
    fs.chmodSync(path.join(root, "state"), mode);
    expect(() => {
      host.makeFolder("/state/inputs", 0o700);
    }).toThrow(expect.objectContaining({ code: "EPERM", path: "/state" }) as HostError);
  });

  it("is taken where it is the owner's alone, and where folders above it are sticky", () => {
    fs.mkdirSync(path.join(root, "tmp"));
    fs.chmodSync(path.join(root, "tmp"), 0o1777);
    host.makeFolder("/tmp/state", 0o700);
    host.makeFolder("/tmp/state", 0o700);
    expect(fs.statSync(path.join(root, "tmp/state")).mode & 0o777).toBe(0o700);
  });
});
