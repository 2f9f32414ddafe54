import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { readEsp } from "../../../src/boot/bls/partition.ts";
import type { CapturedPath } from "../../../src/host/capture.ts";
import type { Plan } from "../../../src/model/index.ts";
import type { Content } from "../../support/host.ts";
import { readerOf } from "../../support/host.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const UUID = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
const VARIABLE = "/sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const LINK = `/dev/disk/by-partuuid/${UUID.toLowerCase()}`;
const VALUE: CapturedPath = {
  kind: "file",
  base64: Buffer.concat([Buffer.from([6, 0, 0, 0]), Buffer.from(`${UUID}\0`, "utf16le")]).toString("base64"),
};

function elsewhere(source: string, files: Record<string, Content>): string | undefined {
  const reader = readerOf({
    "/dev/nvme0n1p1": "",
    "/dev/nvme1n1p1": "",
    "/dev/md0": "",
    "/sys/class/block/nvme0n1p1/partition": "1\n",
    "/sys/class/block/nvme1n1p1/partition": "1\n",
    "/sys/class/block/md0/size": "1\n",
    ...files,
  });
  const mounts = { known: true, value: [{ source, mountPoint: "/boot/efi", type: "vfat" }] } as const;
  const esp = readEsp(reader, mounts, "/boot/efi", "nothing is mounted there");
  return esp.known ? esp.value.elsewhere : esp.why;
}

describe("the ESP that this boot's loader came from", () => {
  it.each<[string, string, Record<string, Content>, string | undefined]>([
    [
      "is the one that is mounted",
      "/dev/nvme0n1p1",
      { [VARIABLE]: VALUE, [LINK]: { link: "../../nvme0n1p1" } },
      undefined,
    ],
    [
      "is another one",
      "/dev/nvme0n1p1",
      { [VARIABLE]: VALUE, [LINK]: { link: "../../nvme1n1p1" } },
      "this boot's loader was started from another ESP (/dev/nvme1n1p1), not from /dev/nvme0n1p1 at /boot/efi: what is there decides what boots next",
    ],
    [
      "is not there any more",
      "/dev/nvme0n1p1",
      { [VARIABLE]: VALUE, "/dev/disk/by-partuuid": { folder: true } },
      `this boot's loader was started from another ESP (${LINK}), not from /dev/nvme0n1p1 at /boot/efi: what is there decides what boots next`,
    ],
    [
      "may be one of a mirror",
      "/dev/md0",
      { [VARIABLE]: VALUE, [LINK]: { link: "../../nvme1n1p1" } },
      undefined,
    ],
    ["is not told without udev's links", "/dev/nvme0n1p1", { [VARIABLE]: VALUE }, undefined],
    ["is not told by other loaders", "/dev/nvme0n1p1", {}, undefined],
  ])("%s", (_what, source, files, expected) => {
    expect(elsewhere(source, files)).toBe(expected);
  });
});

it.each([
  ["sd-boot-debian", "sda1"],
  ["pop-x570", "nvme0n1p1"],
])("nothing is planned on %s whose other ESP boots", async (name, partition) => {
  const { capture } = recordedHost(name);
  const device = posix.resolve(
    "/sys/class/block",
    capture.paths[`/sys/class/block/${partition}`]?.target ?? "",
  );
  const plan: Plan = await planOf(
    patched(capture, {
      [VARIABLE]: VALUE,
      [`/dev/${partition}`]: "",
      "/dev/sdz1": "",
      [LINK]: { kind: "symlink", target: "../../sdz1" },
      [`${device}/partition`]: "1\n",
    }),
    { kernelOptions: { present: ["iommu=pt"] } },
  );
  expect(codes(plan, "error")).toContain("other-esp-boots");
  expect(plan.steps).toEqual([]);
  expect(plan.nextBoot.before).toMatchObject({ known: false });
});
