import { shellQuote } from "../../shell-quote.ts";
import { posix } from "node:path";
import type { LoaderEntry } from "../../model/index.ts";
import { loaderConf } from "../bls/loader-default.ts";
import { isTrial, isWayBack } from "../bls/way-back-entry.ts";

/** The files of a pin: hostcfg's own entry and copies on the ESP, and the hooks that keep them true. */

const PREFIX = "hostcfg-";

export function pinId(release: string): string {
  return `${PREFIX}${release}`;
}

export function isPin(id: string): boolean {
  return id.startsWith(PREFIX) && !isWayBack(id) && !isTrial(id);
}

/** Whether hostcfg wrote the entry of this id. */
export function isOurs(id: string): boolean {
  return id.startsWith(PREFIX);
}

export function releaseOfPin({ id }: Pick<LoaderEntry, "id">): string {
  return id.slice(PREFIX.length);
}

/** Folder of the copies. */
export function pinFolder(esp: string, release: string): string {
  return posix.join(esp, "EFI/hostcfg", release);
}

export const COPY_NAMES = { image: "vmlinuz", initrd: "initrd.img" } as const;

/**
 * The default that names a pin and no other entry, whichever systemd-boot reads it: up to version 244 an entry's id is
 * its file name without `.conf`, since then with it. Where the glob for both would name another entry too, the newer
 * one decides.
 */
export function pinPattern(release: string, entries: readonly LoaderEntry[]): string {
  const id = pinId(release);
  const others = entries.some((entry) => entry.id !== id && entry.id.startsWith(id));
  return others ? `${id}.conf` : `${id}*`;
}

/** An entry of the Boot Loader Specification; its paths begin at the root of the ESP. */
export function pinEntry(release: string, os: string, options: string): string {
  const folder = pinFolder("/", release);
  return [
    `title ${os} (${release}, pinned by hostcfg)`,
    `version ${release}`,
    `linux ${posix.join(folder, COPY_NAMES.image)}`,
    `initrd ${posix.join(folder, COPY_NAMES.initrd)}`,
    `options ${options}`,
    "",
  ].join("\n");
}

export const HOOK_MODE = 0o755;

export interface Hook {
  readonly path: string;
  readonly content: string;
}

/** The hooks, which run-parts(8) calls with the release; their names come after kernelstub's. */
export function pinHooks(esp: string): readonly Hook[] {
  return [
    { path: REFRESH, content: refreshHook(esp) },
    { path: "/etc/initramfs/post-update.d/zzz-hostcfg", content: INITRAMFS_HOOK },
    { path: "/etc/kernel/prerm.d/zzz-hostcfg", content: guardHook(esp) },
  ];
}

const REFRESH = "/etc/kernel/postinst.d/zzz-hostcfg";

const INITRAMFS_HOOK = `#!/bin/sh
# Written by hostcfg. Run after an initrd was rebuilt: the copies of a pinned kernel on the ESP follow.
if [ -x ${REFRESH} ]; then exec ${REFRESH} "$@"; fi
`;

/** Both files are copied whole before the first takes its place, so a full ESP changes neither. */
function refreshHook(esp: string): string {
  return `#!/bin/sh
# Written by hostcfg. Run after a kernel or its initrd has changed: where hostcfg has pinned that kernel, its copies on
# the ESP are made anew, so that they never grow older than the modules on the disk. It chooses no kernel.
set -eu
release=\${1:-}
case $release in '' | .* | */*) exit 0 ;; esac
copies=${shellQuote(posix.join(esp, "EFI/hostcfg"))}/$release
[ -d "$copies" ] || exit 0
image=/boot/vmlinuz-$release
initrd=/boot/initrd.img-$release
# A new kernel's first hooks may run before its initrd is there.
if [ ! -s "$image" ] || [ ! -s "$initrd" ]; then exit 0; fi

copy() {
    if cmp -s "$1" "$2"; then return 0; fi
    if cp "$1" "$2.new" && sync "$2.new"; then return 0; fi
    rm -f "$copies"/*.new
    echo "hostcfg: $1 could not be copied to $copies, which keeps its old copies" >&2
    exit 1
}
rm -f "$copies"/*.new
copy "$image" "$copies/${COPY_NAMES.image}"
copy "$initrd" "$copies/${COPY_NAMES.initrd}"
for name in ${COPY_NAMES.image} ${COPY_NAMES.initrd}; do
    [ -e "$copies/$name.new" ] || continue
    mv "$copies/$name.new" "$copies/$name"
    sync "$copies/$name"
done
sync "$copies"
`;
}

/** A kernel that is removed takes its modules with it, and its copies on the ESP would start without any. */
function guardHook(esp: string): string {
  const entries = shellQuote(posix.join(esp, "loader/entries"));
  return `#!/bin/sh
# Written by hostcfg. Run before a kernel is removed: refuses the one that is pinned and boots next, and clears away the
# entry and the copies of one that was pinned before.
set -eu
case \${DEB_MAINT_PARAMS:-remove} in *upgrade*) exit 0 ;; esac
release=\${1:-}
case $release in '' | .* | */*) exit 0 ;; esac
entry=${entries}/${PREFIX}$release.conf
[ -e "$entry" ] || exit 0
default=$(sed -n 's/^[[:space:]]*default[[:space:]][[:space:]]*//p' ${shellQuote(loaderConf(esp))} | tail -n 1)
case $default in
"${PREFIX}$release*" | "${PREFIX}$release.conf" | "${PREFIX}$release")
    echo "hostcfg: $release is pinned and boots next, so it is not removed." >&2
    echo "hostcfg: declare another kernel.release and run hostcfg apply first, or remove $0." >&2
    exit 1
    ;;
esac
rm -f "$entry"
sync ${entries}
rm -rf ${shellQuote(posix.join(esp, "EFI/hostcfg"))}/"$release"
`;
}
