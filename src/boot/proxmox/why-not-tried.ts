import type { ProxmoxFacts, ProxmoxFiles } from "../../model/index.ts";
import type { Tried } from "../loader.ts";
import { onceTaken, refusedTrial } from "../trial.ts";
import { sayings } from "./findings.ts";
import { holdsAsideByGrub, startsAsideByGrub } from "./grub-aside.ts";
import { loaderOfEsps, readyEsps } from "./host.ts";
import { chosenOnceOn } from "./once.ts";
import { CMDLINE, NEXT_BOOT_PIN } from "./probe.ts";
import { isOfTrial } from "./stand-in.ts";

/** Why nothing can be tried on these ESPs. */
export function whyNotTried(facts: ProxmoxFacts, files: ProxmoxFiles): Tried | undefined {
  const [unfit] = sayings(facts);
  if (unfit !== undefined)
    return refusedTrial(
      `each ESP must have what the host goes back to, for the firmware may start any of them: ${unfit}`,
      "sudo proxmox-boot-tool status, then connect its disk, or take it off the list: sudo proxmox-boot-tool clean",
    );
  const refused = loaderOfEsps(facts) === "grub" ? notByGrub(facts) : notByVariables(facts, files);
  if (refused !== undefined) return refused;
  if (files.nextBootPin !== undefined)
    return refusedTrial(
      `the next boot is chosen already: ${NEXT_BOOT_PIN} is there`,
      "reboot first, or: sudo proxmox-boot-tool kernel unpin --next-boot",
    );
  return undefined;
}

/** By custom.cfg and the environment block of each ESP. */
function notByGrub(facts: ProxmoxFacts): Tried | undefined {
  for (const { uuid, content } of readyEsps(facts)) {
    const menu = content.grub?.menu;
    if (menu?.known !== true || menu.value.customAt === undefined)
      return refusedTrial(
        `GRUB's menu on ESP ${uuid} does not read custom.cfg, which would say what boots once and what boots then`,
        "make /etc/grub.d/41_custom executable again, then: sudo proxmox-boot-tool refresh",
      );
    // What hostcfg itself writes there goes: by the next refresh, which the trial begins with, and by the trial's own part.
    const [later] = [
      startsAsideByGrub(content) ? undefined : menu.value.later,
      holdsAsideByGrub(content) ? undefined : content.grub?.custom?.later,
    ].filter((one) => one !== undefined);
    if (later !== undefined)
      return refusedTrial(
        `${later.from} sets the default in the menu on ESP ${uuid}, whatever is chosen for one boot`,
        `take that out of ${later.from}, then: sudo proxmox-boot-tool refresh`,
      );
    const once = chosenOnceOn(content) ?? "";
    if (once !== "")
      return onceTaken(
        `next_entry is ${once} on ESP ${uuid}`,
        "mount that ESP, then: sudo grub-editenv MOUNTPOINT/grub/grubenv unset next_entry",
      );
  }
  return undefined;
}

/** By EFI variables, which systemd-boot reads before loader.conf. */
function notByVariables(facts: ProxmoxFacts, { cmdline }: ProxmoxFiles): Tried | undefined {
  const { variables } = facts;
  if (!variables.known || !variables.value.variablesKnown)
    return refusedTrial(
      "the EFI variables cannot be seen here, and a trial is chosen by one of them",
      "mount efivarfs, or try it on the host itself once it runs",
    );
  const { oneShot, variable, loaderInfo } = variables.value;
  if (loaderInfo?.startsWith("systemd-boot") !== true)
    return refusedTrial(
      `systemd-boot did not start this boot (${loaderInfo === undefined ? "the EFI variable LoaderInfo is not set" : `LoaderInfo is ${loaderInfo}`}), so what the firmware starts does not read its variables`,
      "have the firmware start proxmox-boot-tool's ESPs: sudo proxmox-boot-tool status, and efibootmgr",
    );
  if (oneShot !== undefined) return onceTaken(`LoaderEntryOneShot is ${oneShot}`);
  if (variable !== undefined && !isOfTrial(facts))
    return refusedTrial(
      `the EFI variable LoaderEntryDefault is ${variable} (key d in the boot menu sets it), and the return hangs on that variable`,
      "sudo bootctl set-default ''",
    );
  if (cmdline === undefined)
    return refusedTrial(
      `there is no ${CMDLINE}, so a refresh in the boot of the trial would write that boot's line into all entries`,
      `write the present line there, without initrd=: sed 's/initrd=[^ ]* *//' /proc/cmdline | sudo tee ${CMDLINE}`,
    );
  return undefined;
}
