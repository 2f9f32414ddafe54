import { layoutOf } from "../platform/platforms.ts";
import type { CopyKernel, ExecStep, SetOnce } from "../model/index.ts";
import { PIN } from "../boot/proxmox/probe.ts";
import { afterNextEntry, afterUpdateGrub } from "./grub-menu.ts";
import { AFTER_MAKING } from "./initrd.ts";
import { afterKernelstub } from "./kernelstub.ts";
import { afterInstall } from "./install.ts";
import { afterRemoval } from "./remove.ts";
import { afterKernelInstall, afterSetDefault, afterSetOnce } from "./kernel-install.ts";
import { afterChoiceOnEsps, afterDropAside, afterPutAside, afterRefresh } from "./proxmox.ts";
import { withText } from "./texts.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { fileAt } from "./foreseen-state.ts";

/** What a run of a program that ends well leaves, by what is documented of it. */
export function afterProgram(foreseen: ForeseenState, { action, id }: ExecStep): readonly ForeseenState[] {
  const placeholder = `step ${id}`;
  switch (action.does) {
    // Only the selections of dpkg.
    case "hold":
    case "unhold":
      return [foreseen];
    case "install":
      return afterInstall(foreseen, action.packages, placeholder);
    case "remove":
      return afterRemoval(foreseen, action.packages);
    case "make-initrd":
      return AFTER_MAKING[action.by](foreseen, action.release, placeholder);
    case "make-menu":
      return [afterUpdateGrub(foreseen)];
    case "copy-kernel":
      return [COPYING[action.by](foreseen, action.release)];
    case "set-default":
      return [afterSetDefault(foreseen, action.entry)];
    case "set-once":
      return [afterChoice(foreseen, action)];
    case "pin":
      return [afterPin(foreseen, action.release)];
    case "put-aside":
      return [afterPutAside(foreseen, action)];
    case "drop-aside":
      return [afterDropAside(foreseen, action)];
    case "refresh-esps":
      return [afterRefresh(foreseen)];
  }
}

const COPYING: Readonly<
  Record<CopyKernel["by"], (foreseen: ForeseenState, release: string) => ForeseenState>
> = {
  kernelstub: afterKernelstub,
  "kernel-install": afterKernelInstall,
};

function afterChoice(foreseen: ForeseenState, action: SetOnce): ForeseenState {
  const { entry } = action;
  switch (action.by) {
    case "bootctl":
      return afterSetOnce(foreseen, entry);
    case "grub-editenv":
      return action.esps === undefined
        ? afterNextEntry(foreseen, entry)
        : afterChoiceOnEsps(foreseen, entry, action.esps);
  }
}

function afterPin(foreseen: ForeseenState, release: string): ForeseenState {
  const image = fileAt(foreseen, layoutOf(foreseen.state).image(release));
  // proxmox-boot-tool refuses a kernel that is not there.
  return image.known && image.value === undefined ? foreseen : withText(foreseen, PIN, `${release}\n`);
}
