import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { snapshot } from "../../support/materialise.ts";
import { espHost } from "./esp-host.ts";

const [OLD, NEW] = ["6.14.11-4-pve", "6.17.2-1-pve"];
const GENERATOR = "etc/systemd/system-generators/systemd-gpt-auto-generator";
const APT = "etc/apt/apt.conf.d/76pveconf";
const HOOK = "etc/initramfs/post-update.d/systemd-boot";

const host = espHost("proxmox-9");
const { read, write, edit, remove, tool, planned, applied, undone } = host;

describe("what a refresh changes beside the ESPs", () => {
  it("is named in the plan", async () => {
    const { steps } = await planned({ kernel: { release: OLD } });
    const refresh = steps.find((step) => step.kind === "exec" && step.action.does === "refresh-esps");
    expect(refresh).toMatchObject({ touches: [`/${APT}`, `/${GENERATOR}`] });
  });

  it("is undone by an undo, though the undo has the ESPs refreshed as well", async () => {
    remove(GENERATOR);
    edit("var/lib/dpkg/status", (text) =>
      text.replace("Package: systemd-boot-efi\n", "Package: systemd-boot\n"),
    );
    write(HOOK, '#!/bin/sh\nkernel-install add "$1" "/boot/vmlinuz-$1" "$2"\n');
    edit(APT, (text) => text.replace(NEW, "1.2.3-4-pve"));
    const before = snapshot(host.at(), ["/var/lib/hostcfg"]);
    expect(await applied({ kernel: { release: OLD } })).toMatchObject({ status: "applied" });
    expect(fs.readlinkSync(host.at(GENERATOR))).toBe("/dev/null");
    expect(read(HOOK)).toContain("disabled by proxmox-boot-tool");
    expect(await undone("0001")).toMatchObject({ status: "applied" });
    expect(snapshot(host.at(), ["/var/lib/hostcfg"])).toBe(before);
  });

  // The real hook of 8.1.0 did so in a trial's boot, when a kernel's package came and went.
  it("keeps no undo from it where a kernel's package had the tool write it again", async () => {
    expect(await applied({ kernel: { release: OLD } })).toMatchObject({ status: "applied" });
    edit(APT, (text) => text.replace("};", '   "^proxmox-kernel-6.8.12-4-pve$";\n};'));
    expect(await undone("0001")).toMatchObject({ status: "applied" });
  });

  it("is no difference where nothing of it was to change", async () => {
    tool("refresh");
    const before = snapshot(host.at(), ["/var/lib/hostcfg"]);
    expect(await applied({ kernel: { release: OLD } })).toMatchObject({ status: "applied" });
    expect(await undone("0001")).toMatchObject({ status: "applied" });
    expect(snapshot(host.at(), ["/var/lib/hostcfg"])).toBe(before);
  });
});
