import { afterAll, describe, expect, it } from "vitest";
import { realKernel } from "../system/rig/real-kernel.ts";
import type { Kernels } from "./rig/build.ts";
import { BY_SYSTEMD } from "./rig/first-program.ts";
import { ALL, MODELS } from "./rig/models.ts";
import type { Guest } from "./rig/qemu.ts";
import type { Seen } from "./rig/seen.ts";
import { changed, filesOf, look } from "./rig/seen.ts";
import { SPEC, TO_VFIO, drivers, vfioSpecOf, writeSpec } from "./rig/spec.ts";
import { withMachine } from "./rig/stock.ts";
import { printTable, tell } from "./rig/told.ts";
import { runUntil } from "./rig/until.ts";

afterAll(printTable);

const UNIT_ENDED = "while systemctl is-active hostcfg-trial.service | grep -q activating; do sleep 2; done";

/** What is tried, and what a kernel finds neither an initrd nor a root by: it panics. */
const trialSpecOf = ({ older }: Kernels): string => `apiVersion: hostcfg/v1
kernel:
  release: ${older}
kernelOptions:
  present: [intel_iommu=on, iommu=pt]
`;
const olderSpecOf = (older: string): string => `apiVersion: hostcfg/v1
kernel:
  release: ${older}
`;
const deadSpecOf = ({ older }: Kernels): string => `apiVersion: hostcfg/v1
kernel:
  release: ${older}
kernelOptions:
  present: [rdinit=/nowhere]
`;

/** What a person would paste who has handed over the card that the host is reached by. */
const networkSpecOf = ({ older }: Kernels): string => `apiVersion: hostcfg/v1
devices:
  host-net: { id: "15ad:07b0" }
kernel:
  release: ${older}
kernelOptions:
  present: [intel_iommu=on, iommu=pt]
vfio:
  devices: [host-net]
`;
const HOST_NET = "0000:00:11.0";
const REACHED = { acs: true, network: "vmxnet3" } as const;
const NETWORK = `cat >/etc/systemd/network/host.network <<'END'
[Match]
Driver=vmxnet3
[Network]
Address=192.0.2.2/24
Gateway=192.0.2.1
ConfigureWithoutCarrier=yes
END
systemctl --quiet enable systemd-networkd.service`;
/** Of /proc/net/route, the line of the default. */
const DEFAULT_ROUTE = "grep -cP '^\\S+\\t00000000\\t' /proc/net/route";
/** It is there some time after the boot is done. */
const ROUTED = `for _ in $(seq 90); do ${DEFAULT_ROUTE} && exit; sleep 1; done; cat /proc/net/dev; journalctl --no-pager -b -u systemd-networkd; exit 1`;

/** A process that other processes get nothing beside; since Linux 6.12 they get a twentieth of the only processor. */
const HANG =
  "sync; echo -1 >/proc/sys/kernel/sched_rt_runtime_us; chrt --fifo 99 sh -c 'while :; do :; done'";
/** systemd stops at a fault of its own, and serves no watchdog any more (systemd(1), CrashAction=). */
const FREEZE = `sync; kill -SEGV 1; sleep 5; ${HANG}`;

