import { posix } from "node:path";
import type { Call } from "./command.ts";
import { Failure } from "./failure.ts";
import { fileKind, whatItIs, whereItGoes } from "./file-kind.ts";
import type { Opened, Target } from "./io.ts";
import { readInput } from "./input-file.ts";
import { shellWords } from "./shell-words.ts";

/** The machine that the options name; the running host when they name none. */
export async function targetOf(call: Call): Promise<Target> {
  const { options, io } = call;
  if (options.capture !== undefined)
    return { kind: "capture", capture: await readCaptureFile(call, options.capture) };
  if (options.root === undefined) return { kind: "host" };
  const root = posix.resolve(io.cwd, options.root);
  if (root === "/") return { kind: "host" };
  if (io.workspace.stat(root)?.kind !== "directory") {
    throw new Failure("folder-missing", `--root ${options.root}: there is no such folder`);
  }
  return { kind: "root", root, chroot: options.chroot };
}

/** Where the root of the target lies on this machine, so that a path of its journal can be opened as printed. */
export function rootOf({ io, options }: Call): string {
  return posix.resolve(io.cwd, options.root ?? "/");
}

/** The options that name the same target again, as typed. */
export function targetWords({ root, chroot }: Call["options"]): readonly string[] {
  return [...(root === undefined ? [] : ["--root", root]), ...(chroot ? ["--chroot"] : [])];
}

export async function openTarget(call: Call): Promise<Opened> {
  return call.open(await targetOf(call));
}

async function readCaptureFile(call: Call, path: string) {
  const file = readInput(call.io, path, "the capture");
  const read = await call.engine.readCapture(file.bytes);
  if ("capture" in read) return read.capture;
  const kind = fileKind(file);
  if (kind === "capture") {
    throw new Failure("invalid-capture", `${path} is not a capture that this hostcfg can read`, {
      diagnostics: read.diagnostics,
      hint: `take it again on the host: ${shellWords(["hostcfg", "capture", "--out", path])}`,
    });
  }
  // A file given by mistake: --out onto it would be the next mistake.
  throw new Failure("invalid-capture", `${path} is not a capture: it is ${whatItIs(file)}`, {
    hint:
      whereItGoes(file) ?? "take a capture on the host: sudo hostcfg capture SPEC --out host.capture.json",
  });
}
