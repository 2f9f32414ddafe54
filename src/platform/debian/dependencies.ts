import type { AvailablePackage, UnmetDependency } from "../platform.ts";
import { compareDebianVersions } from "./version.ts";

/** One package that a dependency would take. */
export interface Alternative {
  readonly name: string;
  /** Behind the colon: `any`, `native` or an architecture. */
  readonly qualifier?: string | undefined;
  readonly relation?: { readonly operator: Operator; readonly version: string };
  /** Between `[` and `]`. Only source packages have it; a built package should not. */
  readonly architectures?: readonly string[];
}

export type Operator = "<<" | "<=" | "=" | ">=" | ">>";

/** One clause between commas: any one of the alternatives will do. */
export interface Dependency {
  /** As written, without line breaks. */
  readonly text: string;
  readonly alternatives: readonly Alternative[];
}

/** The clauses of a Depends field (deb-control(5)) that none of the available packages meets. */
export function unmetDependencies(
  depends: string,
  available: readonly AvailablePackage[],
): UnmetDependency[] {
  return parseDependencies(depends).flatMap(({ text, alternatives }) => {
    const verdicts = alternatives.map((alternative) => judge(alternative, available));
    if (verdicts.includes("met")) return [];
    const certainty = verdicts.includes("absent") ? "possibly" : "surely";
    return [{ text, names: alternatives.map((alternative) => alternative.name), certainty }];
  });
}

/** A clause that deb-control(5) does not allow becomes an alternative by that whole name: no package meets it. */
export function parseDependencies(depends: string): Dependency[] {
  return pieces(depends.replace(/\s+/g, " "), ",").map((text) => ({
    text,
    alternatives: pieces(text, "|").map(parseAlternative),
  }));
}

function pieces(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "");
}

const ALTERNATIVE = new RegExp(
  [
    /^(?<name>[^\s:()[\]]+)/,
    /(?::(?<qualifier>[^\s:()[\]]+))?/,
    / ?(?:\( ?(?<operator><<|<=|=|>=|>>|<|>) ?(?<version>[^\s()]+) ?\))?/,
    / ?(?:\[(?<architectures>[^[\]]*)\])?$/,
  ]
    .map((part) => part.source)
    .join(""),
);

function parseAlternative(text: string): Alternative {
  const groups = ALTERNATIVE.exec(text)?.groups;
  const { name = text, qualifier, operator, version, architectures } = groups ?? {};
  return {
    name,
    qualifier,
    ...(operator === undefined || version === undefined
      ? {}
      : { relation: { operator: modern(operator), version } }),
    ...(architectures === undefined ? {} : { architectures: architectures.trim().split(/\s+/) }),
  };
}

/** dpkg still takes a lone `<` and `>`, and reads "or equal" into them. */
function modern(operator: string): Operator {
  switch (operator) {
    case "<":
      return "<=";
    case ">":
      return ">=";
    case "<<":
    case "<=":
    case ">=":
    case ">>":
      return operator;
    default:
      return "=";
  }
}

function judge(
  { name, relation }: Alternative,
  available: readonly AvailablePackage[],
): "met" | "absent" | "other version" {
  const candidates = available.filter((one) => one.name === name);
  if (candidates.length === 0) return "absent";
  if (relation === undefined) return "met";
  const { operator, version } = relation;
  return candidates.some((one) => holds(compareDebianVersions(one.version, version), operator))
    ? "met"
    : "other version";
}

function holds(order: number, operator: Operator): boolean {
  switch (operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}
