import { posix } from "node:path";

/** As {@link temporaryPrefix} begins and six random bytes end; `.new` is what grub-mkconfig makes of a name, `.tmp` mkinitcpio. */
const TEMPORARY = /^\..+\.hostcfg-[0-9a-f]{12}(?:\.(?:new|tmp))?$/;

/** How the names begin under which a file's replacement is made, in the same folder. */
export function temporaryPrefix(path: string): string {
  return `.${posix.basename(path)}.hostcfg-`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}
