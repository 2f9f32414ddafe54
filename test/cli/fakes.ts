import { atBoot } from "../../src/trial/at-boot.ts";
import { planLeave } from "../../src/leave/make.ts";
import { makeKeep, verifyTrial } from "../../src/trial/keep.ts";
import { planTry } from "../../src/trial/make.ts";
import { unknown } from "../../src/facts/fact.ts";
import { posix } from "node:path";
import type { Engine } from "../../src/cli/engine.ts";
import type { Io, Opened, Target, Workspace } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { openCapture } from "../../src/cli/open-capture.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { Host } from "../../src/host/host.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Bootability, HostState, Plan, Verification } from "../../src/model/index.ts";
import type { ApplyInput } from "../../src/apply/apply.ts";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import type { Timing } from "../../src/apply/timing.ts";
import { MONOTONIC } from "../../src/apply/timing.ts";
import { readEarlier, readHistory, trialNow, unfinishedNow } from "../../src/journal/history.ts";
import { readPreImages } from "../../src/journal/pre-images.ts";
import { readStatus } from "../../src/verify-at-boot/status.ts";
import { makeUndo } from "../../src/undo/undo.ts";
import { planDisableVerify, planEnableVerify } from "../../src/verify-at-boot/make.ts";
import { recordVerification } from "../../src/verify-at-boot/record.ts";
import { readUndo } from "../../src/undo/facts.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { cardsToGive, firstLinks, firstSpec } from "../../src/plan/first-spec.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import type { Content } from "../support/host.ts";
import { captureOf, readerOf } from "../support/host.ts";
import { FULL_PLAN, VERIFICATION } from "./plans.ts";

export const SPEC = "apiVersion: hostcfg/v1\nkernelOptions:\n  present: [ amd_iommu=on ]\n";
const NOW = new Date("2026-01-02T03:04:05Z");

export interface Session {
  /** Files of the machine where hostcfg runs, below /desk when not absolute. */
  readonly files?: Readonly<Record<string, Content>>;
  readonly privileged?: boolean;
  /** stdin, stdout and stderr are a terminal. */
  readonly terminal?: boolean;
  /** What is typed at the question. */
  readonly answer?: string;
  /** What comes from a pipe. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupted?: AbortSignal;
  /** Each event `signal` is a ^C. */
  readonly signals?: EventTarget;
  readonly now?: () => Date;
  readonly timing?: Timing;
  readonly engine?: Partial<Engine>;
  readonly writeBeside?: Workspace["writeBeside"];
  /** The running host, or the one below --root; an empty one when left out. */
  readonly host?: Capture;
}

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly questions: readonly string[];
  readonly targets: readonly Target[];
  /** Files that hostcfg wrote on its own machine. */
  readonly written: Readonly<Record<string, string>>;
}

/** Runs one command line as a person would, on a machine in memory. */
export function run(line: string, session: Session = {}): Promise<Ran> {
  return runWith(engine(session.engine), line, session);
}

export async function runWith(engine: Engine, line: string, session: Session): Promise<Ran> {
  const io = fakeIo(session);
  const exit = await main(
    line.split(" ").filter((word) => word !== ""),
    io,
    engine,
  );
  const { out, err, questions, targets, written } = io.seen;
  return { exit, stdout: out.join(""), stderr: err.join(""), questions, targets, written };
}

/** The functions behind the commands: real where they are pure reading, else what a test says. */
export function engine(overrides: Partial<Engine> = {}): Engine {
  const notAsked = (what: string) => () => Promise.reject(new Error(`the test did not expect ${what}`));
  return {
    parseSpec: (path, bytes, readInclude) => Promise.resolve(parseSpec(path, bytes, readInclude)),
    checkDebs: () => Promise.resolve([]),
    probe: () => Promise.resolve(STATE),
    probeDebs: () => Promise.resolve([]),
    readHealth: () => Promise.resolve(undefined),
    readLock: () => Promise.resolve(undefined),
    lockNow: () => Promise.resolve(undefined),
    makePlan: () => Promise.resolve(FULL_PLAN),
    readSavedPlan: notAsked("a saved plan"),
    staleness: () => Promise.resolve([]),
    applyPlan: notAsked("an apply"),
    verify: () => Promise.resolve(VERIFICATION),
    bootToPredict: () => ({ options: unknown("not in this test"), optionsFrom: "", release: undefined }),
    overrideFor: () =>
      Promise.resolve({ acsOverride: "absent", acsOverrideEvidence: [], acsOverrideProven: true }),
    bootAfter: () => ({ options: unknown("not in this test"), optionsFrom: "", release: undefined }),
    overrideAfter: () =>
      Promise.resolve({ acsOverride: "absent", acsOverrideEvidence: [], acsOverrideProven: true }),
    unknownAddresses: () => [],
    sameDevice: () => false,
    checkBoot: () => Promise.resolve(BOOTABLE),
    lookAtNewInitrd: () => Promise.resolve({}),
    examine: notAsked("a doctor"),
    takeCapture: notAsked("a capture"),
    readCapture: notAsked("a capture"),
    groupsReport: notAsked("a groups report"),
    hostReport: notAsked("a report"),
    firstSpec,
    firstLinks,
    cardsToGive,
    readEarlier,
    readHistory,
    unfinishedNow,
    trialNow,
    readPreImages,
    readUndo,
    makeUndo,
    planTry,
    makeKeep,
    verifyTrial,
    atBoot,
    planLeave,
    planEnableVerify,
    planDisableVerify,
    recordVerification,
    readStatus,
    ...overrides,
  };
}

