import { describe, expect, it } from "vitest";
import { bootedEntry } from "../../../src/boot/grub/booted-entry.ts";
import { parseMenu } from "../../../src/boot/grub/menu-text.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const MENU = capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const NEW = "6.1.0-26-amd64";
const line = (options: string, image = `/boot/vmlinuz-${NEW}`): string =>
  `BOOT_IMAGE=${image} root=UUID=${UUID} ro ${options}`;

describe("the entry that this boot came by", () => {
  it("is found by the image and the options of the boot, and told as it is written", () => {
    const found = bootedEntry(MENU, line("quiet"));
    expect(found).toMatchObject({
      known: true,
      value: {
        release: NEW,
        title: "Debian GNU/Linux",
        attributes: "--class gnu-linux --class gnu --class os",
      },
    });
    const body = found.known ? found.value.body : "";
    expect(body.split("\n")[0]).toBe("\tload_video");
    expect(body).toContain(`\n\tlinux\t/boot/vmlinuz-${NEW} root=UUID=${UUID} ro  quiet\n`);
    expect(body.endsWith(`\tinitrd\t/boot/initrd.img-${NEW}\n`)).toBe(true);
  });

  it.each([
    ["an older kernel's in the submenu", line("quiet", "/boot/vmlinuz-6.1.0-25-amd64"), "6.1.0-25-amd64"],
    ["a recovery entry", line("single"), NEW],
    ["where GRUB names the disk of the image as well", line("quiet", `(hd0,gpt2)/vmlinuz-${NEW}`), NEW],
    ["with what GRUB itself adds to the line", line("quiet vt.handoff=7"), NEW],
  ])("may be %s", (_, cmdline, release) => {
    expect(bootedEntry(MENU, cmdline)).toMatchObject({ known: true, value: { release } });
  });

  it.each([
    ["was edited at the menu", line("quiet nosmt")],
    ["has options that the menu has no longer", line("splash")],
    ["is of a kernel that the menu has no longer", line("quiet", "/boot/vmlinuz-5.10.0-1-amd64")],
    ["was another loader's", `initrd=\\debian\\initrd.img root=UUID=${UUID} ro quiet`],
  ])("is unknown where the boot %s", (_, cmdline) => {
    expect(bootedEntry(MENU, cmdline).known).toBe(false);
  });

  it("is not one that somebody wrote on one line in front of it", () => {
    const mine =
      "menuentry 'Off' --id off { halt }\nmenuentry \"Mine ${x}\" { linux /vmlinuz-1 a; initrd /i }\n";
    const found = bootedEntry(MENU.replace(/^menuentry/m, `${mine}menuentry`), line("quiet"));
    expect(found).toEqual(bootedEntry(MENU, line("quiet")));
    expect(parseMenu(mine).items).toEqual([
      { kind: "entry", title: "Off", id: "off", options: [] },
      { kind: "entry", title: "", linux: "/vmlinuz-1", options: ["a"], initrd: "/i" },
    ]);
  });

  it("keeps what its heading says of users, wherever the id stands", () => {
    const menu = `menuentry "A 'b'" --id 'x' --unrestricted --users root {\n\tlinux /vmlinuz-1 a\n}\n`;
    expect(bootedEntry(menu, "BOOT_IMAGE=/vmlinuz-1 a")).toEqual({
      known: true,
      value: {
        release: "1",
        title: "A 'b'",
        attributes: "--unrestricted --users root",
        body: "\tlinux /vmlinuz-1 a\n",
      },
    });
  });
});
