import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NEWER, bootGrub, playGrub, write, writeSpec } from "./rig/grub.ts";
import { bootSystemdBoot, letHooksFindTheEsp, playBootctl } from "./rig/systemd-boot.ts";
import { STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import { playLoader } from "./rig/loader.ts";
import { bootStory } from "./rig/machines.ts";
import { buildKernel } from "./rig/kernels.ts";
import type { Machine } from "./rig/machine.ts";

const STORY_RELEASE = "5.3.0-7625-generic";
const NEWEST = "6.99.0-acso";
/** As long as hostcfg is at work. */
const DROP_IN = "/etc/default/grub.d/95-hostcfg.cfg";

interface Loader {
  readonly name: string;
  readonly boot: () => Promise<Machine>;
  /** What boots before. */
  readonly present: string;
  readonly play: (machine: Machine) => Promise<{ readonly release: string }>;
  /** What anybody may run afterwards. */
  readonly anew: readonly string[];
}

const LOADERS: readonly Loader[] = [
  {
    name: "GRUB",
    boot: bootGrub,
    present: NEWER,
    play: (machine) => Promise.resolve(playGrub(machine)),
    anew: ["update-grub"],
  },
  {
    name: "systemd-boot",
    boot: async () => {
      const machine = await bootSystemdBoot();
      await letHooksFindTheEsp(machine);
      return machine;
    },
    present: NEWER,
    play: playBootctl,
    anew: ["kernel-install", "add", NEWER, `/boot/vmlinuz-${NEWER}`, `/boot/initrd.img-${NEWER}`],
  },
  {
    name: "kernelstub",
    boot: bootStory,
    present: STORY_RELEASE,
    play: (machine) => Promise.resolve(playLoader(machine)),
    anew: ["kernelstub"],
  },
];

const hook = (name: string, script: string): string =>
  `cat >/etc/kernel/postinst.d/${name} <<'END'\n#!/bin/sh\n${script}\nEND\nchmod 755 /etc/kernel/postinst.d/${name}`;

/** What keeps update-initramfs from making an initrd: what does it, and what mends it. */
const FAULTS: readonly (readonly [name: string, break_: string, mend: string])[] = [
  ["/var/tmp is full", "mount -t tmpfs -o size=64k tmpfs /var/tmp", "umount /var/tmp"],
  [
    "the disk is full",
    "fallocate -l $(($(df --output=avail -k / | tail -n 1) - 64))K /root/fill",
    "rm /root/fill",
  ],
  [
    "the ESP gets full",
    hook("aaa-fill", "fallocate -l $(($(df --output=avail -k /boot/efi | tail -n 1) - 64))K /boot/efi/fill"),
    "rm /etc/kernel/postinst.d/aaa-fill /boot/efi/fill",
  ],
  [
    "dpkg is killed",
    // Its parents: run-parts, the package's script, dpkg.
    hook(
      "aaa-kill",
      `script=$(sed -n 's/^PPid:\\t//p' /proc/$PPID/status)
kill -KILL $(sed -n 's/^PPid:\\t//p' /proc/$script/status) $script $PPID`,
    ),
    "rm /etc/kernel/postinst.d/aaa-kill",
  ],
  ...(["mkinitramfs", "cpio", "gzip"] as const).map((program) => {
    const path = `$(readlink -f $(command -v ${program}))`;
    return [
      `${program} is killed`,
      `p=${path}; mv $p $p.real; printf '#!/bin/sh\\nkill -KILL $$\\n' >$p; chmod 755 $p`,
      `p=${path}; mv $p.real $p`,
    ] as const;
  }),
];

/** Every fifth one, others beside each loader; `FAULTS=all` tries all. */
function faultsOf(loader: Loader): typeof FAULTS {
  const at = LOADERS.indexOf(loader);
  return FAULTS.filter(
    ([name], index) =>
      // GRUB starts from the root file system.
      !(loader.name === "GRUB" && name.startsWith("the ESP")) &&
      (process.env["FAULTS"] === "all" || (index + at) % 5 === 0),
  );
}

// One machine: each fault is mended and its package taken away again before the next.
describe.each(LOADERS)("a kernel's package beside $name whose initrd cannot be made", (loader) => {
  let machine: Machine;
  const sh = (script: string): Promise<string> => machine.must("sh", "-c", script);

  beforeAll(async () => {
    machine = await loader.boot();
    const scratch = mkdtempSync(join(tmpdir(), "hostcfg-kernel-"));
    const { image } = buildKernel(NEWEST, scratch);
    await machine.put(image, `${STORY}/kernel.deb`);
    const sha256 = createHash("sha256").update(readFileSync(image)).digest("hex");
    rmSync(scratch, { recursive: true });
    await writeSpec(
      machine,
      `apiVersion: hostcfg/v1\nkernel: { packages: [{ file: kernel.deb, sha256: ${sha256} }] }\n`,
    );
  });
  afterAll(async () => {
    await machine.discard();
  });

  it.each(faultsOf(loader))(
    "leaves what booted as the default where %s, and the next apply ends it",
    async (_, fault, mend) => {
      await sh(fault);
      const { exitCode, stdout, stderr } = await hostcfg(machine, "apply", "--auto-approve");
      // Before anybody mends anything: this is what a reboot now would find.
      const left = await loader.play(machine);
      await sh(mend);
      expect(exitCode, stdout + stderr).toBe(1);
      expect(stdout + stderr).not.toContain("Reboot to finish");
      expect(left.release).toBe(loader.present);
      // Whoever makes the menu now, it stays so.
      await machine.must(...loader.anew);
      expect((await loader.play(machine)).release).toBe(loader.present);

      const again = await mustHostcfg(machine, "apply", "--auto-approve");
      expect(again.stdout).toContain("Reboot to finish");
      expect((await loader.play(machine)).release).toBe(NEWEST);
      expect((await machine.run(["test", "-e", DROP_IN])).exitCode).toBe(1);

      await machine.must("dpkg", "--purge", `linux-image-${NEWEST}`);
      await machine.must(...loader.anew);
      expect((await loader.play(machine)).release).toBe(loader.present);
    },
  );

  it.runIf(loader.name === "GRUB")(
    "is taken back by an undo, which leaves the package, and check tells what the next update-grub would do",
    async () => {
      const [, fault, mend] = FAULTS.find(([name]) => name.startsWith("mkinitramfs")) ?? ["", "", ""];
      await sh(fault);
      expect((await hostcfg(machine, "apply", "--auto-approve")).exitCode).toBe(1);
      await sh(mend);
      await mustHostcfg(machine, "undo", "--auto-approve");
      expect((await loader.play(machine)).release).toBe(loader.present);
      expect((await hostcfg(machine, "check")).stdout).toContain("next-menu-broken");

      await mustHostcfg(machine, "apply", "--auto-approve");
      expect((await loader.play(machine)).release).toBe(NEWEST);
      await machine.must("dpkg", "--purge", `linux-image-${NEWEST}`);
      await machine.must(...loader.anew);
    },
  );

  it("keeps the default also where the initrd of a package without hooks is missing afterwards", async () => {
    await write(machine, "/etc/kernel/postinst.d/initramfs-tools", "#!/bin/sh\nexit 0\n");
    const { exitCode, stderr } = await hostcfg(machine, "apply", "--auto-approve");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("error: step ")]);
    expect((await loader.play(machine)).release).toBe(loader.present);
  });
});
