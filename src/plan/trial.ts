import type { TrialInput, UnnumberedStep } from "../boot/loader.ts";
import { refusedTrial } from "../boot/trial.ts";
import { HOOK_FILE, MODPROBE_FILE, RULES_FILE, SCRIPT_FILE } from "../facts/vfio-files.ts";
import { hasOption, splitLine } from "../cmdline.ts";
import { STATE_FOLDER } from "../facts/state-folder.ts";
import { mayBoot } from "../simulate/boot-watch.ts";
import type { Diagnostic, HostState, Trial } from "../model/index.ts";

/** Seconds after which a kernel that panics, or an initrd without its root, reboots; and systemd's limit for a hang. */
const PANIC_SECONDS = 30;
const WATCHDOG_SECONDS = 120;

/**
 * The options that only the two boots of a trial get. What lies on the root file system acts in the boot of before as well,
 * and must not bind devices there: the rules of udev look for that boot's mark, and its kernel takes no vfio-pci, which
 * modprobe.d asks for.
 */
export function onlyThere(
  steps: readonly UnnumberedStep[],
  { running }: HostState,
  { watchdog }: Pick<Trial, "watchdog">,
): TrialInput["only"] {
  const line = running.cmdline.known ? splitLine(running.cmdline.value) : [];
  return {
    trial: [
      ...(hasOption(line, "panic") ? [] : [`panic=${PANIC_SECONDS}`]),
      ...(watchdog ? [`systemd.watchdog_sec=${WATCHDOG_SECONDS}`] : []),
    ],
    before: binds(steps) ? ["module_blacklist=vfio_pci"] : [],
  };
}

/** Why the plan would act in the boot of before as well. */
export function actsBefore(steps: readonly UnnumberedStep[], { pci }: HostState): readonly Diagnostic[] {
  const bound = binds(steps) && pci.known ? pci.value.find(({ driver }) => driver === "vfio-pci") : undefined;
  const written = filesOf(steps);
  return [
    ...(bound === undefined
      ? []
      : [
          `${bound.address} is bound to vfio-pci in this boot, and the boot of before must not get the new binding`,
        ]),
    ...written
      .filter(({ path, expect }) => [MODPROBE_FILE, RULES_FILE].includes(path) && expect.kind !== "absent")
      .map(({ path }) => `${path} is there, and the boot of before reads it as well`),
    ...written.filter(isFelt).map(({ path }) => `${path} would act in the boot of before as well`),
  ].flatMap((why) => refusedTrial(why).diagnostics);
}

function binds(steps: readonly UnnumberedStep[]): boolean {
  return filesOf(steps).some(({ path }) => path === MODPROBE_FILE);
}

function filesOf(steps: readonly UnnumberedStep[]) {
  return steps.flatMap((step) => (step.kind === "exec" || step.kind === "symlink" ? [] : [step]));
}

function isFelt({ path }: { readonly path: string }): boolean {
  return (
    !mayBoot(path) &&
    !path.startsWith(`${STATE_FOLDER}/`) &&
    ![MODPROBE_FILE, RULES_FILE, HOOK_FILE, SCRIPT_FILE].includes(path) &&
    !READ_FOR_MENUS.test(path)
  );
}

/** Settings that menus and entries are made from, and nothing else reads. */
const READ_FOR_MENUS = /^\/etc\/(?:default\/grub|kernel\/|kernelstub\/|initramfs\/post-update\.d\/)/;
