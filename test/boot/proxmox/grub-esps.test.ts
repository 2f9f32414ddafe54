import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { codes, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import { espHost, expectTold, pinsOf } from "./esp-host.ts";

const [A, B] = ["8A3C-51D2", "8A3D-0F6B"];
const [OLD, NEW] = ["6.8.12-4-pve", "6.8.12-8-pve"];
const PIN = "etc/kernel/proxmox-boot-pin";
const PIN_SETTING = "etc/default/grub.d/proxmox-kernel-pin.cfg";
const IOMMU = { kernelOptions: { present: ["iommu=pt"] } };
const PINNED = { kernel: { release: OLD } };
const MENU_B = `esp/${B}/grub/grub.cfg`;

const host = espHost("proxmox-grub-esps");
const { read, write, edit, remove, tool, look, planned, checked, applied, undone } = host;

function customOf(uuid: string): string {
  return read(`esp/${uuid}/grub/custom.cfg`);
}

describe("ESPs of proxmox-boot-tool that GRUB starts", () => {
  it("say what boots next by their own menus, and of a host in order nothing is found", async () => {
    edit("boot/grub/grub.cfg", (text) => text.replaceAll(NEW, "1.2.3-4-pve"));
    const { problems, verdict, entry, fallback } = await checked();
    expect([verdict, problems]).toEqual(["bootable", []]);
    expect(entry).toMatchObject({ value: { release: { value: NEW } } });
    expect(fallback).toMatchObject({ value: { release: { value: OLD } } });
  });

  it.each<[string, () => void, string]>([
    ...pinsOf(host, OLD, NEW),
    [
      "the menu in /boot alone was made anew",
      () => {
        edit("boot/grub/grub.cfg", (text) => text.replaceAll('set default="0"', 'set default="1>2"'));
      },
      NEW,
    ],
  ])("say so where %s", async (_title, act, release) => {
    act();
    const { before } = (await planned({})).nextBoot;
    expect(before).toMatchObject({ known: true, value: { release: { value: release } } });
  });

  it.each<[string, () => void, string, RegExp]>([
    [
      "one is away",
      () => {
        remove(`esp/${B}`);
      },
      "proxmox-esp-passed-over",
      /8A3D-0F6B is away/,
    ],
    [
      "one has no menu",
      () => {
        remove(MENU_B);
      },
      "proxmox-esp-passed-over",
      /no grub\/grub\.cfg/,
    ],
    [
      "one is systemd-boot's",
      () => {
        remove(`esp/${B}/EFI/proxmox/grubx64.efi`);
      },
      "proxmox-esp-passed-over",
      /systemd-boot starts it, and GRUB the ones before it/,
    ],
    [
      "an initrd on one is half",
      () => {
        write(`esp/${B}/initrd.img-${NEW}`, "initrd");
      },
      "proxmox-esp-stale",
      /half copied/,
    ],
    [
      "an entry on one has other options",
      () => {
        edit(MENU_B, (text) => text.replaceAll(" quiet", ""));
      },
      "proxmox-esp-stale",
      /other options/,
    ],
    [
      "the default of one is another",
      () => {
        edit(MENU_B, (text) => text.replace('set default="0"', 'set default="1>2"'));
      },
      "proxmox-esp-stale",
      /its default is 1>2 instead of 0/,
    ],
  ])("are told of in plan and check where %s", async (_title, spoil, code, words) => {
    spoil();
    await expectTold(host, code, words);
  });

  it("are unknown to check with half an initrd on one, a change to a plan, and mended by the apply", async () => {
    write(`esp/${B}/initrd.img-${NEW}`, "initrd");
    expect((await checked()).verdict).toBe("unknown");
    expect(await applied({ kernelOptions: { present: ["quiet"] } })).toMatchObject({ status: "applied" });
    expect(await checked()).toMatchObject({ verdict: "bootable", problems: [] });
  });

  it("let nothing be planned where nobody could look into them", async () => {
    const { capture } = recordedHost("proxmox-grub-esps");
    const queries = capture.queries.filter(({ argv }) => argv[0] !== "unshare");
    const plan = await planOf({ ...capture, queries }, IOMMU);
    expect(codes(plan, "error")).toEqual(["boot-loader-unsupported"]);
    expect(plan.nextBoot.before).toMatchObject({
      known: false,
      why: expect.stringContaining("nobody could look into them") as unknown,
    });
  });
});

describe("a plan for them", () => {
  it("writes options into GRUB's settings, and nothing into the line that systemd-boot reads", async () => {
    const before = read("etc/kernel/cmdline");
    expect(await applied(IOMMU)).toMatchObject({ status: "applied" });
    expect(read("etc/kernel/cmdline")).toBe(before);
    for (const uuid of [A, B]) expect(read(`esp/${uuid}/grub/grub.cfg`)).toContain("quiet iommu=pt");
    expect(await applied(IOMMU)).toEqual({ status: "nothing-to-do" });
  });

  it("is undone on each ESP, though hostcfg's note of what they were made from is the same", async () => {
    const withBoth = { kernelOptions: { present: ["iommu=pt", "zz=1"] } };
    await applied(IOMMU);
    await applied(withBoth);
    expect(await undone("0002")).toMatchObject({ status: "applied" });
    for (const uuid of [A, B]) expect(read(`esp/${uuid}/grub/grub.cfg`)).not.toContain("zz=1");
    expect(await applied(IOMMU)).toEqual({ status: "nothing-to-do" });
  });

  it("pins, and the tool's drop-in has the pin made the default of each", async () => {
    expect(await applied(PINNED)).toMatchObject({ status: "applied" });
    expect(read(PIN)).toBe(`${OLD}\n`);
    expect(read(PIN_SETTING)).toContain(`gnulinux-${OLD}-advanced-`);
    const { before } = (await planned({})).nextBoot;
    expect(before).toMatchObject({ known: true, value: { release: { value: OLD } } });
    expect(await applied(PINNED)).toEqual({ status: "nothing-to-do" });
  });

  it("is refused where a later file would take the pin back", async () => {
    write("etc/default/grub.d/zz-mine.cfg", "GRUB_DEFAULT=0\n");
    const { diagnostics } = await planned(PINNED);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
      { code: "grub-overridden", summary: expect.stringContaining("zz-mine.cfg") as unknown },
    ]);
  });

  it("is refused where a pin for one boot comes first", async () => {
    tool("kernel", "pin", NEW, "--next-boot");
    tool("refresh");
    expect(codes(await planned(PINNED), "error")).toEqual(["one-shot-entry"]);
  });

  it("keeps what boots now as an entry of custom.cfg on each, beside what is there", async () => {
    write(`esp/${A}/grub/custom.cfg`, "menuentry mine { true; }");
    expect(await applied(IOMMU)).toMatchObject({ status: "applied" });
    expect(customOf(A).startsWith("menuentry mine { true; }\n### BEGIN hostcfg")).toBe(true);
    expect(customOf(A)).toContain(`--set=root ${A}`);
    expect(customOf(B)).toContain(`--set=root ${B}`);
    const { fallback } = await checked();
    expect(fallback).toMatchObject({ known: true });
    expect(read(MENU_B)).not.toContain("hostcfg");
  });

  it("has what boots now boot meanwhile, and the refresh takes its default away", async () => {
    const seen: string[] = [];
    await applied(IOMMU, {
      beforeExec: ([program, verb]) => {
        if (program === "proxmox-boot-tool" && verb === "refresh") seen.push(read(MENU_B));
      },
    });
    expect(seen).toEqual([expect.stringMatching(/^set default=hostcfg-way-back$/m)]);
  });

  it("is finished by the next apply where the refresh failed, and what boots is known meanwhile", async () => {
    expect(await applied(IOMMU, { faults: { "proxmox-boot-tool": "fail" } })).toMatchObject({
      status: "failed",
    });
    const { entry, verdict } = await checked();
    expect([verdict, entry]).toMatchObject([
      "bootable",
      { value: { name: "hostcfg-way-back", release: { value: NEW } } },
    ]);
    expect(await applied(IOMMU)).toMatchObject({ status: "applied" });
    expect(await applied(IOMMU)).toEqual({ status: "nothing-to-do" });
  });

  it("warns of an ESP without room for the copies", async () => {
    const { proxmox } = (await look()).bootLoader;
    const [first] = proxmox?.esps ?? [];
    if (first?.content.known !== true || first.content.value === "away") throw new Error("not seen");
    write("esp-bytes", String(512 * 1024 * 1024 - first.content.value.freeBytes + 20));
    expect(codes(await planned(IOMMU), "warning")).toContain("way-back-space");
  });
});

