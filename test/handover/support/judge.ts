import type { Diagnostic } from "../../../src/model/index.ts";
import type { Finding, Judged, Run, Says } from "./expectations.ts";

/** What a command said. */
export interface Answer {
  readonly exit: number;
  /** All that it printed. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly requirements: readonly Judged[];
}

/** Where an answer is not the right one, as sentences; none where it is. */
export function misses(run: Run, answer: Answer): string[] {
  const { exit, finds = [], neverFinds = [], requirements = {}, says = [], neverSays = [] } = run;
  const found = answer.diagnostics.map(line).join("\n");
  return [
    ...(exit === undefined || exit === answer.exit ? [] : [`exit code ${answer.exit}, not ${exit}`]),
    ...finds
      .filter((finding) => !often(finding, answer.diagnostics.filter((one) => fits(finding, one)).length))
      .map((finding) => `does not find ${JSON.stringify(finding)} among:\n${found}`),
    ...neverFinds.flatMap((finding) =>
      answer.diagnostics
        .filter((one) => fits(finding, one))
        .map((one) => `finds ${JSON.stringify(finding)}: ${line(one)}`),
    ),
    ...Object.entries(requirements).flatMap(([address, wanted]) =>
      unmet(address, [wanted].flat(), answer.requirements),
    ),
    ...says
      .filter((text) => !matches(text, answer.text))
      .map((text) => `does not say ${text}:\n${answer.text}`),
    ...neverSays.filter((text) => matches(text, answer.text)).map((text) => `says ${text}:\n${answer.text}`),
  ];
}

function often({ times }: Finding, found: number): boolean {
  return times === undefined ? found > 0 : found === times;
}

function unmet(address: string, wanted: readonly string[], all: readonly Judged[]): string[] {
  const there = all.find((requirement) => requirement.address === address);
  if (there !== undefined && wanted.includes(there.status)) return [];
  const is = there === undefined ? "missing" : `${there.status} (${there.reason})`;
  return [`${address} is ${is}, not ${wanted.join(" or ")}`];
}

export function fits({ severity, code, at, says = [] }: Finding, diagnostic: Diagnostic): boolean {
  const { summary, detail = "", hint = "", address = "", specPath = [] } = diagnostic;
  return (
    (severity === undefined || severity === diagnostic.severity) &&
    (code === undefined || matches(code, diagnostic.code)) &&
    (at === undefined || matches(at, `${address} ${specPath.join(".")}`)) &&
    everyOf(says, `${summary}\n${detail}\n${hint}`)
  );
}

function everyOf(says: Says, text: string): boolean {
  return [says].flat().every((one) => matches(one, text));
}

/** A blank stands for any blanks: a view breaks its lines. */
export function matches(expression: string, text: string): boolean {
  return new RegExp(expression.replaceAll(" ", "\\s+"), "i").test(text);
}

export function line({ severity, code, summary, address, hint }: Diagnostic): string {
  return `  ${severity}[${code}] ${address ?? ""} ${summary} // ${hint ?? ""}`;
}
