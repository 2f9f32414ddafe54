import type { TextFile } from "../../model.ts";
import type { DraftStep } from "../loader.ts";
import { writeText } from "../write-text.ts";
import { LOADER_DEFAULT } from "../efi-variables.ts";
import { withDefault } from "./entry-file.ts";

/** The one write that changes what boots next: loader.conf's default. */
export function defaultInFile(
  path: string,
  files: readonly TextFile[],
  pattern: string,
  serves: readonly string[],
): DraftStep {
  const file = files.find((one) => one.path === path);
  const content = withDefault(file?.text ?? "", pattern);
  return writeText({ stage: "default", title: titleOf(pattern), serves, path, content }, file);
}

/** Where the EFI variable LoaderEntryDefault beats loader.conf. bootctl takes any name and exits 0. */
export function defaultInVariable(pattern: string, serves: readonly string[]): DraftStep {
  return {
    stage: "default",
    kind: "exec",
    title: titleOf(pattern),
    serves,
    argv: ["bootctl", "set-default", pattern],
    inputs: [],
    touches: [LOADER_DEFAULT],
    flushes: [],
    timeoutSeconds: 60,
  };
}

function titleOf(pattern: string): string {
  return `make ${pattern} the default`;
}
