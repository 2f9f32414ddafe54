import { posix } from "node:path";
import { loaderEntries, runningEntry } from "../boot/bls/running-entry.ts";
import { isKept, wayBackCopies } from "../boot/bls/way-back-entry.ts";
import { CUSTOM } from "../boot/grub/probe.ts";
import { withoutOwnBlocks } from "../boot/grub/way-back.ts";
import {
  COPY_NAMES,
  isOurs,
  isPin,
  pinFolder,
  pinHooks,
  releaseOfPin,
} from "../boot/kernelstub/pin-files.ts";
import { REFRESHED } from "../boot/proxmox/probe.ts";
import type { DraftStep } from "../boot/loader.ts";
import { WAY_BACK_FOLDER, WAY_BACK_ID } from "../boot/way-back.ts";
import { writeText } from "../boot/write-text.ts";
import { ADDED_OPTIONS } from "../facts/added-options.ts";
import { VERIFIED } from "../facts/state-folder.ts";
import { textOf } from "../facts/text-of.ts";
import type { Reader } from "../host/reader.ts";
import { fingerprint } from "../journal/fingerprint.ts";
import type { HostState, LoaderEntry } from "../model/index.ts";

/** The address of what this plan alone takes away. */
export const LEAVE = "leave";

const ABOUT = { stage: "cleanup", serves: [LEAVE] } as const;

/** A file of hostcfg's that nothing needs any more once hostcfg has left. */
interface Leftover {
  readonly step: DraftStep;
  /** It is in the boot menu, or keeps what is there true. */
  readonly isOfBoot: boolean;
}

/** Why nothing of the boot menu goes: this boot came by an entry of hostcfg's own. */
export function bootedByOwn(state: HostState): string | undefined {
  const { grub } = state.bootLoader;
  const byGrub = grub?.booted.known === true && grub.booted.value.attributes.includes(WAY_BACK_ID);
  const id = runningEntry(state)?.id;
  return byGrub || (id !== undefined && isOurEntry(id))
    ? "this boot came by hostcfg's own entry: boot another one, and leave again"
    : undefined;
}

function isOurEntry(id: string): boolean {
  return isKept(id) || isOurs(id);
}

/** Throws HostError where it may not be read. */
export function leftovers(reader: Reader, state: HostState): readonly Leftover[] {
  const entries = loaderEntries(state).filter(({ id }) => isOurEntry(id));
  const ofMenu = [
    ...hooksOf(state),
    ...entries.flatMap((entry) => [entry.path, ...copiesOf(entry)]),
    ...Object.values(COPY_NAMES).map((name) => posix.join(WAY_BACK_FOLDER, name)),
    REFRESHED,
  ];
  return [
    ...grubBlocks(reader, state),
    ...[...new Set(ofMenu)].flatMap((path) => removal(reader, path, true)),
    // Last, once no option is recorded in it: what has emptied it in this plan leaves nothing more to do.
    ...(state.addedOptions.known && state.addedOptions.value.options.length === 0
      ? removal(reader, ADDED_OPTIONS, true)
      : []),
    ...removal(reader, VERIFIED, false),
  ];
}

function mountPointOf({ path }: LoaderEntry): string {
  return posix.dirname(posix.dirname(posix.dirname(path)));
}

function copiesOf(entry: LoaderEntry): string[] {
  const mountPoint = mountPointOf(entry);
  if (!isPin(entry.id)) return wayBackCopies(mountPoint);
  const folder = pinFolder(mountPoint, releaseOfPin(entry));
  return Object.values(COPY_NAMES).map((name) => posix.join(folder, name));
}

function hooksOf({ bootLoader: { kernelstub } }: HostState): string[] {
  return kernelstub === undefined ? [] : pinHooks("/").map(({ path }) => path);
}

function grubBlocks(reader: Reader, { bootLoader: { grub } }: HostState): readonly Leftover[] {
  const file = grub?.custom.file;
  const content = file === undefined ? undefined : withoutOwnBlocks(file.text);
  if (file === undefined || content === undefined) return [];
  if (content === "") return removal(reader, file.path, true);
  const title = `take hostcfg's entries out of ${CUSTOM}`;
  return [{ step: writeText({ ...ABOUT, title, path: file.path, content }, file), isOfBoot: true }];
}

function removal(reader: Reader, path: string, isOfBoot: boolean): Leftover[] {
  const expect = fingerprint(reader, path);
  if (expect.kind === "absent") return [];
  const before = expect.kind === "file" ? textBefore(reader, path) : undefined;
  const step: DraftStep = { ...ABOUT, kind: "remove", title: `remove ${path}`, path, expect };
  return [{ step: before === undefined ? step : { ...step, before }, isOfBoot }];
}

/** For the diff; a kernel's copy has none. */
function textBefore(reader: Reader, path: string): string | undefined {
  if ((reader.stat(path)?.size ?? 0) > LARGEST_SHOWN) return undefined;
  const bytes = reader.readFile(path);
  return bytes === undefined ? undefined : textOf(bytes);
}

const LARGEST_SHOWN = 64 << 10;
