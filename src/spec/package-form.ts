import type { ErrorObject } from "ajv";
import type { SpecPath } from "../model/index.ts";
import { isMapping, valueAt } from "./document.ts";
import { pathOf } from "./pointer.ts";
import type { Finding } from "./problem.ts";
import { shownPath } from "./shown.ts";

/** The two ways to name a kernel package, by their definitions in the schema. */
const FORMS = {
  PackageFile: ["file", "sha256"],
  PackageVersion: ["name", "version"],
} as const;

type Form = keyof typeof FORMS;

/**
 * For a value that fits none of a `oneOf`, ajv tells what is wrong with it in each of the forms. Only the form
 * that was meant is of interest; where that is not clear, only that it is not.
 */
export function onlyMeantForm(errors: readonly ErrorObject[], document: unknown): readonly ErrorObject[] {
  const formless = errors.filter((error) => error.keyword === "oneOf").map((error) => error.instancePath);
  if (formless.length === 0) return errors;
  const forms = new Map(
    formless.map((pointer) => [pointer, formOf(valueAt(document, pathOf(pointer, document)))]),
  );
  return errors.filter((error) => {
    const pointer = itemPointer(error.instancePath);
    if (!forms.has(pointer)) return true;
    const form = forms.get(pointer);
    return form === undefined ? error.keyword === "oneOf" : error.schemaPath.startsWith(`#/$defs/${form}/`);
  });
}

/** Packages are the only values with forms: `/kernel/packages/N` of a pointer to it or into it. */
function itemPointer(pointer: string): string {
  return pointer.split("/").slice(0, 4).join("/");
}

function formOf(value: unknown): Form | undefined {
  const file = FORMS.PackageFile.some((key) => has(value, key));
  const version = FORMS.PackageVersion.some((key) => has(value, key));
  if (file === version) return undefined;
  return file ? "PackageFile" : "PackageVersion";
}

function has(value: unknown, key: string): boolean {
  return isMapping(value) && Object.hasOwn(value, key);
}

export function packageForm(path: SpecPath, value: unknown): Finding {
  const keys = Object.values(FORMS)
    .flat()
    .filter((key) => has(value, key));
  return {
    code: "package-form",
    summary:
      keys.length === 0
        ? `${shownPath(path)} does not say which package it is`
        : `${shownPath(path)} mixes the two forms of a package: ${keys.join(", ")}`,
    hint: "give `file` and `sha256`, or `name` and `version`",
    path,
    at: "value",
  };
}
