import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CapturedPath } from "../../src/host/capture.ts";
import { materialise } from "../support/materialise.ts";
import { afterReboot, recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { machineOf } from "./machine.ts";
import type { Machine, Ran } from "./program.ts";

const UUID = "2105a9ac-da30-41ba-87a9-75437bae74c6";
const FOLDER = `/boot/efi/EFI/Pop_OS-${UUID}`;
const CONFIGURATION = "/etc/kernelstub/configuration";
const PRESENT = "5.3.0-7625-generic";

let folder: string;
let machine: Machine;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-kernelstub-"));
  materialise(withoutDevices(recordedHost("pop-x570").capture), folder);
  machine = machineOf(folder);
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const run = (...args: string[]): Ran => machine.run(["kernelstub", ...args]);
const text = (path: string): string => machine.root.text(path);
const lay = (paths: Record<string, CapturedPath>): void => {
  materialise({ paths }, folder);
};
const pair = (release: string): Record<string, CapturedPath> => ({
  [`/boot/vmlinuz-${release}`]: { kind: "file", text: `kernel ${release}` },
  [`/boot/initrd.img-${release}`]: { kind: "file", text: `initrd ${release}` },
});
const noKernels = (): void => {
  for (const name of machine.root.names("/boot")) {
    if (name !== "efi") lay({ [`/boot/${name}`]: { kind: "absent" } });
  }
};
const settings = (part: "user" | "default"): unknown => {
  const document: unknown = JSON.parse(text(CONFIGURATION));
  return Object.entries(document ?? {}).find(([key]) => key === part)?.[1];
};

describe("which kernel kernelstub takes without paths", () => {
  // Left out: how the real one orders names that python-debian takes for equal.
  it.each([
    ["5.3.0-7625-generic", "5.3.0-acso"],
    ["6.8.0-45-generic", "6.8.0-acso"],
    ["6.16.3-76061603-generic", "6.16.3-acso1"],
    ["6.3.0-acso", "6.2.6-76060206-generic"],
    ["6.6.0-x64v3-xanmod1", "6.6.0-14-generic"],
    ["6.6.0-14-lowlatency", "6.6.0-14-generic"],
    ["6.6.0-14-generic", "6.6.0+"],
    ["6.6.0-14-generic.old", "6.6.0-14-generic"],
  ])("takes %s as newest and %s as previous", (newest, previous) => {
    noKernels();
    lay({ ...pair(previous), ...pair(newest) });
    expect(run().exitCode).toBe(0);
    expect([text(`${FOLDER}/vmlinuz.efi`), text(`${FOLDER}/vmlinuz-previous.efi`)]).toEqual([
      `kernel ${newest}`,
      `kernel ${previous}`,
    ]);
  });

  it("passes over a kernel without its initrd", () => {
    lay({ "/boot/vmlinuz-9.9": { kind: "file", text: "lonely" } });
    run();
    expect(text(`${FOLDER}/vmlinuz.efi`)).toContain(PRESENT);
  });

  it("dies of a name that is no Debian version, but only next to another pair", () => {
    noKernels();
    lay(pair("6.8.18_tkg-bore"));
    expect(run().exitCode).toBe(0);
    lay(pair("6.8.0-45-generic"));
    const crash = run();
    expect(crash.exitCode).toBe(1);
    expect(crash.stderr).toContain("Invalid version string");
  });

  it("goes by the links only where no complete pair is left", () => {
    lay({ [`/boot/initrd.img-${PRESENT}`]: { kind: "absent" }, "/boot/initrd.img": { kind: "absent" } });
    lay({ "/boot/initrd.img": { kind: "file", text: "initrd by its link's name" } });
    run();
    expect(text(`${FOLDER}/initrd.img`)).toBe("initrd by its link's name");
  });
});

describe("kernelstub with paths", () => {
  beforeEach(() => {
    lay(pair("5.3.0-acso"));
  });
  const acso = ["--kernel-path", "/boot/vmlinuz-5.3.0-acso", "--initrd-path", "/boot/initrd.img-5.3.0-acso"];

  it("takes them for this run and forgets them for the next", () => {
    run(...acso);
    expect([text(`${FOLDER}/vmlinuz.efi`), text(`${FOLDER}/initrd.img`)]).toEqual([
      "kernel 5.3.0-acso",
      "initrd 5.3.0-acso",
    ]);
    run();
    expect(text(`${FOLDER}/vmlinuz.efi`)).toContain(PRESENT);
  });

  it("still takes the second newest pair as the old kernel, and skips it where both are one file", () => {
    run(...acso);
    expect(machine.root.names(FOLDER)).toEqual(["cmdline", "initrd.img", "vmlinuz.efi"]);
    expect(machine.root.names("/boot/efi/loader/entries")).not.toContain("Pop_OS-oldkern.conf");
    run();
    expect(text(`${FOLDER}/vmlinuz-previous.efi`)).toBe("kernel 5.3.0-acso");
  });

  it.each([
    ["kernel", ["--kernel-path", "/boot/nope"]],
    ["initrd", ["--initrd-path", "/boot/nope"]],
  ])("ends with 0 and an ERROR line when the %s is missing, with nothing written", (_, args) => {
    lay({ [FOLDER]: { kind: "absent" } });
    const before = text(CONFIGURATION);
    const ran = run(...args, "--add-options", "x=1");
    expect([ran.exitCode, ran.stdout]).toEqual([0, ""]);
    expect(ran.stderr).toContain("ERROR");
    expect(machine.root.exists(FOLDER)).toBe(false);
    expect(text(CONFIGURATION)).toBe(before);
  });
});

describe("what kernelstub writes", () => {
  it("leaves the entry in its four lines, and loader.conf as it is unless forced", () => {
    lay({ "/boot/efi/loader/loader.conf": { kind: "file", text: "default Pop_OS-current\ntimeout 5\n" } });
    run();
    expect(text("/boot/efi/loader/entries/Pop_OS-current.conf")).toBe(
      [
        "title Pop!_OS",
        `linux /EFI/Pop_OS-${UUID}/vmlinuz.efi`,
        `initrd /EFI/Pop_OS-${UUID}/initrd.img`,
        `options root=UUID=${UUID} ro quiet loglevel=0 systemd.show_status=false splash amd_iommu=on`,
        "",
      ].join("\n"),
    );
    expect(text("/boot/efi/loader/loader.conf")).toContain("timeout");
    run("--force-update");
    expect(text("/boot/efi/loader/loader.conf")).toBe("default Pop_OS-current\n");
  });

  it("gives the entry of the old kernel the same options", () => {
    lay(pair("5.3.0-acso"));
    run("--add-options", "x=1");
    const options = ["current", "oldkern"].map(
      (kind) => text(`/boot/efi/loader/entries/Pop_OS-${kind}.conf`).split("\n")[3],
    );
    expect(options[0]).toMatch(/ x=1$/);
    expect(options[1]).toBe(options[0]);
  });

  it("is the recorded host: a run where nothing changed writes the bytes that were there", () => {
    const paths = [CONFIGURATION, `${FOLDER}/cmdline`, "/boot/efi/loader/entries/Pop_OS-current.conf"];
    const before = paths.map(text);
    run("--verbose", "--preserve-live-mode");
    expect(paths.map(text)).toEqual(before);
  });

  it("copies the command line of the running kernel, not the one that it writes", () => {
    materialise(withoutDevices(afterReboot()), folder);
    run();
    expect(text(`${FOLDER}/cmdline`)).toBe(text("/proc/cmdline"));
  });

  it("unpacks a gzip kernel", () => {
    const base64 = gzipSync("unpacked").toString("base64");
    lay({ [`/boot/vmlinuz-${PRESENT}`]: { kind: "file", base64 } });
    run();
    expect(text(`${FOLDER}/vmlinuz.efi`)).toBe("unpacked");
  });

  it("writes in place: a file on the ESP keeps its inode, and a new one gets the mode of the file system", () => {
    const inode = (): number => fs.statSync(join(folder, FOLDER, "vmlinuz.efi")).ino;
    const before = inode();
    lay(pair("5.3.0-acso"));
    run();
    expect(inode()).toBe(before);
    expect(machine.root.mode(`${FOLDER}/vmlinuz-previous.efi`)).toBe(0o700);
  });
});

describe("kernelstub's configuration", () => {
  const write = (document: unknown): void => {
    lay({ [CONFIGURATION]: { kind: "file", text: JSON.stringify(document) } });
  };
  const rev3 = {
    kernel_options: ["quiet"],
    esp_path: "/boot/efi",
    setup_loader: true,
    manage_mode: true,
    force_update: false,
    live_mode: false,
    config_rev: 3,
  };

  it("is saved last, with an indent of two blanks and no line break at the end", () => {
    run("--options", "quiet pcie_acs_override=downstream");
    expect(text(CONFIGURATION)).toMatch(/^\{\n {2}"default": \{\n {4}"kernel_options": \[\n/);
    expect(text(CONFIGURATION)).toMatch(/\}$/);
    expect(settings("user")).toMatchObject({ kernel_options: ["quiet", "pcie_acs_override=downstream"] });
  });

  it("is not saved when a copy fails", () => {
    const before = text(CONFIGURATION);
    expect(run("--kernel-path", "/boot", "--add-options", "x=1").exitCode).toBe(170);
    expect(run("--initrd-path", "/boot", "--add-options", "x=1").exitCode).toBe(171);
    expect(text(CONFIGURATION)).toBe(before);
  });

  it("keeps another value of the same option when one is added, and knows only exact repetitions", () => {
    run("--add-options", "splash loglevel=7");
    expect(settings("user")).toMatchObject({
      kernel_options: [
        "quiet",
        "loglevel=0",
        "systemd.show_status=false",
        "splash",
        "amd_iommu=on",
        "loglevel=7",
      ],
    });
  });

  it.each([
    ['dyndbg="file a.c +p" quiet', ['dyndbg="file a.c +p"', "", "", "quiet"]],
    ['a="b" quiet splash', ['a="b" quiet splash', "", ""]],
  ])("joins what a double quote starts: %s", (line, options) => {
    run("--options", line);
    expect(settings("user")).toMatchObject({ kernel_options: options });
  });

  it("takes over old revisions and saves them as revision 3", () => {
    const { live_mode: _, ...legacy } = { ...rev3, kernel_options: "quiet  loglevel=0", config_rev: 1 };
    write({ default: legacy });
    run();
    const upgraded = { kernel_options: ["quiet", "loglevel=0"], live_mode: false, config_rev: 3 };
    expect([settings("default"), settings("user")]).toMatchObject([upgraded, upgraded]);
  });

  it("shares the list where `user` is missing: an added option lands in both", () => {
    write({ default: rev3 });
    run("--add-options", "x=1");
    expect([settings("default"), settings("user")]).toMatchObject([
      { kernel_options: ["quiet", "x=1"] },
      { kernel_options: ["quiet", "x=1"] },
    ]);
  });

  it("keeps keys that kernelstub does not know", () => {
    write({ default: rev3, user: { ...rev3, ours: "é" }, more: 1 });
    run();
    expect(text(CONFIGURATION)).toContain('"ours": "\\u00e9"');
    expect(text(CONFIGURATION)).toMatch(/"more": 1\n\}$/);
  });

  it("comes from /etc/default/kernelstub where the file is missing, and is then written to the file", () => {
    lay({
      [CONFIGURATION]: { kind: "absent" },
      "/etc/default/kernelstub": {
        kind: "file",
        text: JSON.stringify({ default: rev3, user: { ...rev3, kernel_options: ["fallback"] } }),
      },
    });
    run();
    expect(settings("user")).toMatchObject({ kernel_options: ["fallback"] });
  });

  it.each([
    ["bad JSON", '{"user": ', 1],
    ["a newer revision", JSON.stringify({ user: { ...rev3, config_rev: 4 } }), 1],
    ["no revision", JSON.stringify({ user: { ...rev3, config_rev: undefined } }), 1],
    ["neither user nor default", "{}", 1],
    ["a missing key", JSON.stringify({ user: { ...rev3, esp_path: undefined } }), 169],
  ])("with %s ends the run", (_, content, exitCode) => {
    lay({ [CONFIGURATION]: { kind: "file", text: content } });
    expect(run().exitCode).toBe(exitCode);
    expect(text(CONFIGURATION)).toBe(content);
  });

  it("in live mode makes a hook's run do nothing, and any other run ends live mode", () => {
    write({ default: rev3, user: { ...rev3, live_mode: true } });
    lay({ [FOLDER]: { kind: "absent" } });
    expect(run("--preserve-live-mode").exitCode).toBe(0);
    expect(machine.root.exists(FOLDER)).toBe(false);
    run();
    expect(settings("user")).toMatchObject({ live_mode: false });
    expect(machine.root.exists(FOLDER)).toBe(true);
  });
});

describe("kernelstub's dry run", () => {
  it("holds back the copies, but saves the options and rewrites the entry of the old kernel", () => {
    lay(pair("5.3.0-acso"));
    run();
    const current = text("/boot/efi/loader/entries/Pop_OS-current.conf");
    run("--dry-run", "--add-options", "x=1");
    expect(text("/boot/efi/loader/entries/Pop_OS-current.conf")).toBe(current);
    expect(text("/boot/efi/loader/entries/Pop_OS-oldkern.conf")).toContain("x=1");
    expect(text(CONFIGURATION)).toContain("x=1");
  });
});

describe("kernelstub and the mounts", () => {
  const mounts = (keep: (line: string) => boolean): void => {
    const lines = text("/proc/mounts").split("\n").filter(keep);
    lay({ "/proc/1234/mounts": { kind: "file", text: lines.join("\n") } });
  };

  it.each(["/", "/boot/efi"])("ends with 174 when %s is no mount", (path) => {
    mounts((line) => line.split(" ")[1] !== path);
    expect(run().exitCode).toBe(174);
  });

  it("dies of an ESP whose device is not in /sys/class/block", () => {
    lay({ "/sys/class/block/nvme0n1p1": { kind: "absent" } });
    const crash = run();
    expect(crash.exitCode).toBe(1);
    expect(crash.stderr).toContain("FileNotFoundError");
  });

  it("does not look at findmnt's failure and works with an empty UUID", () => {
    lay({ "/etc/fstab": { kind: "file", text: "" } });
    expect(run().exitCode).toBe(0);
    expect(text("/boot/efi/loader/entries/Pop_OS-current.conf")).toContain("root=UUID= ro");
    expect(machine.root.names("/boot/efi/EFI")).toContain("Pop_OS-");
  });
});

describe("what the stand-in for kernelstub was not taught", () => {
  it.each([["--print-config"], ["--delete-options", "quiet"], ["--root-path", "/mnt"]])(
    "is refused aloud: %s",
    (...args) => {
      expect(() => run(...args)).toThrow();
    },
  );

  it("stub mode is refused before anything is written on the ESP", () => {
    const stub = text(CONFIGURATION).replaceAll('"manage_mode": true', '"manage_mode": false');
    lay({ [CONFIGURATION]: { kind: "file", text: stub }, [FOLDER]: { kind: "absent" } });
    expect(() => run()).toThrow("no stub mode");
    expect(machine.root.exists(FOLDER)).toBe(false);
  });
});
