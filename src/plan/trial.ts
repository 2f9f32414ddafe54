import type { TrialInput, UnnumberedStep } from "../boot/loader.ts";
import { problem } from "../boot/problem.ts";
import { HOOK_FILE, MODPROBE_FILE, RULES_FILE, SCRIPT_FILE } from "../facts/vfio-files.ts";
import { hasOption, splitLine } from "../cmdline.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { mayBoot } from "../simulate/boot-watch.ts";
import type { Diagnostic, HostState, Trial } from "../model/index.ts";

/** What only the two boots of a trial get on their lines, and why a plan cannot be tried. */
export interface OnlyThere {
  readonly only: TrialInput["only"];
  readonly diagnostics: readonly Diagnostic[];
}

/** Seconds after which a kernel that panics, or an initrd without its root, reboots; and systemd's limit for a hang. */
const PANIC_SECONDS = 30;
const WATCHDOG_SECONDS = 120;

/**
 * What lies on the root file system acts in the boot of before as well. What binds devices must not do so there: the rules
 * of udev look for the mark of that boot, and the kernel takes no vfio-pci, which modprobe.d asks for.
 */
export function onlyThere(
  steps: readonly UnnumberedStep[],
  { pci, running }: HostState,
  { watchdog }: Pick<Trial, "watchdog">,
): OnlyThere {
  const line = running.cmdline.known ? splitLine(running.cmdline.value) : [];
  const trial = [
    ...(hasOption(line, "panic") ? [] : [`panic=${PANIC_SECONDS}`]),
    ...(watchdog ? [`systemd.watchdog_sec=${WATCHDOG_SECONDS}`] : []),
  ];
  const written = steps.flatMap((step) => (step.kind === "exec" || step.kind === "symlink" ? [] : [step]));
  const binds = written.some(({ path }) => path === MODPROBE_FILE);
  const bound = (pci.known ? pci.value : []).find(({ driver }) => driver === "vfio-pci");
  const inUse = written.find(
    ({ path, expect }) => [MODPROBE_FILE, RULES_FILE].includes(path) && expect.kind !== "absent",
  );
  const others = written.filter(
    ({ path }) =>
      !mayBoot(path) &&
      !path.startsWith(`${STATE_FOLDER}/`) &&
      ![MODPROBE_FILE, RULES_FILE, HOOK_FILE, SCRIPT_FILE].includes(path) &&
      !READ_FOR_MENUS.test(path),
  );
  return {
    only: { trial, before: binds ? ["module_blacklist=vfio_pci"] : [] },
    diagnostics: [
      ...(binds && bound !== undefined
        ? [
            refused(
              `${bound.address} is bound to vfio-pci in this boot, and the boot of before must not get the new binding`,
            ),
          ]
        : []),
      ...(inUse === undefined
        ? []
        : [refused(`${inUse.path} is there, and the boot of before reads it as well`)]),
      ...others.map(({ path }) => refused(`${path} would act in the boot of before as well`)),
    ],
  };
}

/** Settings that menus and entries are made from, and nothing else reads. */
const READ_FOR_MENUS = /^\/etc\/(?:default\/grub|kernel\/|kernelstub\/|initramfs\/post-update\.d\/)/;

function refused(why: string): Diagnostic {
  return problem("trial-refused", `this plan cannot be tried: ${why}`, "sudo hostcfg apply SPEC");
}
