import { posix } from "node:path";
import { RootFolder } from "../../standins/root-folder.ts";

const variableAt = (name: string): string =>
  `/sys/firmware/efi/efivars/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;
const MENU = "/boot/grub/grub.cfg";
const CUSTOM = "/boot/grub/custom.cfg";

/**
 * What keeps the host from starting, by a look at the loader's own files that shares no code with hostcfg: the default
 * exists, and each kernel and initrd that it names is one of those that were seen whole.
 *
 * @param isWhole Whether these are all the bytes of a kernel or an initrd.
 */
export function startProblems(folder: string, isWhole: (bytes: Buffer) => boolean): string[] {
  const root = new RootFolder(folder);
  const missing = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => {
      if (!root.exists(path)) return [`${path} is named and not there`];
      return isWhole(root.read(path)) ? [] : [`${path} is named and not whole`];
    });
  const ofGrub = below(root, "/esp").filter((esp) => root.exists(`${esp}/EFI/proxmox/grubx64.efi`));
  if (ofGrub.length > 0) return ofGrub.flatMap((esp) => espOfGrubProblems(root, esp, missing));
  const esps = ["/boot/efi", "/efi", "/boot", ...below(root, "/esp")].filter((esp) =>
    root.exists(`${esp}/loader/loader.conf`),
  );
  if (esps.length > 0)
    return esps.flatMap((esp) =>
      [...chosenEntries(root, esp), ...entriesOnce(root, esp)]
        .flatMap(([at, text]) => {
          const named = [...text.matchAll(/^(?:linux|initrd)\s+(\S+)/gm)].map((found) =>
            posix.join(at, found[1] ?? ""),
          );
          return named.length < 2 ? [`an entry on ${esp} names no kernel and initrd`] : missing(named);
        })
        .concat(chosenEntries(root, esp).length === 0 ? [`${esp} has no entry that starts`] : []),
    );
  if (!root.exists(MENU)) return ["there is neither loader.conf nor grub.cfg"];
  const own = root.exists(CUSTOM) ? root.text(CUSTOM) : "";
  return menuProblems(`${root.text(MENU)}\n${own}`, missing);
}

function below(root: RootFolder, folder: string): string[] {
  return root.isFolder(folder) ? root.names(folder).map((name) => `${folder}/${name}`) : [];
}

/** The entries that the default names, and all where it names none: their file system and their text. */
function chosenEntries(root: RootFolder, esp: string): (readonly [string, string])[] {
  const inFile = /^default\s+(\S+)/m.exec(root.text(`${esp}/loader/loader.conf`))?.[1] ?? "";
  for (const pattern of [valueOf(root, "LoaderEntryDefault"), inFile]) {
    const found = entriesNamed(root, esp, pattern);
    if (found.length > 0) return found;
  }
  return entriesNamed(root, esp, "*");
}

/** The entry that is chosen for the next boot only. */
function entriesOnce(root: RootFolder, esp: string): (readonly [string, string])[] {
  return entriesNamed(root, esp, valueOf(root, "LoaderEntryOneShot"));
}

function entriesNamed(root: RootFolder, esp: string, pattern: string): (readonly [string, string])[] {
  return [...new Set([esp, "/boot"])].flatMap((at) =>
    below(root, `${at}/loader/entries`)
      .filter((path) => path.endsWith(".conf"))
      .filter((path) => ["", ".conf"].some((end) => isMatch(pattern, posix.basename(path, end))))
      .map((path) => [at, root.text(path)] as const),
  );
}

/** Of an EFI variable; empty where it is not there. */
function valueOf(root: RootFolder, name: string): string {
  const path = variableAt(name);
  return root.exists(path) ? root.read(path).subarray(4).toString("utf16le").replace(/\0.*$/s, "") : "";
}

/** fnmatch(3) as far as hostcfg and the tools write patterns. */
function isMatch(pattern: string, id: string): boolean {
  const escaped = pattern
    .replace(/[\\^$+.()|{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return pattern !== "" && new RegExp(`^${escaped}$`).test(id);
}

/** Only what the default starts: the tool writes the others in place meanwhile. */
function espOfGrubProblems(
  root: RootFolder,
  esp: string,
  missing: (paths: readonly string[]) => string[],
): string[] {
  const [menu, custom] = ["grub.cfg", "custom.cfg"].map((name) =>
    root.exists(`${esp}/grub/${name}`) ? root.text(`${esp}/grub/${name}`) : "",
  );
  const all = `${menu ?? ""}\n${custom ?? ""}`;
  const behind = /^set default=(\S+)$/m.exec(menu ?? "")?.[1];
  const chosen = behind ?? /^\s+set default="([^"$]*)"/m.exec(menu ?? "")?.[1] ?? "no default";
  const entries = [...all.matchAll(/^\s*menuentry [^\n]*'([^'\n]+)' \{\n([^}]*)\}/gm)];
  const last = chosen.split(">").at(-1) ?? "";
  const entry = /^\d+$/.test(last) ? entries[Number(last)] : entries.find(([, id]) => id === last);
  if (entry === undefined) return [`${esp}: its default ${chosen} is no entry`];
  const named = [...(entry[2] ?? "").matchAll(/^\s*(?:linux|initrd)\s+(\/\S+)/gm)].map(
    (found) => esp + (found[1] ?? ""),
  );
  return named.length < 2 ? [`${esp}: its default names no kernel and initrd`] : missing(named);
}

function menuProblems(menu: string, missing: (paths: readonly string[]) => string[]): string[] {
  const chosen = /^\s*set default="([^"$]*)"/m.exec(menu)?.[1] ?? "";
  const last = chosen.split(">").at(-1) ?? "";
  const isThere = /^\d*$/.test(last) || menu.includes(`'${last}' {`);
  const named = [...menu.matchAll(/^\s*(?:linux|initrd)\s+(\/\S+)/gm)].map((found) => found[1] ?? "");
  return [
    ...(isThere ? [] : [`the default ${chosen} is no entry of the menu`]),
    ...(named.length === 0 ? ["the menu has no kernel"] : missing(named)),
    ...bareDefault(menu, /^\d*$/.test(last) ? "" : last),
  ];
}

/** Each kernel of these hosts needs an initrd. Only the first entry is ever the default by its place. */
function bareDefault(menu: string, id: string): string[] {
  const entries = menu.split(/^\s*menuentry /m).slice(1);
  const entry = id === "" ? entries[0] : entries.find((one) => one.split("\n", 1)[0]?.includes(`'${id}' {`));
  return entry === undefined || /^\s*initrd\s+\S/m.test(entry) ? [] : ["the default has no initrd"];
}