describe("a host that booted by BIOS", () => {
  it("has all its ESPs taken for GRUB's, with systemd-boot's files on them or not", async () => {
    remove("sys/firmware/efi");
    for (const uuid of [A, B]) remove(`esp/${uuid}/EFI/proxmox/grubx64.efi`);
    fs.mkdirSync(host.at(`esp/${B}/loader`));
    write(`esp/${B}/loader/loader.conf`, "timeout 3\n");
    expect(await applied({ ...PINNED, ...IOMMU })).toMatchObject({ status: "applied" });
    for (const uuid of [A, B]) expect(read(`esp/${uuid}/grub/grub.cfg`)).toContain("iommu=pt");
    expect((await checked()).verdict).toBe("bootable");
  });
});

describe("a root whose boot is not to be seen", () => {
  const silent = (): void => {
    remove("sys/firmware");
    remove("proc/cmdline");
  };

  it("is driven by what its ESPs say", async () => {
    silent();
    const plan = await planned({ ...IOMMU, bootLoader: "proxmox" });
    expect(codes(plan, "error")).toEqual([]);
    expect(plan.steps.map((step) => ("path" in step ? step.path : step.action.does))).toContain(
      "/etc/default/grub.d/95-hostcfg.cfg",
    );
  });

  it("is refused where an ESP has both loaders", async () => {
    silent();
    for (const uuid of [A, B]) {
      remove(`esp/${uuid}/EFI/proxmox/grubx64.efi`);
      fs.mkdirSync(host.at(`esp/${uuid}/loader`));
      write(`esp/${uuid}/loader/loader.conf`, "timeout 3\n");
    }
    const plan = await planned({ ...IOMMU, bootLoader: "proxmox" });
    expect(codes(plan, "error")).toEqual(["boot-loader-unsupported"]);
    expect(plan.steps).toEqual([]);
  });
});
