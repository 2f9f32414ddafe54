import { describe, expect, it } from "vitest";
import type { CapturedPath } from "../../src/host/capture.ts";
import { trustProblems, whyFleeting } from "../../src/verify-at-boot/trust.ts";
import { wayTo } from "../../src/verify-at-boot/way.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const folder = (more: Partial<CapturedPath>): CapturedPath => ({ kind: "directory", ...more });
const file = (more: Partial<CapturedPath> = {}): CapturedPath => ({ kind: "file", text: "x", ...more });
const noMounts = { known: false, why: "not in this test" } as const;

function way(files: Record<string, Content>, path: string) {
  const found = wayTo(readerOf(files), path);
  if (found === undefined) throw new Error(`${path} leads nowhere`);
  return found;
}

describe("the way to a file", () => {
  it("has every folder and link that it passes through, and ends with the file", () => {
    const files = {
      "/etc/hostcfg": { link: "../srv/conf" },
      "/srv/conf": { link: "/data/./git/../git" },
      "/data/git/host.yaml": "x",
    };
    const passed = way(files, "/etc/hostcfg/host.yaml").map(({ path }) => path);
    expect(passed.at(-1)).toBe("/data/git/host.yaml");
    expect(passed.toSorted()).toEqual([
      "/",
      "/data",
      "/data/git",
      "/data/git/host.yaml",
      "/etc",
      "/etc/hostcfg",
      "/srv",
      "/srv/conf",
    ]);
  });

  it.each([
    ["a loop", { "/a": { link: "b" }, "/b": { link: "a" } }, "/a"],
    ["a link to nothing", { "/a": { link: "gone" } }, "/a"],
    ["nothing at all", {}, "/x/y"],
  ] satisfies [string, Record<string, Content>, string][])("of %s is none", (_, files, path) => {
    expect(wayTo(readerOf(files), path)).toBeUndefined();
  });
});

describe("who could change a file", () => {
  it.each<[string, Record<string, Content>, string | undefined, string | undefined]>([
    ["root alone", { "/etc/host.yaml": file() }, undefined, undefined],
    [
      "its group",
      { "/etc/host.yaml": file({ mode: 0o664, gid: 1000 }) },
      "verify-path-writable",
      "the group 1000",
    ],
    ["root's own group", { "/etc/host.yaml": file({ mode: 0o664 }) }, undefined, undefined],
    ["everybody", { "/etc/host.yaml": file({ mode: 0o666 }) }, "verify-path-writable", "everybody"],
    [
      "everybody, by a folder above",
      { "/etc/host.yaml": file(), "/etc": folder({ mode: 0o777, entries: ["host.yaml"] }) },
      "verify-path-writable",
      "everybody",
    ],
    ["one other account", { "/etc/host.yaml": file({ uid: 1000 }) }, "verify-path-owner", "user 1000"],
  ])("%s", (_, files, code, who) => {
    const problems = trustProblems(way(files, "/etc/host.yaml"), "spec");
    expect(problems.map((one) => one.code)).toEqual(code === undefined ? [] : [code]);
    if (who !== undefined) expect(problems[0]?.summary).toContain(who);
  });

  it("nobody else, in a folder of everybody's where each keeps his own", () => {
    const sticky = { "/shared": folder({ mode: 0o1777, entries: ["host.yaml"] }) };
    expect(
      trustProblems(way({ "/shared/host.yaml": file(), ...sticky }, "/shared/host.yaml"), "spec"),
    ).toEqual([]);
    const theirs = { "/shared/host.yaml": file({ uid: 1000 }), ...sticky };
    expect(trustProblems(way(theirs, "/shared/host.yaml"), "spec")).toMatchObject([
      { code: "verify-path-owner" },
    ]);
  });

  it("who owns a link on the way", () => {
    const files = {
      "/etc/host.yaml": { kind: "symlink", target: "/srv/host.yaml", uid: 1000 } as const,
      "/srv/host.yaml": file(),
    };
    expect(trustProblems(way(files, "/etc/host.yaml"), "program")).toMatchObject([
      { severity: "warning", code: "verify-path-owner", address: "/etc/host.yaml" },
    ]);
  });
});

describe("what is gone after a boot", () => {
  it.each(["/tmp/host.yaml", "/run/hostcfg/host.yaml", "/var/tmp/host.yaml", "/dev/shm/host.yaml"])(
    "%s",
    (path) => {
      expect(whyFleeting(way({ [path]: "x" }, path), noMounts)).toContain("emptied at boot");
    },
  );

  it("a file that a link in /etc names", () => {
    const files = { "/etc/host.yaml": { link: "/run/host.yaml" }, "/run/host.yaml": "x" };
    expect(whyFleeting(way(files, "/etc/host.yaml"), noMounts)).toContain("/run is emptied");
  });

  it("all on a file system of memory", () => {
    const mounts = [
      { source: "/dev/sda1", mountPoint: "/", type: "ext4" },
      { source: "tmpfs", mountPoint: "/srv/fast", type: "tmpfs" },
    ];
    const files = { "/srv/fast/host.yaml": "x", "/srv/faster/host.yaml": "x" };
    const fact = { known: true, value: mounts } as const;
    expect(whyFleeting(way(files, "/srv/fast/host.yaml"), fact)).toContain("/srv/fast is a tmpfs");
    expect(whyFleeting(way(files, "/srv/faster/host.yaml"), fact)).toBeUndefined();
  });

  it("nothing of a name that only looks like it", () => {
    expect(whyFleeting(way({ "/tmpfiles/host.yaml": "x" }, "/tmpfiles/host.yaml"), noMounts)).toBeUndefined();
  });
});
