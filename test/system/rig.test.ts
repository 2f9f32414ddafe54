import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { differences, manifestOf } from "./rig/manifest.ts";
import { it } from "./rig/machines.ts";
import { madeOnce } from "./rig/made-once.ts";
import { STORY } from "./rig/hostcfg.ts";
import { playBoot } from "./rig/loader.ts";
import { trace } from "./rig/trace.ts";

const RELEASE = "5.3.0-acso";

describe("the rig, with the real tools alone", () => {
  it("is the recorded host, as its tools and its loader see it", async ({ machine }) => {
    expect((await machine.must("hostname")).trim()).toBe("workstation");
    expect(
      (await machine.must("findmnt", "--noheadings", "--output", "UUID", "--mountpoint", "/")).trim(),
    ).toBe("2105a9ac-da30-41ba-87a9-75437bae74c6");
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    expect(`${playBoot(machine).cmdline}\n`).toBe(machine.readText("/proc/cmdline"));
  });

  it("installs a kernel as on a real host: dpkg runs the hooks, and the links stay", async ({ machine }) => {
    await machine.must("sh", "-c", `dpkg --install ${STORY}/debs/*.deb`);
    expect(await machine.must("lsinitramfs", `/boot/initrd.img-${RELEASE}`)).toContain("init\n");
    expect(await machine.must("readlink", "/boot/vmlinuz", "/boot/initrd.img")).toBe(
      "vmlinuz-5.3.0-7625-generic\ninitrd.img-5.3.0-7625-generic\n",
    );
    // kernelstub's hook ran and took the newest by Debian's order; the new one became the old entry's.
    expect(playBoot(machine).release).toBe("5.3.0-7625-generic");
    expect(machine.readText("/boot/efi/loader/entries/Pop_OS-oldkern.conf")).toContain(
      "vmlinuz-previous.efi",
    );
  });

  it("sees every kind of change in a manifest, and none where there was none", async ({ machine }) => {
    const before = manifestOf(machine);
    expect(differences(before, manifestOf(machine))).toEqual([]);

    await machine.must(
      "sh",
      "-c",
      "echo x >/root/new; rm /boot/vmlinuz.old; touch /boot/efi/loader/loader.conf",
    );
    await machine.must(
      "sh",
      "-c",
      "cp -p /etc/fstab /root/copy; mv /root/copy /etc/fstab; echo y >/run/no-disk",
    );
    const changed = differences(before, manifestOf(machine)).map((line) => line.split(":")[0]);
    expect(changed).toEqual([
      "~ /boot",
      "~ /boot/efi/loader/loader.conf",
      "- /boot/vmlinuz.old",
      "~ /etc",
      "~ /etc/fstab",
      "~ /root",
      "+ /root/new",
    ]);
  });

  it("traces what a command and its children change and start, and not what they only read", async ({
    machine,
  }) => {
    const script =
      'cat /etc/fstab; echo x >"/root/a b"; mv "/root/a b" /root/c; ln -s /etc/fstab /root/d; rm /none';
    const { ran, started, mutations } = await trace(machine, ["sh", "-c", script]);

    expect(ran.exitCode).toBe(1);
    expect(started.map(([program]) => program)).toEqual(["sh", "cat", "mv", "ln", "rm"]);
    expect(started[0]).toEqual(["sh", "-c", script]);
    expect(mutations.map(({ call, paths }) => [call, ...paths])).toEqual([
      ["openat", "/root/a b"],
      ["renameat2", "/root/a b", "/root/c"],
      ["symlinkat", "/root/d"],
      ["unlinkat", "/none"],
    ]);
  });
});

describe("what several test files need", () => {
  it("is made by the first, and by another one where the first is gone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hostcfg-once-"));
    const gone = 2 ** 22 + 1;
    writeFileSync(join(folder, ".root.maker"), String(gone));
    const made: string[] = [];
    const make = async (unfinished: string): Promise<void> => {
      made.push(unfinished);
      await new Promise((resolve) => setTimeout(resolve, 100));
      mkdirSync(unfinished);
    };
    const root = join(folder, "root");
    expect(await Promise.all([madeOnce(root, make), madeOnce(root, make)])).toEqual([root, root]);
    expect([made.length, readdirSync(folder)]).toEqual([1, ["root"]]);
    rmSync(folder, { recursive: true });
  });
});
