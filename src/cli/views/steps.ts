import { posix } from "node:path";
import type { ExecStep, Step } from "../../model/index.ts";
import { shellWords } from "../shell-words.ts";
import type { Style } from "../style.ts";
import type { TerminalText } from "../terminal-text.ts";
import { text } from "../terminal-text.ts";

/** A step: what it is for, and below it what will really be done. */
export function stepLines(step: Step, style: Style): readonly TerminalText[] {
  const number = String(step.id).padStart(3);
  return [text`${number}. ${step.title}`, ...actLines(step, style).map((act) => text`     ${act}`)];
}

/** What will really be done, without the line that says what for. */
export function actLines(step: Step, style: Style): readonly TerminalText[] {
  switch (step.kind) {
    case "writeFile": {
      const size = Buffer.byteLength(step.content);
      return [text`write ${step.path} ${style.dim(text`(${size} bytes, shown above)`)}`];
    }
    case "restore": {
      const size = Buffer.from(step.base64, "base64").length;
      const owner = `mode ${step.mode.toString(8).padStart(4, "0")}, owner ${step.uid}:${step.gid}`;
      return [text`write ${step.path} ${style.dim(text`(${size} bytes, ${owner})`)}`];
    }
    case "symlink":
      return [text`link ${step.path} -> ${step.target}`];
    case "copyFile":
      return [text`copy ${step.from} -> ${step.path} ${style.dim(text`(${mebibytes(step.size)})`)}`];
    case "remove":
      return [text`remove ${step.path}`];
    case "exec":
      return execLines(step, style);
  }
}

function execLines(
  { argv, inputs, touches, timeoutSeconds }: ExecStep,
  style: Style,
): readonly TerminalText[] {
  const notes = [
    ...inputs.map(({ path, sha256 }) => `reads ${posix.basename(path)} (sha256 ${sha256.slice(0, 12)}…)`),
    ...touches.map((path) => `rewrites ${path}`),
    `time limit ${duration(timeoutSeconds)}`,
  ];
  return [...commandLines(argv), ...notes.map((note) => style.dim(note))];
}

/** Columns after which a command goes on in the next line. */
const WIDEST = 100;

/** The command as it could be typed, a long one over several lines. */
function commandLines(argv: readonly string[]): readonly TerminalText[] {
  const lines: string[] = [];
  let line = "$";
  for (const unit of unitsOf(argv)) {
    if (line !== "$" && line.length + unit.length > WIDEST) {
      lines.push(`${line} \\`);
      line = "   ";
    }
    line += ` ${unit}`;
  }
  return [...lines, line].map((content) => text`${content}`);
}

/** Quoted words; an option stays with the word after it, which may be its value. */
function unitsOf(argv: readonly string[]): readonly string[] {
  return argv.reduce<readonly string[]>((units, argument, at) => {
    const word = shortened(argument);
    const last = units.at(-1);
    const value = last !== undefined && argv[at - 1]?.startsWith("-") === true && !argument.startsWith("-");
    return value ? [...units.slice(0, -1), `${last} ${word}`] : [...units, word];
  }, []);
}

/** A script of hostcfg's own takes a page; `--json` has it whole. */
function shortened(argument: string): string {
  const lines = argument.split("\n");
  return lines.length < 4 ? shellWords([argument]) : `'${lines[0] ?? ""} ... (${lines.length} lines)'`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

function duration(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
