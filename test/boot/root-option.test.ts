import { describe, expect, it } from "vitest";
import { rootProblems } from "../../src/boot/root-option.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { HostState } from "../../src/model/index.ts";

const UUID = "2105a9ac-da30-41ba-87a9-75437bae74c6";

function around(source: string, cmdline: string): Pick<HostState, "rootUuid" | "mounts" | "running"> {
  const no = unknown("not in this test");
  return {
    rootUuid: known(UUID),
    mounts: known([{ source, mountPoint: "/", type: "ext4" }]),
    running: { release: no, bootId: no, cmdline: known(cmdline) },
  };
}

describe("the root file system that a line names", () => {
  it.each([
    ["by the UUID that is mounted", `root=UUID=${UUID} ro`, []],
    ["by another UUID", "root=UUID=0000-0000 ro", ["error root-mismatch"]],
    ["by another UUID in quotes", '"root=UUID=0000-0000" ro', ["error root-mismatch"]],
    ["twice, the last of which counts", `root=UUID=0000-0000 root=UUID=${UUID}`, []],
    ["as this boot did", "root=PARTUUID=1234 ro", []],
    ["by the device that is mounted", "root=/dev/mapper/vg-root ro", []],
    ["in a way that proves nothing", "root=LABEL=other ro", ["warning root-unproven"]],
    ["for init only", "quiet -- root=/dev/mapper/vg-root", ["error root-missing"]],
    ["not at all", "ro quiet rootflags=subvol=@", ["error root-missing"]],
  ])("%s", (_how, line, expected) => {
    const found = rootProblems(line, around("/dev/mapper/vg-root", "root=PARTUUID=1234 ro quiet"), {
      remedy: "write it",
      needed: true,
    });
    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
  });

  it("is a ZFS data set where / is one", () => {
    const zfs = around("rpool/ROOT/pve-1", "quiet");
    expect(rootProblems("root=ZFS=rpool/ROOT/pve-1", zfs, { remedy: "", needed: true })).toEqual([]);
  });

  it("may be left to the partition's type where the host can do that", () => {
    const [found] = rootProblems("quiet", around("/dev/sda2", "quiet"), {
      remedy: "write it",
      needed: false,
    });
    expect([found?.severity, found?.hint]).toEqual(["warning", "write it"]);
  });
});
