import { expect, it } from "vitest";
import { mountsOfRoot } from "../../src/host/mounts-of-root.ts";

const MOUNTS = `/dev/vda / ext4 rw 0 0
/dev/vdz /mnt/a\\040root ext4 rw 0 0
/dev/vdz1 /mnt/a\\040root/boot/efi vfat rw 0 0
proc /mnt/a\\040root/proc proc rw 0 0
tmpfs /mnt/a\\040root2 tmpfs rw 0 0
`;

it("a root sees its own mounts at their places in it, and no others", () => {
  expect(mountsOfRoot(MOUNTS, "/mnt/a root")).toBe(
    "/dev/vdz / ext4 rw 0 0\n/dev/vdz1 /boot/efi vfat rw 0 0\nproc /proc proc rw 0 0\n",
  );
});

it("a root that is no mount itself has no line for /", () => {
  expect(mountsOfRoot(MOUNTS, "/mnt")).toMatch(/^\/dev\/vdz \/a\\040root /);
});
