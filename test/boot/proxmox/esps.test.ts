import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { standIn } from "../../../src/boot/proxmox/stand-in.ts";
import type { StandInOptions } from "../../standins/host.ts";
import { codes } from "../../support/planning.ts";
import type { Spec } from "./esp-host.ts";
import { espHost, expectTold, pinsOf } from "./esp-host.ts";

const [A, B] = ["8A3C-51D2", "8A3D-0F6B"];
const [OLD, NEW] = ["6.8.12-4-pve", "6.8.12-8-pve"];
const QUIET = { kernelOptions: { present: ["quiet"] } };
const VARIABLES = "sys/firmware/efi/efivars";
const GUID = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

const host = espHost("proxmox-zfs");
const { write, edit, tool, look, planned, checked, verified, applied, undone, undoPlanned } = host;

function variable(name: string, value: string): void {
  write(
    join(VARIABLES, `${name}-${GUID}`),
    Buffer.concat([Buffer.alloc(4), Buffer.from(`${value}\0`, "utf16le")]),
  );
}

const ESP_B = `esp/${B}`;
const INITRD_B = `${ESP_B}/EFI/proxmox/${NEW}/initrd.img-${NEW}`;

describe("the ESPs of proxmox-boot-tool", () => {
  it("are what says what boots next, and of a host in order nothing is found", async () => {
    const { problems, verdict, entry, fallback } = await checked();
    expect([verdict, problems]).toEqual(["bootable", []]);
    expect(entry).toMatchObject({ value: { name: `proxmox-${NEW}.conf` } });
    expect(fallback).toMatchObject({ value: { name: `proxmox-${OLD}.conf` } });
  });

  it("that have GRUB's folder as well, for a boot by BIOS, are systemd-boot's by EFI", async () => {
    for (const one of [A, B]) {
      fs.mkdirSync(host.at(`esp/${one}/grub`));
      write(`esp/${one}/grub/grub.cfg`, "set default=0\n");
    }
    expect(await checked()).toMatchObject({ verdict: "bootable", problems: [] });
  });

  it.each<[string, () => void, string, RegExp]>([
    [
      "one is away",
      () => {
        fs.rmSync(host.at(ESP_B), { recursive: true });
      },
      "proxmox-esp-passed-over",
      /8A3D-0F6B is away/,
    ],
    [
      "the list has carriage returns",
      () => {
        write("etc/kernel/proxmox-boot-uuids", `${A}\n${B}\r\n`);
      },
      "proxmox-esp-passed-over",
      /ends with a carriage return/,
    ],
    [
      "one has no loader.conf",
      () => {
        fs.rmSync(host.at(ESP_B, "loader/loader.conf"));
      },
      "proxmox-esp-passed-over",
      /no loader\/loader\.conf/,
    ],
    [
      "one has no EFI/proxmox",
      () => {
        fs.rmSync(host.at(ESP_B, "EFI/proxmox"), { recursive: true });
      },
      "proxmox-esp-passed-over",
      /no folder EFI\/proxmox/,
    ],
    [
      "an option stands on the second line",
      () => {
        edit("etc/kernel/cmdline", (text) => `${text}iommu=pt\n# a remark\n`);
      },
      "proxmox-line-unread",
      /"iommu=pt" is no option/,
    ],
    [
      "one is GRUB's",
      () => {
        write(`${ESP_B}/EFI/proxmox/grubx64.efi`, "MZ");
      },
      "proxmox-esp-passed-over",
      /GRUB starts it/,
    ],
    [
      "the tool's hook may not be executed",
      () => {
        fs.chmodSync(host.at("etc/kernel/postinst.d/zz-proxmox-boot"), 0o644);
      },
      "proxmox-hook-missing",
      /copies nothing/,
    ],
    [
      "a pin has a blank behind it",
      () => {
        write("etc/kernel/proxmox-boot-pin", `${OLD} \n`);
        tool("refresh");
      },
      "proxmox-pin-unreadable",
      /no entry/,
    ],
    [
      "the file of the pin for one boot is empty",
      () => {
        write("etc/kernel/next-boot-pin", "");
      },
      "proxmox-pin-unreadable",
      /next-boot-pin is empty/,
    ],
    [
      "an initrd on one is half",
      () => {
        write(INITRD_B, "initrd");
      },
      "proxmox-esp-stale",
      /half copied/,
    ],
    [
      "an entry on one has other options",
      () => {
        edit(`${ESP_B}/loader/entries/proxmox-${OLD}.conf`, (text) => text.replace("quiet", ""));
      },
      "proxmox-esp-stale",
      /other options/,
    ],
  ])("are told of in plan and check where %s", async (_title, spoil, code, words) => {
    spoil();
    await expectTold(host, code, words);
  });

  it.each<[string, () => void, string]>([
    [
      "an update of the loader lost the pin",
      () => {
        tool("kernel", "pin", OLD);
        tool("refresh");
        for (const one of [A, B]) write(`esp/${one}/loader/loader.conf`, "timeout 3\ndefault proxmox-*\n");
      },
      NEW,
    ],
    ...pinsOf(host, OLD, NEW),
    [
      "the file of the pin for one boot is empty, which takes the other pin's place",
      () => {
        tool("kernel", "pin", OLD);
        write("etc/kernel/next-boot-pin", "");
        tool("refresh");
      },
      NEW,
    ],
    [
      "a pin has a blank behind it",
      () => {
        write("etc/kernel/proxmox-boot-pin", `${OLD} \n`);
        tool("refresh");
      },
      NEW,
    ],
    [
      "the EFI variable LoaderEntryDefault names it",
      () => {
        variable("LoaderEntryDefault", `proxmox-${OLD}.conf`);
      },
      OLD,
    ],
    [
      "the EFI variable LoaderEntryOneShot names it",
      () => {
        variable("LoaderEntryOneShot", `proxmox-${OLD}.conf`);
      },
      OLD,
    ],
    [
      "a home-made kernel of /boot is on no ESP",
      () => {
        for (const name of ["vmlinuz", "initrd.img"]) write(`boot/${name}-6.12.30-acso`, "MZ");
        tool("refresh");
      },
      NEW,
    ],
  ])("say what boots next where %s", async (_title, act, release) => {
    act();
    const { before } = (await planned({})).nextBoot;
    expect(before).toMatchObject({ known: true, value: { release: { value: release } } });
  });

  it("are unknown together where one starts another kernel than the other", async () => {
    edit(`${ESP_B}/loader/loader.conf`, (text) => text.replace("proxmox-*", `proxmox-${OLD}.conf`));
    const { before } = (await planned({})).nextBoot;
    expect(before).toMatchObject({ known: false, why: expect.stringContaining("do not agree") as unknown });
    expect((await checked()).problems.map(({ code }) => code)).toEqual(["proxmox-esp-stale"]);
  });

  it.each<[string, () => void]>([
    [
      "half an initrd",
      () => {
        write(INITRD_B, "initrd");
      },
    ],
    [
      "an older initrd",
      () => {
        write(INITRD_B, "INITRD of 6.8.12-8-pve\n");
      },
    ],
  ])(
    "are unknown to check with %s on one, a change to a plan, and mended by the apply",
    async (_title, spoil) => {
      spoil();
      expect((await checked()).verdict).toBe("unknown");
      expect((await planned(QUIET)).changes).toMatchObject([
        { address: "kernelOptions", reason: expect.stringContaining(`ESP ${B}`) as unknown },
      ]);
      expect(await applied(QUIET)).toMatchObject({ status: "applied" });
      expect(await checked()).toMatchObject({ verdict: "bootable", problems: [] });
      expect(await applied(QUIET)).toEqual({ status: "nothing-to-do" });
    },
  );
});

