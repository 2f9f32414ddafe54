import { attempt, known } from "../facts/fact.ts";
import type { Reader } from "../host/reader.ts";
import type { FirmwareFacts } from "../model/index.ts";

const EFI = "/sys/firmware/efi";
/** EFI_GLOBAL_VARIABLE (UEFI specification 3.3); efivarfs puts four bytes of attributes in front of the value. */
const SECURE_BOOT = `${EFI}/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`;

/** What the firmware of this boot says. A host that booted by BIOS has no Secure Boot. */
export function readFirmware(reader: Reader): FirmwareFacts {
  if (reader.stat("/sys/firmware") !== undefined && reader.stat(EFI) === undefined)
    return { secureBoot: known(false) };
  return {
    secureBoot: attempt(SECURE_BOOT, () => secureBoot(reader), "the EFI variable SecureBoot is not there"),
  };
}

/** What the firmware of this boot is, as GRUB calls it; undefined where this boot's /sys is not to be seen. */
export function readPlatform(reader: Reader): "efi" | "pc" | undefined {
  if (reader.stat(EFI) !== undefined) return "efi";
  return reader.stat("/sys/firmware") === undefined ? undefined : "pc";
}

function secureBoot(reader: Reader): boolean | undefined {
  const value = reader.readFile(SECURE_BOOT)?.at(4);
  return value === undefined ? undefined : value === 1;
}
