import { posix } from "node:path";
import type { Diagnostic } from "../model/index.ts";
import type { UnitFacts, UnitWays } from "./read.ts";
import type { Passed } from "./way.ts";
import { trustProblems, whyFleeting } from "./trust.ts";
import { whyNoArgument, whyNoProgram } from "./unit-words.ts";
import type { UnitCommand } from "./unit.ts";
import { UNIT, UNIT_NAME } from "./unit.ts";

/** What of the host keeps a unit from being enabled. */
export function hostProblems({ systemd, unit }: UnitFacts): readonly Diagnostic[] {
  const foreign = unit.present.kind !== "absent" && !unit.own;
  return [
    ...(systemd
      ? []
      : [
          {
            severity: "error",
            code: "verify-no-systemd",
            summary: "there is no systemd here that reads units from /etc/systemd/system",
            hint: "let your service manager run: hostcfg verify --record SPEC",
          } as const,
        ]),
    ...(foreign
      ? [
          {
            severity: "error",
            code: "verify-unit-foreign",
            summary:
              unit.present.kind === "symlink" && unit.present.target === "/dev/null"
                ? `${UNIT} is masked`
                : `${UNIT} is there, and hostcfg did not write it`,
            hint:
              unit.present.kind === "symlink"
                ? `sudo systemctl unmask ${UNIT_NAME}, or remove the link`
                : "move it away if you do not need it",
            address: UNIT,
          } as const,
        ]
      : []),
  ];
}

/** What of the paths that the unit would name does. */
export function commandProblems(command: UnitCommand, ways: UnitWays): readonly Diagnostic[] {
  const words = [
    { path: command.executable, why: whyNoProgram(command.executable) },
    ...[command.script, command.spec].flatMap((path) =>
      path === undefined ? [] : [{ path, why: whyNoArgument(path) }],
    ),
  ];
  const programs = [{ path: command.executable, way: ways.executable }, ...ways.scripts];
  return [
    ...words.flatMap(({ path, why }): Diagnostic[] =>
      why === undefined
        ? []
        : [
            {
              severity: "error",
              code: "verify-path-characters",
              summary: `${JSON.stringify(path)} cannot be written in a unit: ${why}`,
              hint: "put it at a path with plain characters",
            },
          ],
    ),
    ...onlyFirst(
      programs.flatMap(({ path, way }): Diagnostic[] => {
        if (way === undefined) return [missingProgram(path)];
        const why = whyFleeting(way, ways.mounts);
        return why === undefined ? [...trustProblems(way, "program")] : [fleeting(path, why)];
      }),
    ),
    ...specProblems(command.spec, ways.spec, ways),
    ...(ways.include === undefined ? [] : specProblems(ways.include.path, ways.include.way, ways)),
  ];
}

function specProblems(
  spec: string,
  way: readonly Passed[] | undefined,
  { mounts }: UnitWays,
): readonly Diagnostic[] {
  if (way === undefined) return [];
  const why = whyFleeting(way, mounts);
  return [...(why === undefined ? [] : [fleeting(spec, why)]), ...trustProblems(way, "spec")];
}

function missingProgram(path: string): Diagnostic {
  return {
    severity: "error",
    code: "verify-program-missing",
    summary: `${path} is not in this root, and the unit would have to run it`,
    hint: "install hostcfg and Node.js there at the same paths, or enable verify once that host runs",
    address: path,
  };
}

function fleeting(path: string, why: string): Diagnostic {
  return {
    severity: "error",
    code: "verify-path-fleeting",
    summary: `${path} may be gone when the unit needs it: ${why}`,
    hint: "put it on a disk of the host, e.g. the spec into /etc/hostcfg",
    address: path,
  };
}

/** All files of a program are mostly in one folder, with one and the same problem. */
function onlyFirst(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, address = "" }) => {
    const key = `${code} ${posix.dirname(address)}`;
    return seen.size < seen.add(key).size;
  });
}
