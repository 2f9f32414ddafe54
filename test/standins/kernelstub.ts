import { posix } from "node:path";
import { parseArgs } from "node:util";
import { ValueError } from "./kernelstub/debian-version.ts";
import type { Settings } from "./kernelstub/configuration.ts";
import {
  Traceback,
  joinQuoted,
  loadConfiguration,
  saveConfiguration,
  words,
} from "./kernelstub/configuration.ts";
import { NoBlockDevice, rootUuid } from "./kernelstub/drives.ts";
import { Esp } from "./kernelstub/esp.ts";
import { Log } from "./kernelstub/log.ts";
import { newestPairs } from "./kernelstub/pairs.ts";
import type { Machine, Program } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

/**
 * kernelstub 3.1.4, from what was seen of it and read in its source: which kernel it takes, what it writes on the
 * ESP and in its configuration, in which order, and which exit codes it has, lying ones included. Its hazards
 * are there on purpose. Not there: `--print-config`, `--delete-options` (its order is random), other roots, and
 * stub mode, which writes the firmware's variables.
 */
export const kernelstub: Program = (args, machine) => {
  const log = new Log(machine.root, args);
  try {
    return log.ran(work(optionsOf(args), machine, log));
  } catch (error) {
    if (error instanceof Exit) return log.ran(error.code);
    if (error instanceof NoBlockDevice) {
      log.error("Drive", `Could not find a block device for the a partition. ${error.message}`);
      return log.ran(174);
    }
    if (error instanceof Traceback || error instanceof ValueError) {
      return log.ran(1, `Traceback (most recent call last):\n${error.message}\n`);
    }
    throw error;
  }
};

/** kernelstub ends in the middle of its work with this exit code. */
class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

type Options = ReturnType<typeof optionsOf>;

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "dry-run": { type: "boolean", short: "c", default: false },
      "esp-path": { type: "string", short: "e" },
      "kernel-path": { type: "string", short: "k" },
      "initrd-path": { type: "string", short: "i" },
      options: { type: "string", short: "o" },
      "add-options": { type: "string", short: "a" },
      loader: { type: "boolean", short: "l", default: false },
      "no-loader": { type: "boolean", short: "n", default: false },
      "manage-only": { type: "boolean", short: "m", default: false },
      "force-update": { type: "boolean", short: "f", default: false },
      verbose: { type: "boolean", short: "v", default: false },
      "preserve-live-mode": { type: "boolean", default: false },
    },
  });
  return values;
}

function work(options: Options, machine: Machine, log: Log): number {
  const { root } = machine;
  const configuration = loadConfiguration(root);
  log.info("Config", "Looking for configuration...");
  const { user } = configuration;
  if (options["preserve-live-mode"] && user["live_mode"] === true) {
    log.warning("", "Live mode is enabled! We are thus exiting with 0.");
    return 0;
  }
  user["live_mode"] = false;
  if (options["esp-path"] !== undefined) user["esp_path"] = options["esp-path"];

  const chosen = chooseKernel(options, root, log);
  const { list, espPath, setupLoader, force } = settle(user, options);
  const uuid = rootUuid(espPath, machine);
  const esp = new Esp(root, espPath, uuid);
  const line = `root=UUID=${uuid} ro ${list.join(" ")}`;
  log.info("", `Kernel Boot Options:.${list.join(" ")}`);

  const dryRun = options["dry-run"];
  copyKernel(esp, chosen, line, { setupLoader, force, dryRun }, log);
  backUpOld(esp, chosen, line, { setupLoader, dryRun }, log);
  if (!dryRun && !esp.copy("/proc/cmdline", "cmdline")) {
    throw new Traceback("kernelstub.installer.FileOpsError: Could not copy one or more files.");
  }
  saveConfiguration(root, configuration);
  return 0;
}

interface Chosen {
  readonly kernel: string;
  readonly initrd: string;
  readonly oldKernel: string;
  readonly oldInitrd: string;
}

