import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LOADER_DEFAULT } from "../../src/boot/efi-variables.ts";
import { markOf } from "../../src/cmdline.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Machine } from "./machine.ts";
import { applied, until } from "./machine.ts";
import { bootsOnce, goesOnAfter, onEsps, refusals, textOf, tool, triedTwice } from "./on-esps.ts";

const OPTIONS = { kernelOptions: { present: ["iommu=pt"] } };
const [A, B] = ["8A3C-51D2", "8A3D-0F6B"];
const VARIABLE = Buffer.from([7, 0, 0, 0]);

const on = onEsps("proxmox-9", { kernel: { release: "6.14.11-4-pve" }, ...OPTIONS });

function variable(text: string): Buffer {
  return Buffer.concat([VARIABLE, Buffer.from(`${text}\0`, "utf16le")]);
}

describe("a trial on proxmox-boot-tool's ESPs", () => {
  it("is an entry of its own on each, and what booted before is the default by the EFI variable", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      for (const uuid of [A, B]) {
        const entry = textOf(machine, `esp/${uuid}/loader/entries/hostcfg-trial.conf`);
        expect(entry).toMatch(/^linux {4}\/EFI\/proxmox\/6\.14\.11-4-pve\/vmlinuz-6\.14\.11-4-pve$/m);
        expect(entry).toMatch(/^options .* iommu=pt hostcfg\.boot=trial panic=30$/m);
        expect(textOf(machine, `esp/${uuid}/loader/loader.conf`)).toContain(
          "default proxmox-6.14.11-4-pve.conf",
        );
      }
      expect(readFileSync(join(machine.root, LOADER_DEFAULT))).toEqual(variable("hostcfg-way-back.conf"));
    });
  });

  it("boots once though the tool refreshes before it, in it and after it", async () => {
    await on((machine) => bootsOnce(machine));
  });

  it("is kept by its boot's own unit though the tool has refreshed meanwhile", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
      tool(machine, "refresh");
      await machine.settle();
      expect(existsSync(join(machine.root, LOADER_DEFAULT))).toBe(false);
      tool(machine, "refresh");
      const next = await machine.next();
      expect(next).toMatchObject({
        entry: "proxmox-6.14.11-4-pve.conf",
        fallback: { value: "6.17.2-1-pve" },
      });
      expect(next.options).toMatch(/ iommu=pt$/);
      expect((await machine.ordinaryPlan()).changes).toEqual([]);
    });
  });

  it("whose kernel goes before its boot does not boot, and is taken back", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      for (const uuid of [A, B])
        rmSync(join(machine.root, `esp/${uuid}/EFI/proxmox/6.14.11-4-pve`), { recursive: true });
      expect(markOf((await machine.reboot()).options)).toBe("before");
      expect(await machine.does()).toBe("take-back");
    });
  });

  it("whose variable the firmware has lost is taken back by the next boot", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      await machine.reboot();
      rmSync(join(machine.root, LOADER_DEFAULT));
      expect(markOf((await machine.reboot()).options)).toBeUndefined();
      expect((await machine.hostcfg("at-boot")).exit).toBe(EXIT.ok);
      expect((await machine.next()).options).not.toContain("iommu=pt");
    });
  });

  it("that was interrupted before its variable was set goes on by the same try", async () => {
    await on(async (machine) => {
      const stopped = async (steps: number): Promise<void> => {
        expect(await until(machine, () => machine.trialPlan(), steps)).toBe(false);
      };
      // The units, then the copies.
      await stopped(5);
      expect(existsSync(join(machine.root, `esp/${B}/loader/entries/hostcfg-way-back.conf`))).toBe(true);
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(markOf((await machine.next()).options)).toBe("trial");
    });
  });

  it.each([
    [/^unshare .*trial=/s, /trial\.before/],
    [/^proxmox-boot-tool kernel pin/, /trial\.once/],
    [/^proxmox-boot-tool refresh/, /trial\.once/],
  ])("of which %s does nothing fails, and goes on by the same try", async (program, why) => {
    await on((machine) => goesOnAfter(program, why, machine));
  });

  it("is the second one without what the first has left", async () => {
    await on(triedTwice);
  });
});

describe("a trial on Proxmox is refused", () => {
  const rows: readonly (readonly [string, (machine: Machine) => void, RegExp])[] = [
    [
      "where an ESP is away",
      ({ root }) => {
        rmSync(join(root, `esp/${B}`), { recursive: true });
      },
      /each ESP must have what the host goes back to.*8A3D-0F6B is away/,
    ],
    [
      "where the default stands in the EFI variable",
      ({ root }) => {
        writeFileSync(join(root, LOADER_DEFAULT), variable("proxmox-6.17.2-1-pve.conf"));
      },
      /LoaderEntryDefault is proxmox-6\.17\.2-1-pve\.conf.*sudo bootctl set-default ''/,
    ],
    [
      "where the next boot is chosen",
      ({ root }) => {
        writeFileSync(
          join(root, LOADER_DEFAULT.replace("Default", "OneShot")),
          variable("proxmox-6.14.11-4-pve.conf"),
        );
      },
      /the next boot is chosen already: LoaderEntryOneShot/,
    ],
    [
      "where a kernel is pinned for one boot",
      ({ root }) => {
        writeFileSync(join(root, "etc/kernel/next-boot-pin"), "6.14.11-4-pve\n");
      },
      /the next boot is chosen already: \/etc\/kernel\/next-boot-pin/,
    ],
    [
      "where no EFI variables are seen",
      ({ root }) => {
        rmSync(join(root, "sys/firmware/efi/efivars"), { recursive: true });
      },
      /the EFI variables cannot be seen here/,
    ],
    [
      "where another program started this boot",
      ({ root }) => {
        rmSync(join(root, LOADER_DEFAULT.replace("LoaderEntryDefault", "LoaderInfo")));
      },
      /systemd-boot did not start this boot/,
    ],
    [
      "where the tool takes the running line",
      ({ root }) => {
        rmSync(join(root, "etc/kernel/cmdline"));
      },
      /there is no \/etc\/kernel\/cmdline/,
    ],
    [
      "where this boot had other options than what boots next",
      ({ root }) => {
        writeFileSync(join(root, "proc/cmdline"), "root=ZFS=rpool/ROOT/pve-1 boot=zfs nosmt\n");
      },
      /this boot is not what boots next/,
    ],
    [
      "where half of what boots is on an ESP",
      ({ root }) => {
        writeFileSync(join(root, `esp/${B}/EFI/proxmox/6.17.2-1-pve/initrd.img-6.17.2-1-pve`), "half");
      },
      /not on each ESP as in \/boot/,
    ],
  ];

  it.each(rows)("%s", async (_where, change, why) => {
    await on(async (machine) => {
      change(machine);
      const plan = await machine.trialPlan();
      expect(refusals(plan)).toMatch(why);
      expect(plan.applyable).toBe(false);
    });
  });
});
