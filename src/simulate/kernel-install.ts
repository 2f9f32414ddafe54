import { layoutOf } from "../platform/platforms.ts";
import { posix } from "node:path";
import { splitLine } from "../cmdline.ts";
import { ENTRIES } from "../boot/bls/entries.ts";
import { keysOfAdded } from "../boot/systemd-boot/kernel-install.ts";
import { TEMPLATE, optionsOfNewEntry } from "../boot/systemd-boot/template.ts";
import { byKernelInstall } from "../boot/systemd-boot/steps.ts";
import { known } from "../facts/fact.ts";
import type { Fact, LoaderDefault } from "../model/index.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { doubtful, fileAt, withCopyOf, withLoader } from "./foreseen-state.ts";
import { withText } from "./texts.ts";

/**
 * One run of `kernel-install add` (kernel-install(8), 90-loaderentry.install of systemd 252): copies of the kernel and of
 * its initrd in the folder of the release, and its entry, which has the template's options.
 */
export function afterKernelInstall(foreseen: ForeseenState, release: string): ForeseenState {
  const { systemdBoot } = foreseen.state.bootLoader;
  if (systemdBoot === undefined) return foreseen;
  const { boot, token, tries, files, entries } = systemdBoot;
  const template = files.known ? files.value.find(({ path }) => path === TEMPLATE) : undefined;
  const { cmdline } = foreseen.state.running;
  // Without a template it takes the options of this boot.
  const line =
    template === undefined
      ? cmdline.known
        ? withoutLoaders(cmdline.value)
        : undefined
      : optionsOfNewEntry(template.text, foreseen.state);
  if (!token.known || !entries.known || line === undefined)
    return doubtful(foreseen, `what kernel-install writes without ${TEMPLATE} is not known`);
  const layout = layoutOf(foreseen.state);
  const [image, initrd] = [layout.image(release), layout.initrd(release)];
  const kernel = fileAt(foreseen, image);
  // It refuses a kernel that is not there.
  if (kernel.known && kernel.value === undefined) return foreseen;
  const folder = posix.join("/", token.value, release);
  const [linux, ramdisk] = [posix.join(folder, "linux"), posix.join(folder, posix.basename(initrd))];
  const onBoot = (path: string): string => posix.join(boot.mountPoint, path);
  const copies = withCopyOf(withCopyOf(foreseen, image, onBoot(linux)), initrd, onBoot(ramdisk));
  const { os: identity } = foreseen.state.identity;
  const { machineId, sortKey } = keysOfAdded(entries.value, token.value, identity);
  const os = identity.known ? identity.value : undefined;
  const counter = tries === undefined ? "" : `+${tries}`;
  const text = [
    `title ${os?.prettyName ?? os?.name ?? "Linux"}`,
    `version ${release}`,
    ...(machineId === undefined ? [] : [`machine-id ${machineId}`]),
    ...(sortKey === undefined ? [] : [`sort-key ${sortKey}`]),
    `options ${byKernelInstall(line, token.value).join(" ")}`,
    `linux ${linux}`,
    `initrd ${ramdisk}`,
    "",
  ].join("\n");
  return withText(copies, onBoot(`${ENTRIES}/${token.value}-${release}${counter}.conf`), text);
}

/** What a loader adds to the line by itself. */
function withoutLoaders(line: string): string[] {
  return splitLine(line).filter((option) => !/^(?:BOOT_IMAGE|initrd)=/.test(option));
}

/** Debian's hooks of kernel-install come with systemd-boot, and no fact tells whether they are there. */
export function mayKernelInstall(foreseen: ForeseenState, release: string): readonly ForeseenState[] {
  return foreseen.state.bootLoader.systemdBoot === undefined
    ? [foreseen]
    : [foreseen, afterKernelInstall(foreseen, release)];
}

/** `bootctl set-default` (bootctl(1)): any name is taken, and an empty one takes the variable away. */
export function afterSetDefault(foreseen: ForeseenState, pattern: string): ForeseenState {
  return withVariable(foreseen, { variable: pattern === "" ? undefined : pattern });
}

/** `bootctl set-oneshot`, likewise. */
export function afterSetOnce(foreseen: ForeseenState, id: string): ForeseenState {
  return withVariable(foreseen, { oneShot: id === "" ? undefined : id });
}

function withVariable(
  foreseen: ForeseenState,
  variable: Pick<LoaderDefault, "variable" | "oneShot">,
): ForeseenState {
  const changed = <S extends Pick<LoaderDefault, "variablesKnown">>(setting: Fact<S>): Fact<S> =>
    setting.known && setting.value.variablesKnown ? known({ ...setting.value, ...variable }) : setting;
  const { kernelstub, systemdBoot, proxmox } = foreseen.state.bootLoader;
  return withLoader(foreseen, {
    ...(proxmox === undefined ? {} : { proxmox: { ...proxmox, variables: changed(proxmox.variables) } }),
    ...(kernelstub === undefined
      ? {}
      : { kernelstub: { ...kernelstub, loaderDefault: changed(kernelstub.loaderDefault) } }),
    ...(systemdBoot === undefined
      ? {}
      : { systemdBoot: { ...systemdBoot, loaderDefault: changed(systemdBoot.loaderDefault) } }),
  });
}