(ALL ? describe.concurrent : describe.skip).each(MODELS)("$name: a trial", (model) => {
  const markOf = ({ cmdline }: Seen): string => /hostcfg\.boot=(\w+)/.exec(cmdline)?.[1] ?? "no mark";
  const story = (what: string, promised: string, came: Seen): void => {
    tell({ machine: model.name, story: what, promised, came: `${came.release}, ${markOf(came)}` });
  };

  /** In the boot of the trial: QEMU ends with a reboot that nobody asked for, on a slow machine before anybody can look. */
  const rebootsItself = async (booting: Promise<Guest>): Promise<void> => {
    const ended = booting.then(async (tried) => {
      expect(markOf(await look(tried))).toBe("trial");
      return tried.run("sleep 3600");
    });
    await expect(ended).rejects.toThrow("the guest says no more");
  };

  it("boots once, comes back after a power cut, is taken back to the byte; tried again, it is kept", async () => {
    await withMachine(model, async ({ kernels: { older, newer }, on }) => {
      let guest = await on({ acs: true });
      await writeSpec(guest, trialSpecOf({ older, newer }));
      const [before, files] = [await look(guest), await filesOf(guest)];
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 5 });
      await guest.off();

      guest = await on({ acs: true });
      const tried = await look(guest);
      expect([tried.release, markOf(tried)]).toEqual([older, "trial"]);
      story("try, reboot", `${older}, trial`, tried);
      await guest.must("hostcfg at-boot");
      void guest.run(HANG).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      await guest.cut();

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([newer, "before"]);
      story("the boot of the trial hangs, power cut", `${newer}, before`, back);
      await guest.must("hostcfg at-boot");
      expect(changed(files, await filesOf(guest))).toEqual([]);
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 0 });
      await guest.off();

      guest = await on({ acs: true });
      const undone = await look(guest);
      expect(undone).toEqual(before);
      story("taken back, reboot", `${newer}, no mark`, undone);
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      expect(markOf(await look(guest))).toBe("trial");
      await guest.must("hostcfg keep --auto-approve");
      await guest.off();

      guest = await on({ acs: true });
      const kept = await look(guest);
      expect([kept.release, markOf(kept)]).toEqual([older, "no mark"]);
      await guest.must(`hostcfg plan ${SPEC} --detailed-exitcode`);
      story("tried again and kept, reboot", `${older}, no mark`, kept);
      await guest.off();
    });
  });

  it("that nobody keeps in time goes back by itself, and one that verify is satisfied with is kept by itself", async () => {
    await withMachine(model, async ({ kernels: { older, newer }, on }) => {
      let guest = await on({ acs: true });
      await writeSpec(guest, trialSpecOf({ older, newer }));
      await guest.must(`touch ${BY_SYSTEMD}`);
      const files = await filesOf(guest);
      await guest.must(`hostcfg try ${SPEC} --confirm-within 60s --auto-approve`);
      await guest.off();

      await rebootsItself(on({ acs: true }));

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([newer, "before"]);
      await guest.must(UNIT_ENDED);
      expect(changed(files, await filesOf(guest))).toEqual([]);
      story("nobody says hostcfg keep within 60 s", `${newer}, before`, back);
      // What a trial goes back to has to have booted as what boots next.
      await guest.off();

      guest = await on({ acs: true });
      await guest.must(`hostcfg try ${SPEC} --when-satisfied --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      expect(markOf(await look(guest))).toBe("trial");
      await guest.must(UNIT_ENDED);
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 0 });
      await guest.off();

      guest = await on({ acs: true });
      const kept = await look(guest);
      expect([kept.release, markOf(kept)]).toEqual([older, "no mark"]);
      await guest.must(`hostcfg plan ${SPEC} --detailed-exitcode`);
      story("verify is satisfied, reboot", `${older}, no mark`, kept);
      await guest.off();
    });
  });

  it("that verify is not satisfied with goes back by itself", async () => {
    await withMachine(model, async ({ kernels: { older, newer }, on }) => {
      let guest = await on({ acs: true });
      await guest.must(`touch ${BY_SYSTEMD}`);
      // It does not come up well: a unit that it is there for is not active.
      await writeSpec(guest, `${trialSpecOf({ older, newer })}health:\n  units: [nobody-has-this.service]\n`);
      const files = await filesOf(guest);
      await guest.must(`hostcfg try ${SPEC} --when-satisfied --auto-approve`);
      await guest.off();

      await rebootsItself(on({ acs: true }));

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([newer, "before"]);
      await guest.must(UNIT_ENDED);
      expect(changed(files, await filesOf(guest))).toEqual([]);
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 0 });
      story("verify is not satisfied", `${newer}, before`, back);
      await guest.off();
    });
  });

  it("that gives a card to vfio-pci does so in its own boot only", async () => {
    await withMachine(model, async ({ kernels, on }) => {
      let guest = await on({ acs: true });
      await writeSpec(guest, vfioSpecOf(kernels));
      const before = drivers(await look(guest));
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      const tried = await look(guest);
      expect([markOf(tried), drivers(tried)]).toEqual(["trial", TO_VFIO]);
      await guest.cut();

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([markOf(back), drivers(back)]).toEqual(["before", before]);
      story("a card is tried with vfio-pci, power cut", `${kernels.newer}, before`, back);
      await guest.off();
    });
  });

  it("that panics resets itself, and what booted before comes up", async () => {
    await withMachine(model, async ({ kernels, on }) => {
      let guest = await on({ acs: true });
      await writeSpec(guest, deadSpecOf(kernels));
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      // QEMU ends with the reset.
      await expect(on({ acs: true })).rejects.toThrow("the guest says no more");

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([kernels.newer, "before"]);
      story("the trial's kernel finds no first program", `${kernels.newer}, before`, back);
      await guest.off();
    });
  });

  it("comes up after a power cut in keep and in give-up, and never stays in a trial", async () => {
    await withMachine(model, async ({ kernels: { older, newer }, on }) => {
      const half = (done: number, of: number): boolean => done * 2 >= of;
      let guest = await on({ acs: true });
      await writeSpec(guest, trialSpecOf({ older, newer }));
      const [before, files] = [await look(guest), await filesOf(guest)];
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      expect(markOf(await look(guest))).toBe("trial");
      expect(await runUntil(guest, "hostcfg keep --auto-approve", half, 0)).toBe(false);
      await guest.cut();

      guest = await on({ acs: true });
      const came = await look(guest);
      expect([
        [newer, "before"],
        [older, "no mark"],
      ]).toContainEqual([came.release, markOf(came)]);
      story("power cut in keep", "what booted before, or what is kept", came);
      await guest.must("hostcfg at-boot");
      // What was cut behind the move of the default is taken back in a boot that is none of both.
      const pending = came.release === older ? 3 : 0;
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: pending });
      await guest.off();

      guest = await on({ acs: true });
      const settled = await look(guest);
      expect([newer, older]).toContain(settled.release);
      expect(markOf(settled)).toBe("no mark");
      if (settled.release === newer) expect(changed(files, await filesOf(guest))).toEqual([]);
      story("that is decided, reboot", "what booted before, or what is kept; no mark", settled);
      if (settled.release !== newer) await guest.must("hostcfg undo --auto-approve");
      await guest.off();

      guest = await on({ acs: true });
      expect(await look(guest)).toEqual(before);
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      expect(markOf(await look(guest))).toBe("trial");
      expect(await runUntil(guest, "hostcfg give-up --auto-approve", half, 0)).toBe(false);
      await guest.cut();

      guest = await on({ acs: true });
      const back = await look(guest);
      expect(back.release).toBe(newer);
      story("power cut in give-up", newer, back);
      await guest.must("hostcfg at-boot");
      expect(changed(files, await filesOf(guest))).toEqual([]);
      expect(await guest.run("hostcfg status")).toMatchObject({ exitCode: 0 });
      await guest.off();
    });
  });

  it("is what a newer kernel's package leaves alone, whenever that is installed", async () => {
    const newest = realKernel("realtime", model.suite);
    const install = async (guest: Guest): Promise<void> => {
      await guest.must("dpkg --install /root/newest.deb && rm /root/newest.deb");
      await guest.must(`test -e /boot/vmlinuz-${newest.release}`);
    };
    await withMachine(model, async ({ kernels: { older, newer }, on, put }) => {
      put(newest.deb, "/root/newest.deb");
      let guest = await on({ acs: true });
      await writeSpec(guest, trialSpecOf({ older, newer }));
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await install(guest);
      await guest.off();

      guest = await on({ acs: true });
      const tried = await look(guest);
      expect([tried.release, markOf(tried)]).toEqual([older, "trial"]);
      story(`${newest.release} is installed before the trial boots`, `${older}, trial`, tried);
      await guest.cut();

      guest = await on({ acs: true });
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([newer, "before"]);
      story("and the power is cut in it", `${newer}, before`, back);
      await guest.off();
    });
    await withMachine(model, async ({ kernels: { older, newer }, on, put }) => {
      put(newest.deb, "/root/newest.deb");
      let guest = await on({ acs: true });
      await writeSpec(guest, trialSpecOf({ older, newer }));
      await guest.must(`hostcfg try ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on({ acs: true });
      expect(markOf(await look(guest))).toBe("trial");
      await install(guest);
      await guest.must("hostcfg keep --auto-approve");
      await guest.off();

      guest = await on({ acs: true });
      const kept = await look(guest);
      expect([kept.release, markOf(kept)]).toEqual([older, "no mark"]);
      await guest.must(`hostcfg plan ${SPEC} --detailed-exitcode`);
      story(`${newest.release} is installed in the trial's boot, which is kept`, `${older}, no mark`, kept);
      await guest.off();
    });
  });

  it("that takes the host's network away goes back by itself", async () => {
    await withMachine(model, async ({ kernels, on }) => {
      let guest = await on(REACHED);
      await guest.must(`touch ${BY_SYSTEMD} && ${NETWORK}`);
      await guest.off();

      guest = await on(REACHED);
      await guest.must(ROUTED);
      const spec = networkSpecOf(kernels);
      await writeSpec(guest, spec);
      // The guard sees it; only a reason gets past it.
      expect(await guest.run(`hostcfg try ${SPEC} --auto-approve`)).toMatchObject({ exitCode: 1 });
      await writeSpec(guest, `${spec}  hostNetworkReason: the other card will do\n`);
      await guest.must(`hostcfg try ${SPEC} --confirm-within 4m --auto-approve`);
      await guest.off();

      guest = await on(REACHED);
      const tried = await look(guest);
      expect([markOf(tried), tried.drivers[HOST_NET]]).toEqual(["trial", "vfio-pci"]);
      expect(await guest.run(DEFAULT_ROUTE)).toMatchObject({ exitCode: 1 });
      await expect(guest.run("sleep 3600")).rejects.toThrow("the guest says no more");

      guest = await on(REACHED);
      const back = await look(guest);
      expect([back.release, markOf(back), back.drivers[HOST_NET]]).toEqual([
        kernels.newer,
        "before",
        "vmxnet3",
      ]);
      await guest.must(ROUTED);
      story("the host's network card is tried with vfio-pci", `${kernels.newer}, before`, back);
      await guest.off();
    });
  });

  it("that hangs is reset by a watchdog, and what booted before comes up", async () => {
    await withMachine(model, async ({ kernels: { older, newer }, on }) => {
      const hardware = { acs: true, watchdog: true };
      let guest = await on(hardware);
      await guest.must(`touch ${BY_SYSTEMD}`);
      // Debian 12's kernel for clouds has no driver of it.
      await writeSpec(guest, olderSpecOf(older));
      await guest.must(`hostcfg apply ${SPEC} --auto-approve`);
      await guest.off();

      guest = await on(hardware);
      const before = await look(guest);
      await writeSpec(guest, trialSpecOf({ older, newer }));
      const said = await guest.must(`hostcfg try ${SPEC} --confirm-within 30m --auto-approve`);
      expect(said).toContain("is ended by the watchdog");
      await guest.off();

      guest = await on(hardware);
      expect(markOf(await look(guest))).toBe("trial");
      await expect(guest.run(FREEZE)).rejects.toThrow("the guest says no more");

      guest = await on(hardware);
      const back = await look(guest);
      expect([back.release, markOf(back)]).toEqual([before.release, "before"]);
      expect(back.cmdline).not.toContain("iommu=pt");
      story("the boot of the trial hangs, with a watchdog", `${older}, before`, back);
      await guest.off();
    });
  });
});
