import fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controlFile } from "../../src/platform/debian/control-archive.ts";
import { ARCHITECTURE_QUERY, PACKAGES_QUERY, debQuery } from "../../src/host/queries.ts";
import { acsKernelDebs } from "../support/acs-kernel.ts";
import { buildDeb } from "../support/deb.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import type { Faults } from "./machine.ts";
import { machineOf } from "./machine.ts";
import type { Machine, Ran } from "./program.ts";

let folder: string;
let machine: Machine;
/** Paths inside the root. */
let debs: string[];
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-packages-"));
  materialise(withoutDevices(recordedHost("pop-x570").capture), folder);
  debs = acsKernelDebs(join(folder, "tmp")).map((deb) => `/tmp/${basename(deb)}`);
  machine = machineOf(folder);
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const install = (faults?: Faults): Ran => machineOf(folder, faults).run(["dpkg", "--install", ...debs]);
const statusLine = (name: string): string | undefined =>
  machine
    .run(PACKAGES_QUERY)
    .stdout.split("\n")
    .find((line) => line.startsWith(`${name}\t`));
const IMAGE = "linux-image-5.3.0-acso";

describe("the stand-in for dpkg", () => {
  it("installs image, modules and headers through the link /lib, and records both packages", () => {
    expect(install().exitCode).toBe(0);
    expect(statusLine(IMAGE)).toBe(`${IMAGE}\t5.3.0-acso-1\tamd64\tinstall\tinstalled\tok`);
    expect(statusLine("linux-headers-5.3.0-acso")).toMatch(/installed\tok$/);
    expect(machine.root.linkTarget("/lib")).toBe("usr/lib");
    expect(machine.root.names("/usr/lib/modules/5.3.0-acso")).toEqual([
      "build",
      "kernel",
      "modules.builtin",
      "modules.builtin.modinfo",
      "modules.dep",
      "modules.order",
    ]);
    expect(machine.root.text("/lib/modules/5.3.0-acso/modules.dep")).toBe(
      "kernel/drivers/vfio/pci/vfio-pci.ko:\nkernel/drivers/vfio/vfio.ko:\n",
    );
  });

  it("runs the hooks: the initrd is made, and kernelstub fills the ESP by its own choice", () => {
    install();
    expect(machine.root.text("/boot/initrd.img-5.3.0-acso")).toBe("initrd of 5.3.0-acso\n");
    const esp = "/boot/efi/EFI/Pop_OS-2105a9ac-da30-41ba-87a9-75437bae74c6";
    expect(machine.root.text(`${esp}/vmlinuz.efi`)).toContain("5.3.0-7625-generic");
    expect(machine.root.text(`${esp}/vmlinuz-previous.efi`)).toContain("5.3.0-acso");
  });

  it("leaves the boot symlinks alone, as packages of make deb-pkg do", () => {
    install();
    expect(machine.root.linkTarget("/boot/vmlinuz")).toBe("vmlinuz-5.3.0-7625-generic");
    expect(machine.root.linkTarget("/boot/initrd.img")).toBe("initrd.img-5.3.0-7625-generic");
  });

  it("makes the initrd again when the same version is installed again, and forgets a hold", () => {
    install();
    machine.run(["apt-mark", "hold", IMAGE]);
    fs.rmSync(join(folder, "boot/initrd.img-5.3.0-acso"));
    expect(install().stdout).toContain("Unpacking linux-image-5.3.0-acso (5.3.0-acso-1) over (5.3.0-acso-1)");
    expect(machine.root.exists("/boot/initrd.img-5.3.0-acso")).toBe(true);
    expect(statusLine(IMAGE)).toMatch(/\tinstall\tinstalled\tok$/);
  });

  it("leaves a package half-configured when a hook fails, and ends with 1", () => {
    const ran = install({ kernelstub: "fail" });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("post-installation script subprocess returned error exit status 1");
    expect(statusLine(IMAGE)).toMatch(/\tinstall\thalf-configured\tok$/);
    expect(statusLine("linux-headers-5.3.0-acso")).toMatch(/\tinstall\tinstalled\tok$/);
    expect(install().exitCode).toBe(0);
    expect(statusLine(IMAGE)).toMatch(/\tinstalled\tok$/);
  });

  it("replaces the entry of a package whose configuration alone was left", () => {
    const name = "linux-image-5.3.0-24-generic";
    buildDeb(join(folder, "tmp/old.deb"), { Package: name, Version: "5.3.0-24.27" }, []);
    machine.run(["dpkg", "-i", "/tmp/old.deb"]);
    expect(statusLine(name)).toBe(`${name}\t5.3.0-24.27\t\tinstall\tinstalled\tok`);
  });

  it("changes nothing when one of the files is missing", () => {
    debs.push("/tmp/nope.deb");
    const ran = install();
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("/tmp/nope.deb");
    expect(statusLine(IMAGE)).toBeUndefined();
  });

  it.each([
    ["dependencies", { Depends: "kmod" }, {}, "resolves no dependencies"],
    ["a script of its own", {}, { postinst: "#!/bin/sh\nrm -rf /boot\n" }, "runs no shell"],
  ])("refuses a package with %s", (_, control, scripts, why) => {
    buildDeb(join(folder, "tmp/x.deb"), { Package: "x", Version: "1", ...control }, [], scripts);
    expect(() => machine.run(["dpkg", "--install", "/tmp/x.deb"])).toThrow(why);
  });

  it("tells the architecture", () => {
    expect(machine.run(ARCHITECTURE_QUERY).stdout).toBe("amd64\n");
  });
});

describe("the stand-in for dpkg-deb", () => {
  it("prints the control archive as a tar that holds the control file", () => {
    const control = controlFile(machine.run(debQuery(debs[1] ?? "")).stdout);
    expect(control).toMatch(
      new RegExp(`^Package: ${IMAGE}\\n(.*\\n)*Version: 5.3.0-acso-1\\nArchitecture: amd64\\n`),
    );
  });

  it("fails with 2 for a file that is not there", () => {
    expect(machine.run(debQuery("/nope.deb"))).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("the stand-in for apt-mark", () => {
  it("holds and lets go, and says when that was so already", () => {
    const name = "linux-image-5.3.0-7625-generic";
    const said = ["hold", "hold", "unhold", "unhold"].map(
      (act) => machine.run(["apt-mark", act, name]).stdout,
    );
    expect(said).toEqual([
      `${name} set on hold.\n`,
      `${name} was already set on hold.\n`,
      `Canceled hold on ${name}.\n`,
      `${name} was already not on hold.\n`,
    ]);
    machine.run(["apt-mark", "hold", name]);
    expect(statusLine(name)).toMatch(/\thold\tinstalled\tok$/);
  });

  it("fails with 100 for a package that it does not know", () => {
    expect(machine.run(["apt-mark", "hold", "nope"]).exitCode).toBe(100);
  });
});

describe("the stand-in for update-initramfs", () => {
  it("replaces the initrd as a whole and then runs kernelstub's hook", () => {
    const initrd = join(folder, "boot/initrd.img-5.3.0-7625-generic");
    fs.writeFileSync(initrd, "stale");
    const inode = fs.statSync(initrd).ino;
    expect(machine.run(["update-initramfs", "-u", "-k", "5.3.0-7625-generic"]).exitCode).toBe(0);
    expect(fs.statSync(initrd).ino).not.toBe(inode);
    const copy = "/boot/efi/EFI/Pop_OS-2105a9ac-da30-41ba-87a9-75437bae74c6/initrd.img";
    expect(machine.root.text(copy)).toBe("initrd of 5.3.0-7625-generic\n");
  });
});