describe("ESPs that do not agree", () => {
  const onB = (release: string): void => {
    edit(`${ESP_B}/loader/loader.conf`, (text) => text.replace("proxmox-*", `proxmox-${release}.conf`));
  };

  it("are said to be whole where each is", async () => {
    onB(OLD);
    expect((await checked()).entry).toMatchObject({
      known: false,
      why: expect.stringMatching(/do not agree: .*; each of these is whole$/) as unknown,
    });
  });

  it("are broken where what one of them starts is", async () => {
    onB(OLD);
    fs.rmSync(host.at(ESP_B, `EFI/proxmox/${OLD}/initrd.img-${OLD}`));
    const { verdict, entry } = await checked();
    expect([verdict, entry]).toMatchObject(["broken", { value: { name: `proxmox-${OLD}.conf` } }]);
  });
});

describe("an undo", () => {
  it("warns of an ESP that is away, which keeps what the apply wrote", async () => {
    await applied({ kernel: { release: OLD } });
    fs.rmSync(host.at(ESP_B), { recursive: true });
    const { diagnostics } = await undoPlanned("0001");
    expect(diagnostics.map(({ code, summary }) => [code, summary])).toEqual([
      ["proxmox-esp-passed-over", expect.stringContaining(`ESP ${B} is away`)],
    ]);
  });

  it("of an apply that added options leaves no record that is missed", async () => {
    const wish = { kernelOptions: { present: ["iommu=pt"] } };
    await applied(wish);
    await undone("0001");
    expect(codes(await planned(wish), "warning")).not.toContain("options-record-lost");
    await applied(wish);
    fs.rmSync(host.at("var/lib/hostcfg/options.json"));
    expect(codes(await planned(wish), "warning")).toContain("options-record-lost");
  });
});

