import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { markOf } from "../../src/cmdline.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import type { Machine } from "./machine.ts";
import { applied, until } from "./machine.ts";
import { bootsOnce, goesOnAfter, onEsps, refusals, textOf, tool, triedTwice } from "./on-esps.ts";

const OPTIONS = { kernelOptions: { present: ["iommu=pt"] } };
const [OLD, NEW] = ["6.8.12-4-pve", "6.8.12-8-pve"];
const [A, B] = ["8A3C-51D2", "8A3D-0F6B"];
const MINE = "menuentry 'mine' --id mine {\n\tlinux /mine\n}\n";

const on = onEsps("proxmox-grub-esps", { kernel: { release: OLD }, ...OPTIONS });

function custom(machine: Machine, uuid: string): string {
  return textOf(machine, `esp/${uuid}/grub/custom.cfg`);
}

function chosen(machine: Machine, uuid: string): string | undefined {
  return /^next_entry=(.*)$/m.exec(textOf(machine, `esp/${uuid}/grub/grubenv`))?.[1];
}

function choose(machine: Machine, uuid: string, entry: string): void {
  const block = `# GRUB Environment Block\nnext_entry=${entry}\n`.padEnd(1024, "#");
  writeFileSync(join(machine.root, `esp/${uuid}/grub/grubenv`), block);
}

function edit({ root }: Machine, path: string, change: (text: string) => string): void {
  writeFileSync(join(root, path), change(readFileSync(join(root, path), "utf8")));
}

describe("a trial on ESPs of proxmox-boot-tool that GRUB starts", () => {
  it("is chosen on each for one boot, and what booted before is the default by custom.cfg", async () => {
    await on(async (machine) => {
      writeFileSync(join(machine.root, `esp/${A}/grub/custom.cfg`), MINE);
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(custom(machine, A).startsWith(MINE)).toBe(true);
      for (const uuid of [A, B]) {
        const text = custom(machine, uuid);
        expect(text).toMatch(
          new RegExp(`^\tlinux /vmlinuz-${OLD} .* iommu=pt hostcfg.boot=trial panic=30$`, "m"),
        );
        expect(text).toContain(`\tfor uuid in ${A} ${B}; do`);
        expect(text).toContain('if [ "${boot_once}" != true ]; then\n\tset default=hostcfg-way-back\nfi\n');
        expect(text.match(new RegExp(`--set=root ${uuid}`, "g"))).toHaveLength(2);
        expect(textOf(machine, `esp/${uuid}/grub/grub.cfg`)).not.toContain("hostcfg");
        expect(chosen(machine, uuid)).toBe("hostcfg-trial");
      }
    });
  });

  it("boots once though the tool refreshes before it, in it and after it, and is taken back to the byte", async () => {
    await on(async (machine) => {
      writeFileSync(join(machine.root, `esp/${B}/grub/custom.cfg`), MINE);
      await bootsOnce(machine, () => {
        expect([chosen(machine, A), chosen(machine, B)]).toEqual(["", ""]);
        // As a cut of keep leaves it.
        writeFileSync(join(machine.root, `esp/${A}/grub/grubenv.new`), "half");
      });
    });
  });

  it("is kept by its boot's own unit though the tool has refreshed meanwhile", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
      tool(machine, "refresh");
      await machine.settle();
      for (const uuid of [A, B]) {
        expect(custom(machine, uuid)).not.toContain("hostcfg-trial");
        expect(custom(machine, uuid)).not.toContain("set default");
      }
      tool(machine, "refresh");
      const next = await machine.next();
      expect(next).toMatchObject({ release: { value: OLD }, fallback: { value: NEW } });
      expect(next.options).toMatch(/ iommu=pt$/);
      expect((await machine.ordinaryPlan()).changes).toEqual([]);
    });
  });

  it("whose kernel goes before its boot does not boot, and is taken back", async () => {
    await on(async (machine) => {
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      for (const uuid of [A, B]) rmSync(join(machine.root, `esp/${uuid}/vmlinuz-${OLD}`));
      // GRUB says that the file is not there, and starts the default of its menu after a key or a reset.
      for (const uuid of [A, B]) choose(machine, uuid, "");
      expect(markOf((await machine.reboot()).options)).toBe("before");
      expect(await machine.does()).toBe("take-back");
    });
  });

  it("that an ESP still has chosen, for its disk was away, is chosen nowhere once it is kept or taken back", async () => {
    for (const act of ["keep", "give-up"])
      await on(async (machine) => {
        expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
        const [at, away] = [join(machine.root, `esp/${B}`), join(machine.root, "away")];
        renameSync(at, away);
        await machine.reboot();
        renameSync(away, at);
        expect(chosen(machine, B)).toBe("hostcfg-trial");
        expect(await machine.hostcfg(`${act} --auto-approve`)).toMatchObject({ exit: EXIT.ok });
        expect(chosen(machine, B)).toBeUndefined();
        const { options } = await machine.next();
        expect([options.includes("iommu=pt"), markOf(options)]).toEqual([act === "keep", undefined]);
      });
  });

  it("that was interrupted before anything was chosen goes on by the same try", async () => {
    await on(async (machine) => {
      // The units, then the copies.
      expect(await until(machine, () => machine.trialPlan(), 5)).toBe(false);
      expect(markOf((await machine.next()).options)).toBe("before");
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect(markOf((await machine.next()).options)).toBe("trial");
    });
  });

  it("that was cut before the choice stood on each ESP is chosen on each by the same try", async () => {
    await on(async (machine) => {
      const plan = await machine.trialPlan();
      expect(await until(machine, () => machine.trialPlan(), plan.steps.length - 1)).toBe(false);
      choose(machine, A, "hostcfg-trial");
      expect(await applied(machine.host, () => machine.trialPlan())).toBe("applied");
      expect([chosen(machine, A), chosen(machine, B)]).toEqual(["hostcfg-trial", "hostcfg-trial"]);
    });
  });

  it.each([
    [/^unshare .*trial=/s, /trial\.before/],
    [/^proxmox-boot-tool kernel pin/, /trial\.once/],
    [/^proxmox-boot-tool refresh/, /trial\.once/],
    [/^unshare .*once=/s, /trial\.once/],
  ])("of which %s does nothing fails, and goes on by the same try", async (program, why) => {
    await on((machine) => goesOnAfter(program, why, machine));
  });

  it("is the second one without what the first has left", async () => {
    await on(triedTwice);
  });

  it("knows its host where an apply was cut, and what was put aside has booted", async () => {
    await on(async (machine) => {
      // The note, the copies, the settings.
      expect(await until(machine, () => machine.ordinaryPlan(), 3)).toBe(false);
      expect((await machine.reboot()).entry).toBe("hostcfg-way-back");
      expect(await applied(machine.host, () => machine.ordinaryPlan())).toBe("applied");
      expect((await machine.next()).options).toMatch(/ iommu=pt$/);
    });
  });
});

