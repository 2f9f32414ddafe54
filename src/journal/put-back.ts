import { LOADER_DEFAULT, decodeVariable } from "../boot/efi-variables.ts";
import type { UnnumberedStep } from "../boot/loader.ts";
import { run } from "../boot/run.ts";
import type { Fingerprint } from "../model/index.ts";
import type { PreImage } from "./pre-images.ts";

/** What stands now at the path that is to be put back. */
interface Present {
  readonly present: Fingerprint;
  /** Where it is text. */
  readonly presentText?: string;
  /** A file that holds what was too large to keep. */
  readonly source?: string;
}

/** The step that puts a path back; `undefined` where what it held is nowhere any more. */
export function puttingBack(
  image: PreImage & { readonly name?: string },
  { present, presentText, source }: Present,
): UnnumberedStep | undefined {
  const { path: place, name: path = place } = image;
  if (path === LOADER_DEFAULT) return puttingVariableBack(image);
  const base = { title: `put ${path} back as it was`, serves: [path], path };
  const before = presentText === undefined ? {} : { before: presentText };
  switch (image.kind) {
    case "absent":
      return {
        ...base,
        kind: "remove",
        title: `remove ${path} (it did not exist before)`,
        ...(image.folders === undefined ? {} : { folders: image.folders }),
        ...before,
        expect: present,
      };
    case "symlink":
      return { ...base, kind: "symlink", target: image.target, expect: present };
    case "file": {
      const { base64, mode, uid, gid } = image;
      const at = place === path ? {} : { at: place };
      return { ...base, ...at, kind: "restore", base64, mode, uid, gid, ...before, expect: present };
    }
    case "large-file": {
      const { sha256, size } = image;
      if (source === undefined) return undefined;
      return { ...base, kind: "copyFile", from: source, sha256, size, expect: present };
    }
  }
}

/** The EFI variable LoaderEntryDefault, which only bootctl writes; an empty id takes it away (bootctl(1)). */
function puttingVariableBack(image: PreImage): UnnumberedStep | undefined {
  if (image.kind !== "file" && image.kind !== "absent") return undefined;
  const pattern = image.kind === "file" ? decodeVariable(Buffer.from(image.base64, "base64")) : "";
  const { stage: _stage, ...step } = run(
    "boot",
    { does: "set-default", by: "bootctl", entry: pattern },
    {
      title: pattern === "" ? "let loader.conf name the default again" : `make ${pattern} the default again`,
      serves: [LOADER_DEFAULT],
      touches: [LOADER_DEFAULT],
    },
  );
  return step;
}
