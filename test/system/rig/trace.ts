import { rmSync } from "node:fs";
import { posix } from "node:path";
import type { Machine, RunOptions } from "./machine.ts";
import type { Ran } from "./ran.ts";

/** What a traced command and all its children asked of the kernel. */
export interface Trace {
  readonly ran: Ran;
  /** Calls that change a file system, or tried to. */
  readonly mutations: readonly Mutation[];
  /** Programs that were started (not those that were only looked for along PATH), with their arguments. */
  readonly started: readonly (readonly string[])[];
}

export interface Mutation {
  readonly call: string;
  /** What it works on: absolute, not resolved. */
  readonly paths: readonly string[];
  /** As strace(1) printed it. */
  readonly text: string;
}

const OPENING = ["open", "openat", "openat2", "creat"];
const CHANGING = [
  ...[
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
  ],
  ...["link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown"],
  ...["fchownat", "truncate", "ftruncate", "fallocate", "utime", "utimes", "utimensat", "futimesat"],
  ...["mount", "umount2", "pivot_root", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr"],
  ...["fremovexattr", "swapon", "swapoff", "sethostname", "reboot", "init_module", "finit_module"],
];
const WRITING_FLAG = /\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b/;

/**
 * Where the open files of a process are. hostcfg names what it writes by the open folder that it is in
 * (/proc/self/fd/N/name), and strace prints what it was given.
 */
export class Descriptors {
  readonly #paths = new Map<string, string>();

  /** @param result Of a call that opens, decoded by strace: `21</boot>`. */
  opened(result: string): void {
    const [, fd, path] = /^(\d+)<(.*)>$/s.exec(result) ?? [];
    if (fd !== undefined && path !== undefined) this.#paths.set(fd, path);
  }

  resolve(path: string): string {
    const [, fd = "", rest = ""] = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/s.exec(path) ?? [];
    const folder = this.#paths.get(fd);
    return folder === undefined ? path : posix.resolve(folder, `.${rest}`);
  }
}

const LOG = "/run/trace";
const CALLS = [...OPENING, ...CHANGING, "execve", "execveat"].join(",");

/** What a command of the machine is put behind, to be told of by {@link traceOf}. */
export const STRACE: readonly string[] = [
  ...["strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", "--decode-fds=path"],
  ...["--string-limit=65536", `--output=${LOG}`, "--output-append-mode", `--trace=${CALLS}`, "--"],
];

/** What all commands behind {@link STRACE} did since this was last asked. */
export function traceOf(machine: Machine): Pick<Trace, "mutations" | "started"> {
  const text = machine.readText(LOG);
  rmSync(machine.path(LOG));
  return parseTrace(text);
}

/** Runs a command to its end under strace(1). */
export async function trace(
  machine: Machine,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Trace> {
  const ran = await machine.run([...STRACE, ...argv], options);
  return { ran, ...traceOf(machine) };
}

/** Reads strace's output: `PID call(arguments) = result`, where one call may be torn in two by another process. */
export function parseTrace(text: string): Pick<Trace, "mutations" | "started"> {
  const mutations: Mutation[] = [];
  const started: (readonly string[])[] = [];
  const open = new Map<string, Descriptors>();
  for (const { pid, call, args, result } of wholeCalls(text)) {
    const descriptors = open.get(pid) ?? new Descriptors();
    open.set(pid, descriptors);
    if (OPENING.includes(call)) descriptors.opened(result);
    if (call.startsWith("execve")) {
      if (result === "0") started.push(strings(/\[.*?\](?=, )/s.exec(args)?.[0] ?? ""));
    } else if (!OPENING.includes(call) || call === "creat" || WRITING_FLAG.test(withoutStrings(args))) {
      mutations.push({
        call,
        paths: pathsOf(call, args).map((path) => descriptors.resolve(path)),
        text: `${call}(${args}) = ${result}`,
      });
    }
  }
  return { mutations, started };
}

interface Call {
  readonly pid: string;
  readonly call: string;
  readonly args: string;
  /** Return value, with the errno name where there is one. */
  readonly result: string;
}

function wholeCalls(text: string): readonly Call[] {
  const torn = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of text.split("\n")) {
    const [, pid = "", rest = ""] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (rest.endsWith(" <unfinished ...>")) {
      torn.set(pid, rest.slice(0, -" <unfinished ...>".length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest)?.[1];
    const whole = resumed === undefined ? rest : `${torn.get(pid) ?? ""}${resumed}`;
    const [, call, args, result] = /^(\w+)\((.*)\)\s+= (\d+<[^>]*>|\S+(?: E[A-Z0-9]+)?)/s.exec(whole) ?? [];
    if (call !== undefined && args !== undefined && result !== undefined)
      calls.push({ pid, call, args, result });
  }
  return calls;
}

/** Every path among the arguments; one that is relative is put below the folder descriptor before it. */
function pathsOf(call: string, args: string): readonly string[] {
  const paths: string[] = [];
  let folder = "";
  // The text of a link that is made is no path that is written to.
  const considered = call.startsWith("symlink") ? args.slice(args.indexOf('", ') + 2) : args;
  for (const [, descriptor, string] of considered.matchAll(/(?:\w+<([^>]*)>)|"((?:[^"\\]|\\.)*)"/g)) {
    if (descriptor !== undefined) folder = descriptor;
    else if (string !== undefined) paths.push(posix.resolve("/", folder, string));
  }
  return paths.length === 0 && folder !== "" ? [folder] : paths;
}

function strings(args: string): readonly string[] {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, string = ""]) => unescape(string));
}

/** strace escapes as C does. */
function unescape(string: string): string {
  return string.replace(/\\(["\\nt])/g, (_, sign: string) =>
    sign === "n" ? "\n" : sign === "t" ? "\t" : sign,
  );
}

function withoutStrings(args: string): string {
  return args.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}
