import { posix } from "node:path";
import type { Reader } from "../host/reader.ts";
import type { Fact, Fingerprint, MountFact } from "../model/index.ts";
import { fingerprint } from "../journal/fingerprint.ts";
import { textOf } from "../facts/text-of.ts";
import type { UnitCommand } from "./unit.ts";
import { UNIT, WANTED, commandOf, isOwnUnit } from "./unit.ts";
import type { Passed } from "./way.ts";
import { wayTo } from "./way.ts";

/** What stands on a host of verify at boot. */
export interface UnitFacts {
  /** systemd is installed here. */
  readonly systemd: boolean;
  readonly unit: {
    readonly present: Fingerprint;
    /** The present text where it is text. */
    readonly text?: string;
    /** hostcfg wrote it. */
    readonly own: boolean;
    /** What it runs, where that can be told. */
    readonly command?: UnitCommand;
  };
  readonly link: {
    readonly present: Fingerprint;
    /** It starts the unit at boot. */
    readonly wants: boolean;
  };
}

/** Where Debian, Fedora and Arch, and older ones of them, have process 1; NixOS has no such file. */
const SYSTEMD = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

/** Throws HostError where it may not be read. */
export function readUnit(reader: Reader): UnitFacts {
  const present = fingerprint(reader, UNIT);
  const bytes = present.kind === "file" ? reader.readFile(UNIT) : undefined;
  const text = bytes === undefined ? undefined : textOf(bytes);
  const command = text === undefined ? undefined : commandOf(text);
  const link = fingerprint(reader, WANTED);
  return {
    systemd: SYSTEMD.some((path) => reader.stat(path) !== undefined),
    unit: {
      present,
      ...(text === undefined ? {} : { text }),
      own: text !== undefined && isOwnUnit(text),
      ...(command === undefined ? {} : { command }),
    },
    link: {
      present: link,
      wants: link.kind === "symlink" && posix.resolve(posix.dirname(WANTED), link.target) === UNIT,
    },
  };
}

/** The ways to what the unit would run and judge; undefined where it is not there. */
export interface UnitWays {
  readonly spec: readonly Passed[] | undefined;
  /** To the base file of the spec; absent where it includes none. */
  readonly include?: { readonly path: string; readonly way: readonly Passed[] | undefined };
  readonly executable: readonly Passed[] | undefined;
  /** To each file beside the script, for each is run. */
  readonly scripts: readonly { readonly path: string; readonly way: readonly Passed[] | undefined }[];
  readonly mounts: Fact<readonly MountFact[]>;
}

/** Throws HostError where it may not be read. */
export function readWays(
  reader: Reader,
  { executable, script, spec }: UnitCommand,
  mounts: Fact<readonly MountFact[]>,
  include?: string,
): UnitWays {
  return {
    spec: wayTo(reader, spec),
    ...(include === undefined ? {} : { include: { path: include, way: wayTo(reader, include) } }),
    executable: wayTo(reader, executable),
    scripts: script === undefined ? [] : scriptsBeside(reader, script),
    mounts,
  };
}

function scriptsBeside(reader: Reader, script: string): UnitWays["scripts"] {
  const folder = posix.dirname(script);
  const files = (reader.list(folder) ?? []).map((name) => posix.join(folder, name));
  const others = files.filter((path) => path !== script && reader.stat(path)?.kind === "file");
  return [script, ...others].map((path) => ({ path, way: wayTo(reader, path) }));
}
