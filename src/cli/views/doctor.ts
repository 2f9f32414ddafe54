import type { DoctorFinding, DoctorReport, DoctorSubject, DoctorVerdict } from "../../model/index.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text, written } from "../terminal-text.ts";
import { block } from "./block.ts";

/** One line a finding, with its evidence and its remedy below it. */
export function renderDoctor({ findings, verdict }: DoctorReport, style: Style): string {
  return written(
    [
      ...findings.flatMap((finding) => findingLines(finding, style)),
      text``,
      style.bold(text`${counts(findings)}: ${CONCLUSION[verdict]}`),
    ],
    style,
  );
}

const LABELS: Readonly<Record<DoctorSubject, string>> = {
  processor: "Processor",
  iommu: "IOMMU",
  interrupts: "Interrupts",
  graphics: "Graphics",
  loader: "Boot loader",
  "next-boot": "Next boot",
  initrds: "Initrds",
  "secure-boot": "Secure Boot",
  "acs-override": "ACS override",
  space: "Free space",
  unfinished: "Unfinished",
};

const WIDTH = Math.max(...Object.values(LABELS).map(({ length }) => length)) + 2;
const INDENT = " ".repeat("unknown  ".length + WIDTH);

function findingLines({ subject, verdict, says, evidence = [], remedy }: DoctorFinding, style: Style) {
  const [first = "", ...more] = says.split("\n");
  // Why this loader is asked for by whoever looks; of the rest only what is not well.
  const because = verdict === "pass" && subject !== "loader" ? [] : evidence;
  const head = text`${word(verdict, style)}${" ".repeat("unknown  ".length - verdict.length)}${LABELS[subject].padEnd(WIDTH)}`;
  return [
    ...[text`${head}${first}`, ...more.map((line) => text`${INDENT}${line}`)].map((line) =>
      line.wrapped(INDENT.length),
    ),
    ...because.map((clause) => style.dim(text`${INDENT}${clause}`.wrapped(INDENT.length))),
    ...(remedy === undefined ? [] : block(`${INDENT}remedy: `, remedy)),
  ];
}

function word(verdict: DoctorVerdict, style: Style): TerminalText {
  const paint = { pass: style.green, warn: style.yellow, fail: style.red, unknown: style.yellow };
  return paint[verdict](verdict);
}

function counts(findings: readonly DoctorFinding[]): string {
  return (["pass", "warn", "fail", "unknown"] as const)
    .map((verdict) => [verdict, findings.filter((one) => one.verdict === verdict).length] as const)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(", ");
}

const CONCLUSION: Readonly<Record<DoctorVerdict, string>> = {
  pass: "nothing is in the way.",
  warn: "nothing is broken; read what is marked.",
  fail: "mend what failed first.",
  unknown: "some things could not be seen.",
};
