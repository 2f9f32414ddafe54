import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { readRootUuid } from "../../src/facts/root-uuid.ts";
import { ROOT_UUID_QUERY } from "../../src/host/queries.ts";
import type { QueryAnswer } from "../../src/host/reader.ts";
import { HostError } from "../../src/host/reader.ts";
import { readerOf } from "../support/host.ts";

const UUID = "11111111-2222-3333-4444-555555555555";
const FSTAB_ROOT = "UUID=99999999-2222-3333-4444-555555555555 / ext4 defaults 0 1\n";
const MOUNTS = known([{ source: "overlay", mountPoint: "/", type: "overlay" }]);
const NOT_RUN: QueryAnswer = { ran: false, why: "commands of another root are not run" };

function ran(stdout: string, exitCode = 0, stderr = ""): QueryAnswer {
  return { ran: true, exitCode, stdout, stderr };
}

function readerWith(answer: QueryAnswer, fstab = FSTAB_ROOT) {
  return readerOf({ "/etc/fstab": fstab }, { queries: [{ argv: ROOT_UUID_QUERY, answer }] });
}

describe("readRootUuid", () => {
  it("takes the answer of findmnt", async () => {
    expect(await readRootUuid(readerWith(ran(`${UUID}\n`)), MOUNTS)).toEqual(known(UUID));
  });

  it.each([
    [
      "gives none, although /etc/fstab has one",
      ran("\n"),
      "findmnt gives no UUID for / (overlay on overlay)",
    ],
    ["finds no mount", ran("", 1), "findmnt gives no UUID for / (overlay on overlay)"],
    ["gives several", ran(`${UUID}\n${UUID}\n`), "findmnt gives more than one UUID for /"],
    ["fails", ran("", 1, "findmnt: cannot open /proc\n"), "findmnt: cannot open /proc"],
  ])("does not know it where findmnt %s", async (_, answer, why) => {
    expect(await readRootUuid(readerWith(answer), MOUNTS)).toEqual(unknown(why));
  });

  it("does not know it, and looks nowhere else, where findmnt is killed", async () => {
    const killed = new HostError("EQUERY", "findmnt", "findmnt was killed by SIGINT");
    const reader = Object.assign(readerWith(NOT_RUN), {
      query: () => Promise.reject(killed),
    });
    expect(await readRootUuid(reader, MOUNTS)).toEqual(unknown(killed.message));
  });

  it("needs no mounts to say that there is none", async () => {
    const fact = await readRootUuid(readerWith(ran("")), unknown("/proc is not there"));
    expect(fact).toEqual(unknown("findmnt gives no UUID for /"));
  });

  it.each([
    ["plain", `# / was on /dev/sda1\nUUID=${UUID} / ext4 errors=remount-ro 0 1\n`],
    ["quoted", `UUID="${UUID}"\t/\text4\tdefaults\t0\t1\n`],
    ["after others", `UUID=1234-ABCD /boot/efi vfat umask=0077 0 1\nUUID=${UUID} / ext4 defaults 0 1\n`],
  ])("reads /etc/fstab where findmnt cannot be asked: %s", async (_, fstab) => {
    expect(await readRootUuid(readerWith(NOT_RUN, fstab), MOUNTS)).toEqual(known(UUID));
  });

  it.each([
    ["is empty", ""],
    ["names a device", "/dev/sda1 / ext4 defaults 0 1\n"],
    ["names a label", "LABEL=root / ext4 defaults 0 1\n"],
    ["has it only in a comment", `#UUID=${UUID} / ext4 defaults 0 1\n`],
    ["names an empty UUID", "UUID= / ext4 defaults 0 1\n"],
  ])("does not know it where /etc/fstab %s", async (_, fstab) => {
    const why = "/etc/fstab does not name / by its UUID";
    expect(await readRootUuid(readerWith(NOT_RUN, fstab), MOUNTS)).toEqual(unknown(why));
  });
});
