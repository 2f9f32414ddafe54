import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { readIdentity } from "../../src/facts/identity.ts";
import { ARCHITECTURE_QUERY } from "../../src/host/queries.ts";
import type { Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";

const ARCHITECTURE = {
  argv: ARCHITECTURE_QUERY,
  answer: { ran: true, exitCode: 0, stdout: "amd64\n", stderr: "" },
} as const;

function identityOf(files: Record<string, Content>, privileged = true) {
  return readIdentity(readerOf(files, { privileged, queries: [ARCHITECTURE] }));
}

const LIVE = "/proc/sys/kernel/hostname";

describe("readIdentity", () => {
  it("names the running host", async () => {
    const files = { [LIVE]: "workstation\n", "/etc/hostname": "other\n", "/etc/os-release": "ID=pop\n" };
    expect(await identityOf(files)).toEqual({
      hostname: known("workstation"),
      architecture: known("amd64"),
      os: known({ id: "pop", name: "Linux" }),
      privileged: true,
    });
  });

  it.each<[string, Record<string, Content>]>([
    ["there is no /proc", {}],
    ["the kernel was given no name", { [LIVE]: "(none)\n" }],
    ["the kernel's name is empty", { [LIVE]: "\n" }],
  ])("takes the configured name where %s", async (_, files) => {
    const identity = await identityOf({ ...files, "/etc/hostname": "# set by hand\n\n workstation \n" });
    expect(identity.hostname).toEqual(known("workstation"));
  });

  it("does not know a name that nobody gave", async () => {
    const why = "neither /proc/sys/kernel/hostname nor /etc/hostname names this host";
    expect((await identityOf({})).hostname).toEqual(unknown(why));
    expect((await identityOf({ "/etc/hostname": "# none\n" })).hostname).toEqual(unknown(why));
  });

  it("reads the vendor's os-release where the host has none of its own", async () => {
    expect((await identityOf({ "/usr/lib/os-release": "ID=debian\n" })).os).toMatchObject({
      value: { id: "debian" },
    });
  });

  it("does not know the system without an os-release", async () => {
    expect((await identityOf({})).os).toEqual(
      unknown("neither /etc/os-release nor /usr/lib/os-release is there"),
    );
  });

  it("says whether it was read with all rights", async () => {
    expect((await identityOf({}, false)).privileged).toBe(false);
  });
});
