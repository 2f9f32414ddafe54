import type { RootFolder } from "../root-folder.ts";

/** The folder is made on every run, whatever the run then does. */
const FOLDER = "/etc/kernelstub";
const FILE = `${FOLDER}/configuration`;
const FALLBACK = "/etc/default/kernelstub";
const REVISION = 3;

/** An exception that kernelstub does not catch: a traceback and exit code 1. */
export class Traceback extends Error {}

/** The file as kernelstub holds it in memory. Only `user` drives it; unknown keys stay. */
export interface Configuration {
  readonly default?: Settings;
  readonly user: Settings;
}

export type Settings = Record<string, unknown>;

/** As config.py of kernelstub 3.1.4 loads it: file, else fallback, else built-in; old revisions are brought up. */
export function loadConfiguration(root: RootFolder): Configuration {
  const file = [FILE, FALLBACK].find((path) => root.exists(path));
  const document = file === undefined ? { default: builtIn() } : parse(root.text(file), file);
  const configuration = { ...document, ...parts(document) };
  bringUp(configuration);
  root.makeFolder(FOLDER);
  return configuration;
}

/** In place, as Python's json.dump with indent=2: no line break at the end, non-ASCII escaped. */
export function saveConfiguration(root: RootFolder, configuration: Configuration): void {
  const text = JSON.stringify(configuration, null, 2);
  root.overwrite(
    FILE,
    text.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/**
 * Splits nothing, joins only: a token with a double quote swallows the next ones up to one with another double
 * quote, or up to the end, and leaves empty tokens in their places.
 */
export function joinQuoted(tokens: readonly string[]): string[] {
  const joined = [...tokens];
  for (let at = 0; at < joined.length; at++) {
    let token = joined[at] ?? "";
    if (!token.includes('"')) continue;
    for (let next = at + 1; next < joined.length; next++) {
      const swallowed = joined[next] ?? "";
      token = `${token} ${swallowed}`;
      joined[next] = "";
      if (swallowed.includes('"')) break;
    }
    joined[at] = token;
  }
  return joined;
}

/** `str.split()` of Python. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** `default` is only needed where `user` is missing or old. */
function parts(document: Settings): Configuration {
  const user = document["user"];
  if (user !== undefined && document["default"] === undefined) return { user: settings(user) };
  const base = settings(document["default"]);
  // A copy of the object, but not of the list in it: what is appended later lands in both.
  return { default: base, user: user === undefined ? { ...base } : settings(user) };
}

function bringUp({ default: base, user }: Configuration): void {
  const revision = user["config_rev"];
  if (typeof revision !== "number") throw new Traceback("KeyError: 'config_rev'");
  if (revision > REVISION) {
    throw new Traceback("kernelstub.config.ConfigError: Configuration cannot be understood!");
  }
  if (revision === REVISION) {
    splitString(user);
    return;
  }
  for (const part of [user, settings(base)]) {
    if (revision < 2) part["live_mode"] = false;
    splitString(part);
    part["config_rev"] = REVISION;
  }
}

function splitString(part: Settings): void {
  const options = part["kernel_options"];
  if (typeof options === "string") part["kernel_options"] = joinQuoted(words(options));
}

function builtIn(): Settings {
  return {
    kernel_options: ["quiet", "splash"],
    esp_path: "/boot/efi",
    setup_loader: false,
    manage_mode: false,
    force_update: false,
    live_mode: false,
    config_rev: REVISION,
  };
}

function parse(text: string, file: string): Settings {
  try {
    return settings(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Traceback(`json.decoder.JSONDecodeError: ${file}`);
    throw error;
  }
}

function settings(value: unknown): Settings {
  if (!isSettings(value)) throw new Traceback("KeyError: 'default'");
  return value;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