describe("a refresh", () => {
  const iommu = { kernelOptions: { present: ["iommu=pt"] } };

  it.each<[string, StandInOptions["faults"] & object]>([
    ["does nothing and ends well", { "proxmox-boot-tool": "noop" }],
    ["fails", { "proxmox-boot-tool": "fail" }],
  ])("that %s is not believed, and the next apply does it", async (_title, faults) => {
    expect(await applied(iommu, { faults })).toMatchObject({ status: "failed" });
    expect((await planned(iommu)).changes).not.toEqual([]);
    expect(await applied(iommu)).toMatchObject({ status: "applied" });
    expect(await applied(iommu)).toEqual({ status: "nothing-to-do" });
  });

  it("of one ESP only, for the list ends without a line break, ends well and is told", async () => {
    edit("etc/kernel/proxmox-boot-uuids", (text) => text.trimEnd());
    expect(await applied(iommu)).toMatchObject({ status: "applied" });
    const { diagnostics, steps } = await planned(iommu);
    const [one] = diagnostics.filter(({ code }) => code === "proxmox-esp-passed-over");
    expect(one?.summary).toContain(`ESP ${B} stands on the last line`);
    expect(steps).toEqual([]);
  });

  it("of one ESP only, for the other is away, ends well and is told", async () => {
    fs.rmSync(host.at(ESP_B), { recursive: true });
    expect(await applied(iommu)).toMatchObject({ status: "applied" });
    expect(codes(await planned(iommu), "warning")).toContain("proxmox-esp-passed-over");
  });

  it("is noted before it begins, so that a cut one is known for what it is", async () => {
    const note = host.at("var/lib/hostcfg/proxmox-refreshed");
    const seen: string[] = [];
    await applied(iommu, {
      beforeExec: ([program, verb]) => {
        if (program === "proxmox-boot-tool" && verb === "refresh") seen.push(fs.readFileSync(note, "utf8"));
      },
    });
    expect(seen).toEqual(["refreshing\n"]);
    write("var/lib/hostcfg/proxmox-refreshed", "refreshing\n");
    expect((await planned({})).steps).toHaveLength(3);
    expect(await applied({})).toMatchObject({ status: "applied" });
    expect((await planned({})).steps).toEqual([]);
  });

  it("is refused where an ESP of GRUB stands first, behind which the tool takes every ESP for GRUB's", async () => {
    write(`esp/${A}/EFI/proxmox/grubx64.efi`, "MZ");
    const plan = await planned(iommu);
    expect(codes(plan, "error")).toEqual(["boot-loader-unsupported"]);
    expect(plan.nextBoot.before).toMatchObject({
      known: false,
      why: expect.stringContaining("systemd-boot starts it, and GRUB the ones before it") as unknown,
    });
  });

  it("leaves what a cut began to put aside known for what it is, so that an undo takes it away", async () => {
    expect(standIn(await look())?.isLeft).toBe(false);
    fs.mkdirSync(host.at(ESP_B, "EFI/hostcfg/way-back"), { recursive: true });
    write(`${ESP_B}/EFI/hostcfg/way-back/vmlinuz.new`, "half");
    expect(standIn(await look())?.isLeft).toBe(true);
  });

  it("that has no room is helped by no kernel of /boot that is not on the ESP", async () => {
    write("esp-bytes", "700");
    write(`boot/initrd.img-${NEW}`, "x".repeat(2000));
    for (const name of ["vmlinuz", "initrd.img"]) write(`boot/${name}-6.12.30-acso`, "MZ");
    const hints = (await planned(iommu)).diagnostics.flatMap(({ code, hint }) =>
      code === "esp-space" ? [hint] : [],
    );
    expect(hints).toHaveLength(2);
    expect(hints.join()).not.toContain("acso");
    expect(hints.join()).toContain(OLD);
  });

  it("is refused where an ESP has no room for what grows", async () => {
    write("esp-bytes", "700");
    write(`boot/initrd.img-${NEW}`, "x".repeat(2000));
    const plan = await planned(iommu);
    expect(plan.diagnostics.filter(({ code }) => code === "esp-space")).toHaveLength(2);
    expect(plan.applyable).toBe(false);
  });

  it("that runs out of room leaves half an initrd, which check does not call bootable", async () => {
    write("esp-bytes", "1000");
    write(`boot/initrd.img-${NEW}`, "x".repeat(2000));
    tool("refresh");
    expect((await checked()).verdict).toBe("unknown");
  });
});

