import { describe, expect, it } from "vitest";
import { callers, openToOthers } from "../../src/host/others.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const file = (attributes: { mode?: number; uid?: number; gid?: number }) =>
  ({ kind: "file", text: "", ...attributes }) as const;
const folder = (attributes: { mode?: number; uid?: number; gid?: number }) =>
  ({ kind: "directory", ...attributes }) as const;

function open(
  files: Record<string, Content>,
  path = "/home/me/host.yaml",
): (readonly [string, string, string])[] {
  return openToOthers(readerOf(files), path, [0, 1000]).map(({ path: at, why, remedy }) => [
    at,
    why,
    remedy.join(" "),
  ]);
}

describe("a file", () => {
  it.each<[string, Record<string, Content>]>([
    ["root's, in folders of root", { "/home/me/host.yaml": file({}) }],
    [
      "the caller's, in a folder of the caller's",
      { "/home/me": folder({ uid: 1000, gid: 1000 }), "/home/me/host.yaml": file({ uid: 1000, gid: 1000 }) },
    ],
    [
      "its owner's group's, which is his alone",
      { "/home/me/host.yaml": file({ mode: 0o664, uid: 1000, gid: 1000 }) },
    ],
    ["root's group's", { "/home/me/host.yaml": file({ mode: 0o664 }) }],
    ["in a sticky folder", { "/home/me": folder({ mode: 0o1777 }), "/home/me/host.yaml": file({}) }],
    ["not there", { "/home/me": { folder: true } }],
  ])("is nobody else's to change where it is %s", (_what, files) => {
    expect(open(files)).toEqual([]);
  });

  it.each<[string, Content, string, string]>([
    ["everybody may write it", file({ mode: 0o666 }), "everybody may write it (mode 0666)", "chmod go-w"],
    [
      "a group may write it",
      file({ mode: 0o664, gid: 27 }),
      "group 27 may write it (mode 0664)",
      "chmod g-w",
    ],
    ["it is somebody else's", file({ uid: 1001 }), "it belongs to user 1001", "chown root"],
  ])("is open to others where %s", (_what, content, why, remedy) => {
    const path = "/home/me/host.yaml";
    expect(open({ [path]: content })).toEqual([[path, why, `${remedy} ${path}`]]);
  });

  it.each<[string, Content, string, string]>([
    ["everybody may write in", folder({ mode: 0o777 }), "everybody may write it (mode 0777)", "chmod go-w"],
    [
      "somebody else owns, sticky or not",
      folder({ mode: 0o1777, uid: 1001 }),
      "it belongs to user 1001",
      "chown root",
    ],
  ])("is open to others in a folder that %s", (_what, content, why, remedy) => {
    expect(open({ "/home": content, "/home/me/host.yaml": file({}) })).toEqual([
      ["/home", why, `${remedy} /home`],
    ]);
  });

  it("is open to who owns a link on the way, and to who may write where that leads", () => {
    const files = {
      "/home/me": { kind: "symlink", target: "/srv/open", uid: 1001 },
      "/srv/open": folder({ mode: 0o777 }),
      "/srv/open/host.yaml": file({}),
    } as const;
    expect(open(files)).toEqual([
      ["/home/me", "it belongs to user 1001", "chown --no-dereference root /home/me"],
      ["/srv/open", "everybody may write it (mode 0777)", "chmod go-w /srv/open"],
    ]);
  });
});

it("follows a chain of links: whoever owns one in the middle decides where the end is", () => {
  const files = {
    "/home/me": { link: "../srv/next" },
    "/srv/next": { kind: "symlink", target: "last", uid: 1001 },
    "/srv/last/host.yaml": file({}),
  } as const;
  expect(open(files)).toEqual([
    ["/srv/next", "it belongs to user 1001", "chown --no-dereference root /srv/next"],
  ]);
});

describe("the caller", () => {
  it.each<[string, Record<string, string>, number, number[]]>([
    ["who runs it", {}, 1000, [0, 1000]],
    ["root", {}, 0, [0, 0]],
    ["who is behind sudo", { SUDO_UID: "1000" }, 0, [0, 0, 1000]],
    ["who is behind pkexec", { PKEXEC_UID: "1000" }, 0, [0, 0, 1000]],
    ["nobody that only says so", { SUDO_UID: "1001" }, 1000, [0, 1000]],
    ["nobody by a number that is none", { SUDO_UID: "root" }, 0, [0, 0]],
  ])("is %s", (_who, env, euid, users) => {
    expect(callers(env, euid)).toEqual(users);
  });
});
