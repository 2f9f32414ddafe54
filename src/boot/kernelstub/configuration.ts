import { isRecord, parseJson } from "../../facts/json.ts";
import { known, unknown } from "../../facts/fact.ts";
import type { Fact, KernelstubConfiguration } from "../../model/index.ts";
import { splitLine } from "../../cmdline.ts";

/** Read first, and the only one that is ever written. */
export const CONFIGURATION = "/etc/kernelstub/configuration";
/** Read where the other is missing. */
export const FALLBACK_CONFIGURATION = "/etc/default/kernelstub";

/** What a kernelstub without any configuration works with (kernelstub 3.1.4, config.py). */
export const BUILT_IN_TEXT = JSON.stringify({
  default: {
    kernel_options: ["quiet", "splash"],
    esp_path: "/boot/efi",
    setup_loader: false,
    manage_mode: false,
    force_update: false,
    live_mode: false,
    config_rev: 3,
  },
});

const NEWEST_REVISION = 3;

/**
 * kernelstub's configuration: only `user` drives it, and a missing `user` is a copy of `default`. Revisions 1 to
 * 3 are read, each with the options as one string or as a list. What kernelstub itself would die on (bad JSON, no
 * or an unknown `config_rev`, a missing key) is unknown, with the file and the fault.
 */
export function parseConfiguration(
  path: string,
  text: string,
  file?: KernelstubConfiguration["file"],
): Fact<KernelstubConfiguration> {
  const document = objectIn(text);
  if (typeof document === "string")
    return unknown(`${path} is not valid JSON${document}; kernelstub cannot read it either`);
  const user = userPart(document);
  if (user === undefined) return unknown(`${path} has neither a "user" nor a "default" object`);
  const revision = user["config_rev"];
  if (revision !== 1 && revision !== 2 && revision !== NEWEST_REVISION) {
    return unknown(
      `${path} has config_rev ${revision === undefined ? "missing" : JSON.stringify(revision)}; hostcfg knows 1 to 3`,
    );
  }
  if (revision !== NEWEST_REVISION && !isRecord(document["default"])) {
    return unknown(
      `${path} is of revision ${revision} and has no "default" object; kernelstub crashes on that`,
    );
  }
  const options = optionList(user["kernel_options"]);
  if (options === undefined)
    return unknown(`${path}: "kernel_options" is neither a list of strings nor a string`);
  const espPath = user["esp_path"];
  if (typeof espPath !== "string" || !espPath.startsWith("/"))
    return unknown(`${path}: "esp_path" is no absolute path`);
  const switches = {
    setupLoader: user["setup_loader"],
    manageMode: user["manage_mode"],
    forceUpdate: user["force_update"],
  };
  for (const value of Object.values(switches)) {
    if (typeof value !== "boolean") {
      return unknown(`${path}: "setup_loader", "manage_mode" and "force_update" must be true or false`);
    }
  }
  return known({
    path,
    text,
    file,
    revision,
    options,
    espPath,
    setupLoader: switches.setupLoader === true,
    manageMode: switches.manageMode === true,
    forceUpdate: switches.forceUpdate === true,
    // Only since revision 2; kernelstub adds it as false.
    liveMode: user["live_mode"] === true,
  });
}

/**
 * The text with other options, in kernelstub's own form (JSON, two blanks of indent, no line break at the end).
 * Everything else in it stays, keys that we do not know included; options are always written as a list, which
 * every revision accepts and which alone keeps quotes whole.
 */
export function withOptions(text: string, options: readonly string[]): string {
  const document = objectIn(text);
  const user = typeof document === "string" ? undefined : userPart(document);
  if (typeof document === "string" || user === undefined)
    throw new Error("only a configuration that was parsed can be changed");
  return JSON.stringify({ ...document, user: { ...user, kernel_options: options } }, null, 2);
}

function userPart(document: Record<string, unknown>): Record<string, unknown> | undefined {
  const part = document["user"] ?? document["default"];
  return isRecord(part) ? part : undefined;
}

/**
 * Single options, by the line that kernelstub makes of the list: an element may hold several, or a part of one, and
 * empty ones are nothing.
 */
function optionList(value: unknown): string[] | undefined {
  if (typeof value === "string") return splitLine(value);
  if (!Array.isArray(value)) return undefined;
  const elements: unknown[] = value;
  const texts = elements.filter((element) => typeof element === "string");
  return texts.length === elements.length ? splitLine(texts.join(" ")) : undefined;
}

/** What it says, or what is wrong with it: with the line, where JSON.parse tells the place. */
function objectIn(text: string): Record<string, unknown> | string {
  try {
    const document: unknown = parseJson(text);
    return isRecord(document) ? document : " with an object";
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    return at === undefined ? "" : ` (line ${text.slice(0, Number(at)).split("\n").length})`;
  }
}
