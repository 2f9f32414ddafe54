import { expect, it } from "vitest";
import { linkFolder } from "../../../src/platform/debian/link-folder.ts";
import { readerOf } from "../../support/host.ts";

// As read_kernelimg_conf of linux-base 4.9 answered for these texts.
it.each<[string | undefined, string]>([
  [undefined, "/"],
  ["", "/"],
  ["do_symlinks = yes\nlink_in_boot = yes\n", "/boot"],
  ["do_symlinks=no\nlink_in_boot=yes\n", ""],
  ["Do_Symlinks = No # none\n", ""],
  ["image_dest = /boot/\n", "/boot"],
  ["image_dest = /srv\nlink_in_boot = 1\n", "/boot"],
  ["link_in_boot = maybe\n", "/"],
  ["# link_in_boot = yes\n", "/"],
  ["link_in_boot = yes\nlink_in_boot = 0\n", "/"],
])("%j keeps the links in %j", (text, folder) => {
  const reader = readerOf({
    "/etc/os-release": "",
    ...(text === undefined ? {} : { "/etc/kernel-img.conf": text }),
  });
  expect(linkFolder(reader)).toEqual({ known: true, value: folder });
});
