import { posix } from "node:path";
import { ENTRIES, entryName, entryOf, filesNamedBy } from "../boot/bls/entries.ts";
import { loaderSetting } from "../boot/bls/entry-text.ts";
import { loaderConf } from "../boot/bls/loader-default.ts";
import { parseEnvironmentBlock } from "../boot/grub/environment-block.ts";
import { contextOf, parseMenu } from "../boot/grub/menu-text.ts";
import { CUSTOM, DROP_INS, ENVIRONMENT, MENU, SETTINGS } from "../boot/grub/probe.ts";
import { CONFIGURATION, parseConfiguration } from "../boot/kernelstub/configuration.ts";
import { HOOK_MODE, isOurs, pinHooks } from "../boot/kernelstub/pin-files.ts";
import { CMDLINE, NEXT_BOOT_PIN, PIN, REFRESHED, nextBootPinOf, pinOf } from "../boot/proxmox/probe.ts";
import { TEMPLATE } from "../boot/systemd-boot/template.ts";
import { known, unknown } from "../facts/fact.ts";
import type {
  Fact,
  BootLoaderName,
  GrubCustom,
  GrubFacts,
  GrubSettingsFile,
  LoaderDefault,
  LoaderEntry,
  ProxmoxFiles,
  TextFile,
} from "../model/index.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { fileAt, partitionOf, withLoader, withPins, withTextFile } from "./foreseen-state.ts";

/** With this text at a path that a loader, its tool or a hook of hostcfg's reads; undefined takes it away. */
export function withText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const all = new Set(Object.values(REREAD).flat());
  return [...all].reduce((so_far, change) => change(so_far, path, text), foreseen);
}

type Reread = (foreseen: ForeseenState, path: string, text: string | undefined) => ForeseenState;

/** What changes in the facts of each loader with a text that it, its tool or its hooks read. */
const REREAD: Readonly<Record<BootLoaderName, readonly Reread[]>> = {
  kernelstub: [withEntryText, withLoaderConf, withKernelstubText],
  "systemd-boot": [withEntryText, withLoaderConf, withTemplate],
  grub: [withGrubText],
  proxmox: [withProxmoxText],
};

// --- The Boot Loader Specification's files -------------------------------------------------------------------

function withEntryText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const name = posix.dirname(path).endsWith(`/${ENTRIES}`) ? entryName(posix.basename(path)) : undefined;
  if (name === undefined) return foreseen;
  const partition = partitionOf(path);
  const named = new Map(foreseen.named);
  if (text === undefined) named.delete(path);
  else named.set(path, filesNamedBy(text, partition));
  const entry = text === undefined ? undefined : entryFrom(foreseen, { ...name, path }, text, partition);
  const change = (entries: Fact<readonly LoaderEntry[]>): Fact<readonly LoaderEntry[]> => {
    if (!entries.known) return entries;
    const at = entries.value.findIndex((one) => one.path === path);
    const others = entries.value.filter((one) => one.path !== path);
    if (entry === undefined) return known(others);
    return entry.known ? known(others.toSpliced(at === -1 ? others.length : at, 0, entry.value)) : entry;
  };
  const { kernelstub, systemdBoot } = foreseen.state.bootLoader;
  const changed = withLoader(
    { ...foreseen, named },
    {
      ...(kernelstub?.esp.known === true && kernelstub.esp.value.mountPoint === partition
        ? { kernelstub: { ...kernelstub, entries: change(kernelstub.entries) } }
        : {}),
      ...(systemdBoot !== undefined &&
      [systemdBoot.esp.mountPoint, systemdBoot.boot.mountPoint].includes(partition)
        ? {
            systemdBoot: {
              ...systemdBoot,
              entries: change(systemdBoot.entries),
              files: withTextIn(systemdBoot.files, path, text),
            },
          }
        : {}),
    },
  );
  return isOurs(name.id) ? withPinText(changed, path, text) : changed;
}

function entryFrom(
  foreseen: ForeseenState,
  name: Parameters<typeof entryOf>[0],
  text: string,
  partition: string,
): Fact<LoaderEntry> {
  const unseen = Object.values(filesNamedBy(text, partition))
    .map((path) => fileAt(foreseen, path))
    .find((file) => !file.known);
  if (unseen?.known === false) return unseen;
  return known(
    entryOf(name, text, partition, (path) => {
      const file = fileAt(foreseen, path);
      return file.known ? file.value : undefined;
    }),
  );
}

function withLoaderConf(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const configured = loaderSetting(text ?? "", "default");
  const change = (setting: Fact<LoaderDefault>): Fact<LoaderDefault> => {
    return setting.known ? known({ ...setting.value, file: text !== undefined, configured }) : setting;
  };
  const { kernelstub, systemdBoot } = foreseen.state.bootLoader;
  if (kernelstub?.esp.known === true && loaderConf(kernelstub.esp.value.mountPoint) === path) {
    const loaderDefault = change(kernelstub.loaderDefault);
    return withPinText(withLoader(foreseen, { kernelstub: { ...kernelstub, loaderDefault } }), path, text);
  }
  if (systemdBoot !== undefined && loaderConf(systemdBoot.esp.mountPoint) === path) {
    const [loaderDefault, files] = [
      change(systemdBoot.loaderDefault),
      withTextIn(systemdBoot.files, path, text),
    ];
    return withLoader(foreseen, { systemdBoot: { ...systemdBoot, loaderDefault, files } });
  }
  return foreseen;
}