/** Each path that is given counts by itself; the old kernel is looked for without regard to them. */
function chooseKernel(options: Options, root: RootFolder, log: Log): Chosen {
  const { newest, previous } = newestPairs(root);
  const linked = (name: string, first: string, second: string): string =>
    [first, second].map((folder) => posix.join(folder, name)).find((path) => root.exists(path)) ??
    posix.join(second, name);
  const chosen = {
    kernel: options["kernel-path"] ?? newest?.kernel ?? linked("vmlinuz", "/boot", "/"),
    initrd: options["initrd-path"] ?? newest?.initrd ?? linked("initrd.img", "/boot", "/"),
    oldKernel: previous?.kernel ?? linked("vmlinuz.old", "/", "/boot"),
    oldInitrd: previous?.initrd ?? linked("initrd.img.old", "/", "/boot"),
  };
  for (const [what, path] of [
    ["kernel", chosen.kernel],
    ["initrd", chosen.initrd],
  ]) {
    if (path === undefined || root.exists(path)) continue;
    log.error("", `Can't find the ${what ?? ""} image '${path}'!`);
    throw new Exit(0);
  }
  return chosen;
}

/** The options of the command line into the settings, in kernelstub's order, and the settings that count. */
function settle(user: Settings, options: Options) {
  if (options.options !== undefined) user["kernel_options"] = joinQuoted(words(options.options));
  if (options.loader) user["setup_loader"] = true;
  if (options["no-loader"]) user["setup_loader"] = false;
  if (options["manage-only"]) user["manage_mode"] = true;
  const list: unknown = user["kernel_options"];
  const { esp_path: espPath, setup_loader: setupLoader, manage_mode: manageMode, force_update: force } = user;
  if (
    !Array.isArray(list) ||
    typeof espPath !== "string" ||
    setupLoader === undefined ||
    force === undefined
  ) {
    throw new Exit(169);
  }
  if (manageMode !== true) throw new Error("the stand-in for kernelstub knows no stub mode");
  const tokens = joinQuoted(options["add-options"]?.split(" ") ?? []);
  for (const token of tokens) if (!list.includes(token)) list.push(token);
  return {
    list: list.map(String),
    espPath,
    setupLoader: setupLoader === true,
    force: options["force-update"] || force === true,
  };
}

interface Manner {
  readonly setupLoader: boolean;
  readonly dryRun: boolean;
}

function copyKernel(
  esp: Esp,
  chosen: Chosen,
  line: string,
  manner: Manner & { readonly force: boolean },
  log: Log,
): void {
  log.info("Installer", "Copying Kernel into ESP");
  if (manner.dryRun) return;
  if (!esp.copy(chosen.kernel, "vmlinuz.efi", true)) throw new Exit(170);
  log.info("Installer", "Copying initrd.img into ESP");
  if (!esp.copy(chosen.initrd, "initrd.img")) throw new Exit(171);
  if (!manner.setupLoader) return;
  log.info("Installer", "Setting up loader.conf configuration");
  esp.setDefault(manner.force);
  esp.writeEntry("current", { linux: "vmlinuz.efi", initrd: "initrd.img", line });
}

/** A dry run holds the copies back, but not the entry. */
function backUpOld(esp: Esp, chosen: Chosen, line: string, manner: Manner, log: Log): void {
  log.info("Installer", "Backing up old kernel");
  if (esp.sameFile(chosen.oldKernel, chosen.kernel)) {
    log.info("Installer", "No old kernel found, skipping");
    return;
  }
  const copies = [
    [chosen.oldKernel, "vmlinuz-previous.efi"],
    [chosen.oldInitrd, "initrd.img-previous"],
  ] as const;
  const copied = manner.dryRun || copies.map(([from, to]) => esp.copy(from, to)).every((done) => done);
  if (manner.setupLoader && copied) {
    esp.writeEntry("oldkern", { linux: "vmlinuz-previous.efi", initrd: "initrd.img-previous", line });
  }
}
