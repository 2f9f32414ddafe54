import type { Capture } from "../host/capture.ts";
import type { Host } from "../host/host.ts";
import type { Reader } from "../host/reader.ts";
import type { Tree } from "../host/tree.ts";
import type { Timing } from "../apply/timing.ts";

/** All that the command line touches outside its own arguments. Tests and the demo bring their own. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Width of the terminal on each, in columns; undefined where it is none. */
  readonly stdoutColumns: number | undefined;
  readonly stderrColumns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Whether this process has effective user id 0. */
  readonly privileged: boolean;
  /** The clock of this machine, for people: it may be wrong, and jump. */
  /** What runs, by absolute paths without links: Node and the script that it was given, or hostcfg's own executable. */
  readonly program: { readonly executable: string; readonly script: string | undefined };
  now(): Date;
  readonly timing: Timing;
  /** All of stdin. Throws HostError where it is more than a text has. */
  readStdin(): Promise<Uint8Array>;
  /** Puts a question on stderr and reads one line of stdin; empty at the end of input. */
  ask(question: string): Promise<string>;
  /**
   * Aborted by SIGINT, SIGTERM or SIGHUP. Only what must not be cut reads it: from then on these signals no longer end
   * the process by themselves.
   */
  readonly interrupted: AbortSignal;
  /** Tells of each of these signals, the first included; to be called by who reads {@link interrupted}. */
  onInterrupt(listener: (times: number) => void): void;
  /** The machine where hostcfg runs: the spec, .deb files, captures and saved plans. */
  readonly workspace: Workspace;
  open(target: Target): Opened;
}

export interface Workspace extends Reader {
  /**
   * Replaces or creates a file as a whole, with mode 0600: what root reads of a host is not for all its users. A link
   * at `path` is replaced, never followed.
   */
  write(path: string, text: string): void;
  /**
   * Replaces or creates a file as a whole in the folder of `sibling`, for version control: with mode 0644 and, where
   * possible, the owner of `sibling` (of the folder, where that is gone). A link at `path` is replaced, never followed:
   * root may be working in a user's folder.
   */
  writeBeside(sibling: string, path: string, text: string): void;
}

/** The machine that a command is about. */
export type Target =
  | { readonly kind: "host" }
  /** Another root tree, e.g. a mounted disk; its programs run only with `chroot`. `root` is absolute. */
  | { readonly kind: "root"; readonly root: string; readonly chroot: boolean }
  | { readonly kind: "capture"; readonly capture: Capture };

export interface Opened {
  /** For the recorder of `capture`. */
  readonly tree: Tree;
  /** A new look: nothing it answers is older than this call. */
  reader(): Reader;
  /** Absent for a capture, which nothing can be applied to. */
  readonly host?: Host;
}