function withTextIn(
  files: Fact<readonly TextFile[]>,
  path: string,
  text: string | undefined,
): Fact<readonly TextFile[]> {
  return files.known ? known(withTextFile(files.value, path, text)) : files;
}

// --- What tools read -----------------------------------------------------------------------------------------

function withPinText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  return withPins(foreseen, ({ texts, copies }) => ({ texts: withTextFile(texts, path, text), copies }));
}

function withKernelstubText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const { kernelstub } = foreseen.state.bootLoader;
  if (kernelstub?.esp.known !== true) return foreseen;
  if (pinHooks(kernelstub.esp.value.mountPoint).some((hook) => hook.path === path))
    return withPins(foreseen, ({ texts, copies }) => ({
      texts: withTextFile(texts, path, text).map((file) =>
        file.path === path ? { ...file, mode: HOOK_MODE } : file,
      ),
      copies,
    }));
  const { configuration } = kernelstub;
  if (path !== CONFIGURATION && !(configuration.known && configuration.value.path === path)) return foreseen;
  const file = (configuration.known ? configuration.value.file : undefined) ?? {
    mode: 0o644,
    uid: 0,
    gid: 0,
  };
  const parsed =
    text === undefined
      ? unknown(`${path} is taken away, and what kernelstub reads instead is not known`)
      : parseConfiguration(path, text, file);
  return withLoader(foreseen, { kernelstub: { ...kernelstub, configuration: parsed } });
}

/** What kernel-install makes new entries from. */
function withTemplate(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const { systemdBoot } = foreseen.state.bootLoader;
  if (path !== TEMPLATE || systemdBoot === undefined) return foreseen;
  const files = withTextIn(systemdBoot.files, path, text);
  return withLoader(foreseen, { systemdBoot: { ...systemdBoot, files } });
}

function withGrubText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const { grub } = foreseen.state.bootLoader;
  if (grub === undefined) return foreseen;
  if (path === MENU) {
    const menu =
      text === undefined ? unknown(`${MENU} is taken away`) : known(parseMenu(text, contextOf(grub)));
    return withLoader(foreseen, { grub: { ...grub, menu } });
  }
  if (path === CUSTOM || path === grub.custom.file?.path)
    return withLoader(foreseen, { grub: { ...grub, custom: customWith(grub, path, text) } });
  if (path === ENVIRONMENT)
    return withLoader(foreseen, { grub: { ...grub, environment: known(parseEnvironmentBlock(text ?? "")) } });
  const isSetting = path === SETTINGS || /^[^.].*\.cfg$/.test(posix.relative(DROP_INS, path));
  const files = grub.settings.known ? grub.settings.value : [];
  if (!grub.settings.known || !(isSetting || files.some((file) => file.path === path))) return foreseen;
  return withLoader(foreseen, { grub: { ...grub, settings: known(sourced(files, path, text)) } });
}

function customWith(grub: GrubFacts, path: string, text: string | undefined): GrubCustom {
  const { menu, custom } = grub;
  const sourced = menu.known && menu.value.customAt !== undefined;
  if (text === undefined || !menu.known || !sourced) return { sourced };
  const present = custom.file ?? { path, mode: 0o644, uid: 0, gid: 0 };
  const its = parseMenu(text, { ...contextOf(grub), partOf: menu.value });
  return { sourced, file: { ...present, text }, menu: its };
}

/** A changed file keeps its place; a new drop-in takes the one that sh's glob gives it. */
function sourced(
  files: readonly GrubSettingsFile[],
  path: string,
  text: string | undefined,
): readonly GrubSettingsFile[] {
  const at = files.findIndex((file) => file.path === path);
  const present = files[at];
  if (present !== undefined)
    return text === undefined ? files.toSpliced(at, 1) : files.with(at, { ...present, text });
  if (text === undefined) return files;
  const added = { path, text, mode: 0o644, uid: 0, gid: 0 };
  const next =
    path === SETTINGS ? 0 : files.findIndex((file) => file.path.startsWith(DROP_INS) && file.path > path);
  return files.toSpliced(next === -1 ? files.length : next, 0, added);
}

function withProxmoxText(foreseen: ForeseenState, path: string, text: string | undefined): ForeseenState {
  const { proxmox } = foreseen.state.bootLoader;
  if (proxmox?.files.known !== true) return foreseen;
  const before = proxmox.files.value;
  const file = (present: TextFile | undefined): TextFile | undefined =>
    withTextFile(present === undefined ? [] : [present], path, text)[0];
  const change = <K extends Exclude<keyof ProxmoxFiles, "added">>(
    key: K,
    value: ProxmoxFiles[K],
  ): ForeseenState => {
    const files = known({ ...before, [key]: value });
    return withLoader(foreseen, { proxmox: { ...proxmox, files } });
  };
  const release = pinOf(text);
  switch (path) {
    case CMDLINE:
      return change("cmdline", file(before.cmdline));
    case REFRESHED:
      return change("refreshed", file(before.refreshed));
    case PIN:
      return change("pin", release);
    case NEXT_BOOT_PIN:
      return change("nextBootPin", nextBootPinOf(text));
    default:
      return foreseen;
  }
}
