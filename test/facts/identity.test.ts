import { describe, expect, it } from "vitest";
import { sha256Of } from "../../src/sha256.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import { readIdentity } from "../../src/facts/identity.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

function identityOf(files: Record<string, Content>, privileged = true) {
  return readIdentity(readerOf(files, { privileged }), known("amd64"));
}

const LIVE = "/proc/sys/kernel/hostname";

describe("readIdentity", () => {
  it("names the running host", () => {
    const files = {
      "/etc/machine-id": `${"0".repeat(32)}\n`,
      [LIVE]: "workstation\n",
      "/etc/hostname": "other\n",
      "/etc/os-release": "ID=pop\n",
    };
    expect(identityOf(files)).toEqual({
      hostname: known("workstation"),
      // machine-id(5): the id itself is shown nowhere.
      machine: known(sha256Of(`hostcfg ${"0".repeat(32)}`).slice(0, 32)),
      architecture: known("amd64"),
      os: known({ id: "pop", name: "Linux" }),
      privileged: true,
    });
  });

  it.each<[string, Record<string, Content>]>([
    ["there is no /proc", {}],
    ["the kernel was given no name", { [LIVE]: "(none)\n" }],
    ["the kernel's name is empty", { [LIVE]: "\n" }],
  ])("takes the configured name where %s", (_, files) => {
    const identity = identityOf({ ...files, "/etc/hostname": "# set by hand\n\n workstation \n" });
    expect(identity.hostname).toEqual(known("workstation"));
  });

  it("does not know a name that nobody gave", () => {
    const why = "neither /proc/sys/kernel/hostname nor /etc/hostname names this host";
    expect(identityOf({}).hostname).toEqual(unknown(why));
    expect(identityOf({ "/etc/hostname": "# none\n" }).hostname).toEqual(unknown(why));
  });

  it("reads the vendor's os-release where the host has none of its own", () => {
    expect(identityOf({ "/usr/lib/os-release": "ID=debian\n" }).os).toMatchObject({
      value: { id: "debian" },
    });
  });

  it("does not know the system without an os-release", () => {
    expect(identityOf({}).os).toEqual(unknown("neither /etc/os-release nor /usr/lib/os-release is there"));
  });

  it("says whether it was read with all rights", () => {
    expect(identityOf({}, false).privileged).toBe(false);
  });
});