export const planOf = (plan: Plan): Partial<Engine> => ({ makePlan: () => Promise.resolve(plan) });

export const savedPlanOf = (plan: Plan): Partial<Engine> => ({
  readSavedPlan: () =>
    Promise.resolve({
      plan,
      source: {
        ...plan.spec,
        spec: { apiVersion: "hostcfg/v1" } satisfies HostSpec,
        diagnostics: [],
        locate: () => undefined,
      },
    }),
});

export function applying(
  outcome: ApplyOutcome,
  during: (input: ApplyInput) => void = () => undefined,
): Partial<Engine> {
  return {
    applyPlan: (input) => {
      during(input);
      return Promise.resolve(outcome);
    },
  };
}

export const verifying = (status: Verification["status"]): Partial<Engine> => ({
  verify: () => Promise.resolve({ ...VERIFICATION, status }),
});

export function fakeIo(session: Session) {
  const { files = { "host.yaml": SPEC }, terminal = false, privileged = true } = session;
  const seen = {
    out: [] as string[],
    err: [] as string[],
    questions: [] as string[],
    targets: [] as Target[],
    written: {} as Record<string, string>,
  };
  const absolute = Object.entries(files).map(
    ([path, content]) => [posix.resolve("/desk", path), content] as const,
  );
  const reader = readerOf({ "/desk": { folder: true }, ...Object.fromEntries(absolute) });
  const workspace: Workspace = Object.assign(reader, {
    write: (path: string, text: string) => {
      seen.written[path] = text;
    },
    writeBeside:
      session.writeBeside ??
      ((_sibling: string, path: string, text: string) => void (seen.written[path] = text)),
  });
  let signals = 0;
  const io: Io = {
    stdout: (text) => void seen.out.push(text),
    stderr: (text) => void seen.err.push(text),
    stdinIsTerminal: terminal,
    stdoutIsTerminal: terminal,
    stderrIsTerminal: terminal,
    stdoutColumns: terminal ? 80 : undefined,
    stderrColumns: terminal ? 80 : undefined,
    env: session.env ?? {},
    cwd: "/desk",
    program: { executable: "/usr/bin/node", script: "/usr/lib/hostcfg/dist/hostcfg.js" },
    privileged,
    now: session.now ?? (() => NOW),
    timing: session.timing ?? MONOTONIC,
    readStdin: () => Promise.resolve(Buffer.from(session.stdin ?? "")),
    ask: (question) => {
      seen.questions.push(question);
      return Promise.resolve(session.answer ?? "");
    },
    interrupted: session.interrupted ?? new AbortController().signal,
    onInterrupt: (listener) => {
      // Each signal of the test, or the one that its AbortSignal stands for.
      session.interrupted?.addEventListener("abort", () => {
        listener(1);
      });
      session.signals?.addEventListener("signal", () => {
        listener((signals += 1));
      });
    },
    workspace,
    open: (target) => {
      seen.targets.push(target);
      return open(target, session.host ?? captureOf({}));
    },
  };
  return { ...io, seen };
}

function open(target: Target, host: Capture): Opened {
  if (target.kind === "capture") return openCapture(target.capture);
  const label = target.kind === "host" ? "this host" : target.root;
  return { ...openCapture(host), host: untouchableHost(label) };
}

/** The command line itself never touches a host: it hands it on to applyPlan. */
function untouchableHost(label: string): Host {
  const refuse = (): never => {
    throw new HostError("EROFS", "/", "the command line touched the host");
  };
  return {
    label,
    hostcfg: undefined,
    reader: refuse,
    makeFolder: refuse,
    writeFile: refuse,
    appendLine: refuse,
    symlink: refuse,
    importFile: refuse,
    copyFile: refuse,
    remove: refuse,
    removeFolder: refuse,
    flush: refuse,
    exec: refuse,
    lock: refuse,
    lockHolder: refuse,
  };
}

const part = { known: false, why: "not in this test" } as const;

export const BOOTABLE: Bootability = {
  loader: { known: true, value: "grub" },
  verdict: "bootable",
  entry: part,
  fallback: part,
  problems: [],
};

const missing = { known: false, why: "not in this test" } as const;

export const STATE: HostState = {
  identity: { hostname: missing, machine: missing, architecture: missing, os: missing, privileged: true },
  running: { release: missing, cmdline: missing, bootId: missing },
  family: missing,
  packages: missing,
  initramfs: { generator: missing },
  kernels: missing,
  free: { boot: missing, usr: missing, varTmp: missing },
  bootPaths: [],
  hostDevices: { disks: missing, networkCards: missing },
  mounts: missing,
  rootUuid: missing,
  bootLoader: { detected: missing, evidence: [], firmware: { secureBoot: missing } },
  addedOptions: { known: true, value: { options: [], lost: false } },
  pci: missing,
  iommu: { groups: missing, firmwareTables: missing, cpuVendor: missing },
};
