import type { TextFile } from "../../model/index.ts";
import type { DraftStep } from "../loader.ts";
import { removeText, writeText } from "../write-text.ts";
import { LOADER_DEFAULT } from "../efi-variables.ts";
import { run } from "../run.ts";
import { withDefault, withPassingDefault } from "./entry-file.ts";

/** The one write that changes what boots next: loader.conf's default. */
export function defaultInFile(
  path: string,
  files: readonly TextFile[],
  pattern: string,
  serves: readonly string[],
): DraftStep {
  return written({ path, files, pattern, serves, change: withDefault });
}

/** As {@link defaultInFile}, for as long as the plan is carried out. */
export function passingDefaultInFile(
  path: string,
  files: readonly TextFile[],
  pattern: string,
  serves: readonly string[],
): DraftStep {
  return written({ path, files, pattern, serves, change: withPassingDefault });
}

interface Switch {
  readonly path: string;
  readonly files: readonly TextFile[];
  readonly pattern: string;
  readonly serves: readonly string[];
  readonly change: (text: string, pattern: string) => string;
}

function written({ path, files, pattern, serves, change }: Switch): DraftStep {
  const file = files.find((one) => one.path === path);
  const content = change(file?.text ?? "", pattern);
  return writeText({ stage: "default", title: titleOf(pattern), serves, path, content }, file);
}

/**
 * Gives loader.conf back what it said before another default was put there. Where it says nothing at all then, it goes:
 * it was made for that default.
 *
 * @param former The default of before; undefined where none was named.
 */
export function defaultBackInFile(
  path: string,
  files: readonly TextFile[],
  { former, text }: { readonly former: string | undefined; readonly text: string },
  serves: readonly string[],
): DraftStep {
  const file = files.find((one) => one.path === path);
  const title = former === undefined ? "let nothing name a default again" : titleOf(former);
  const step = { stage: "default", title, serves, path } as const;
  return text === "" && file !== undefined
    ? removeText(step, file)
    : writeText({ ...step, content: text }, file);
}

/** Where the EFI variable LoaderEntryDefault beats loader.conf. */
export function defaultInVariable(pattern: string, serves: readonly string[]): DraftStep {
  return run(
    "default",
    { does: "set-default", by: "bootctl", entry: pattern },
    {
      title: titleOf(pattern),
      serves,
      touches: [LOADER_DEFAULT],
    },
  );
}

function titleOf(pattern: string): string {
  return `make ${pattern} the default`;
}