describe("what proxmox-boot-tool would do otherwise than declared", () => {
  it.each<[string, () => void, Spec, string]>([
    [
      "an option with a backslash",
      () => undefined,
      { kernelOptions: { present: ["x=a\\b"] } },
      "proxmox-option-backslash",
    ],
    [
      "a kernel that an EFI variable overrules",
      () => {
        variable("LoaderEntryDefault", `proxmox-${NEW}.conf`);
      },
      { kernel: { release: OLD } },
      "proxmox-default-variable",
    ],
    [
      "a kernel that the next boot does not start by another one",
      () => {
        variable("LoaderEntryOneShot", `proxmox-${NEW}.conf`);
      },
      { kernel: { release: OLD } },
      "one-shot-entry",
    ],
  ])("refuses %s", async (_title, act, spec, code) => {
    act();
    expect(codes(await planned(spec), "error")).toContain(code);
  });

  it("pins anew where the pin file names no kernel as it is", async () => {
    write("etc/kernel/proxmox-boot-pin", `${OLD}\r\n`);
    expect(await applied({ kernel: { release: OLD } })).toMatchObject({ status: "applied" });
    expect(fs.readFileSync(host.at("etc/kernel/proxmox-boot-pin"), "utf8")).toBe(`${OLD}\n`);
    expect(await checked()).toMatchObject({
      entry: { value: { name: `proxmox-${OLD}.conf` } },
      problems: [],
    });
  });
});

describe("an update of a loader's package, which makes the newest kernel the default of each ESP", () => {
  const pinned = { kernel: { release: OLD } };
  const reinitialised = (...esps: readonly string[]): void => {
    for (const one of esps) write(`esp/${one}/loader/loader.conf`, "timeout 3\ndefault proxmox-*\n");
  };

  it.each<[string, readonly string[], string, RegExp]>([
    ["after the boot into the other kernel", [A, B], NEW, /^6\.8\.12-8-pve is running, and the next boot/],
    ["before that boot", [A, B], OLD, /^6\.8\.12-4-pve is running, but the next boot would start 6\.8\.12-8/],
    ["on one ESP only", [B], OLD, /^6\.8\.12-4-pve is running, but may not boot next: ESP 8A3D-0F6B/],
  ])("is told by verify %s, with the remedy", async (_title, esps, runs, words) => {
    await applied(pinned);
    write("proc/sys/kernel/osrelease", `${runs}\n`);
    reinitialised(...esps);
    const { status, findings } = await verified(pinned);
    expect(status).toBe("unsatisfied");
    const [found] = findings.filter(({ address }) => address === "kernel.release");
    expect(found?.reason).toMatch(words);
    expect(found?.reason).toContain("its default is proxmox-* instead of proxmox-6.8.12-4-pve.conf");
    expect(found?.reason).toContain("sudo proxmox-boot-tool refresh");
  });

  it("is no fault once the remedy was run", async () => {
    await applied(pinned);
    write("proc/sys/kernel/osrelease", `${OLD}\n`);
    reinitialised(A, B);
    tool("refresh");
    expect((await verified(pinned)).status).toBe("satisfied");
  });
});
