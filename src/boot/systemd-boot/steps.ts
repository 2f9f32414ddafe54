import { posix } from "node:path";
import { splitLine } from "../../cmdline.ts";
import type { Change, TextFile } from "../../model/index.ts";
import { defaultInFile, defaultInVariable } from "../bls/default-step.ts";
import { withOptions } from "../bls/entry-file.ts";
import { loaderConf } from "../bls/loader-default.ts";
import type { BootWish, DraftStep } from "../loader.ts";
import { expected, writeText } from "../write-text.ts";
import { adding } from "./kernel-install.ts";
import type { Host } from "./driven-host.ts";
import { TEMPLATE, withTemplateOptions } from "./template.ts";
import type { Target } from "./target.ts";
import { isPinned } from "./target.ts";

/**
 * The line of an entry that kernel-install makes (90-loaderentry.install of systemd 252 and 257): all lines of the template
 * joined and, where the token is the machine's id, that id. It is written by the echo of dash(1), which takes some
 * backslashes for its own.
 */
export function byKernelInstall(template: readonly string[], token: string): string[] {
  const named = template.some((option) => option.includes("systemd.machine_id="));
  const words = [...template, ...(MACHINE_ID.test(token) && !named ? [`systemd.machine_id=${token}`] : [])];
  return words.some((word) => word.includes("\\")) ? splitLine(echoed(words.join(" "))) : words;
}

const ESCAPES = new Map(
  Object.entries({ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" }),
);

function echoed(line: string): string {
  const written = line.replaceAll(
    /\\(?:0([0-7]{0,3})|([abcfnrtv\\]))/g,
    (_all, octal?: string, letter = "") =>
      octal === undefined
        ? (ESCAPES.get(String(letter)) ?? END)
        : String.fromCharCode(Number.parseInt(octal || "0", 8)),
  );
  return written.split(END)[0] ?? "";
}

/** Stands for `\c`, after which echo writes nothing. */
const END = "\0END";

/** machine-id(5) */
const MACHINE_ID = /^[0-9a-f]{32}$/;

interface Work {
  readonly wish: BootWish;
  readonly target: Target;
  readonly pattern: string;
  readonly changes: readonly Change[];
  readonly template: TextFile | undefined;
  readonly forNew: readonly string[] | undefined;
  readonly line: string;
  readonly rebuilt: string | undefined;
}

export function stepsFor(host: Host, work: Work): DraftStep[] {
  const { wish, target, pattern, changes, template, forNew, line, rebuilt } = work;
  if (changes.length === 0 && !target.missing) return [];
  const addresses = changes.map(({ address }) => address);
  const ofOptions = addresses.filter((address) => address.startsWith("kernelOptions."));
  const steps: DraftStep[] = [];
  if (forNew !== undefined) {
    const content = withTemplateOptions(template?.text ?? "\n", forNew);
    if (content !== template?.text)
      steps.push(
        writeText(
          {
            // The hooks of packages run kernel-install before the rest, and without a template it takes this boot's line.
            stage: template === undefined ? "sources" : "options",
            title: "write the options of new entries",
            serves: ofOptions.length > 0 ? ofOptions : addresses,
            path: TEMPLATE,
            content,
          },
          template,
        ),
      );
  }
  if (target.missing) {
    steps.push(
      adding("loader", target.release ?? "", {
        serves: [...addresses, ...(rebuilt === undefined ? [] : ["kernel.initrd"])],
        touches: [target.entry.path],
        flushes: [posix.dirname(target.entry.path), posix.dirname(target.entry.image?.path ?? "/boot/x")],
      }),
    );
  } else {
    const file = host.files.find(({ path }) => path === target.entry.path);
    if (file !== undefined && line !== splitLine(target.entry.options).join(" "))
      steps.push(
        writeText(
          {
            stage: "entries",
            title: "write the options of the entry that boots next",
            serves: ofOptions,
            path: file.path,
            content: withOptions(file.text, line),
          },
          file,
        ),
      );
  }
  if (wish.release !== undefined && !isPinned(host, target)) steps.push(defaultStep(host, pattern));
  for (const { path } of target.former) {
    const file = host.files.find((one) => one.path === path);
    if (file === undefined) continue;
    const title = "remove the old entry: two entries with one name contradict each other";
    steps.push({ stage: "cleanup", kind: "remove", title, serves: [], path, ...expected(file) });
  }
  return steps;
}

function defaultStep(host: Host, pattern: string): DraftStep {
  const serves = ["kernel.release"];
  if (host.setting.variable !== undefined) return defaultInVariable(pattern, serves);
  return defaultInFile(loaderConf(host.facts.esp.mountPoint), host.files, pattern, serves);
}
