import type { Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

const VARIABLES = "/sys/firmware/efi/efivars";
/** systemd-boot's vendor GUID (Boot Loader Interface). */
const variable = (name: string): string => `${VARIABLES}/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;
/** Kept without power, readable by the loader and by the running system (UEFI specification 8.2). */
const ATTRIBUTES = Buffer.from([7, 0, 0, 0]);

/**
 * bootctl(1) of systemd 252, only `set-default ID` and `set-oneshot ID`, which are one function there, as it was seen to work with the variables in a folder: any name is
 * taken, an empty one removes the variable, and without the variable LoaderInfo it refuses.
 */
export const bootctl: Program = (args, { root }) => {
  const [verb, id] = args;
  const name = verb === "set-default" ? "LoaderEntryDefault" : "LoaderEntryOneShot";
  if (
    (verb !== "set-default" && verb !== "set-oneshot") ||
    id === undefined ||
    id.startsWith("@") ||
    args.length !== 2
  )
    throw untaught("bootctl", args);
  if (!root.isFolder(VARIABLES)) return failed(1, "Not booted with UEFI.\n");
  if (!root.exists(variable("LoaderInfo"))) return failed(1, "Not booted with a supported boot loader.\n");
  const path = variable(name);
  if (id === "") root.remove(path);
  else root.overwrite(path, Buffer.concat([ATTRIBUTES, Buffer.from(`${id}\0`, "utf16le")]));
  return succeeded();
};