describe("a trial on ESPs that GRUB starts is refused", () => {
  const rows: readonly (readonly [string, (machine: Machine) => void, RegExp])[] = [
    [
      "where an ESP is away",
      ({ root }) => {
        rmSync(join(root, `esp/${B}`), { recursive: true });
      },
      /each ESP must have what the host goes back to.*8A3D-0F6B is away/,
    ],
    [
      "where the next boot is chosen on one",
      (machine) => {
        choose(machine, B, "gnulinux-simple-3b1c9d6cf2aa4e01");
      },
      /next_entry is gnulinux-simple-3b1c9d6cf2aa4e01 on ESP 8A3D-0F6B.*grub-editenv/,
    ],
    [
      "where a kernel is pinned for one boot",
      ({ root }) => {
        writeFileSync(join(root, "etc/kernel/next-boot-pin"), `${OLD}\n`);
      },
      /the next boot is chosen already: \/etc\/kernel\/next-boot-pin/,
    ],
    [
      "where a menu does not read custom.cfg",
      (machine) => {
        edit(machine, `esp/${B}/grub/grub.cfg`, (text) => text.replaceAll("/custom.cfg", "/other.cfg"));
      },
      /menu on ESP 8A3D-0F6B does not read custom\.cfg/,
    ],
    [
      "where a menu sets the default whatever is chosen",
      (machine) => {
        edit(machine, `esp/${B}/grub/grub.cfg`, (text) => `${text}set default=0\n`);
      },
      /sets the default in the menu on ESP 8A3D-0F6B/,
    ],
    [
      "where custom.cfg sets it so",
      ({ root }) => {
        writeFileSync(join(root, `esp/${B}/grub/custom.cfg`), "set default=0\n");
      },
      /custom\.cfg sets the default in the menu on ESP 8A3D-0F6B/,
    ],
    [
      "where custom.cfg has a default of somebody's own, as hostcfg asks for it",
      ({ root }) => {
        const own = 'if [ "${boot_once}" != true ]; then set default=0; fi\n';
        writeFileSync(join(root, `esp/${B}/grub/custom.cfg`), own);
      },
      /custom\.cfg sets the default in the menu on ESP 8A3D-0F6B/,
    ],
    [
      "where this boot had other options than what boots next",
      ({ root }) => {
        writeFileSync(
          join(root, "proc/cmdline"),
          `BOOT_IMAGE=/vmlinuz-${NEW} root=ZFS=rpool/ROOT/pve-1 nosmt\n`,
        );
      },
      /this boot is not what boots next/,
    ],
    [
      "where half of what boots is on an ESP",
      ({ root }) => {
        writeFileSync(join(root, `esp/${B}/initrd.img-${NEW}`), "half");
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
