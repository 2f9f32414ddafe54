import { whyRefresh } from "../boot/proxmox/fresh.ts";
import { GENERATORS } from "../platform/initramfs.ts";
import { wordsOf } from "../platform/platforms.ts";
import { commandFor, run } from "../boot/run.ts";
import type {
  Action,
  Change,
  Diagnostic,
  ExecStep,
  KernelFact,
  PackageRef,
  Unchanged,
} from "../model/index.ts";
import { LOADER_DEFAULT } from "../boot/efi-variables.ts";
import { MENU } from "../boot/grub/probe.ts";
import { LOADERS } from "../boot/loaders.ts";
import { TRIAL_ONCE } from "../boot/trial.ts";
import type { UndoFacts, UndonePath } from "./facts.ts";
import type { UndoDraft } from "./steps.ts";

export interface UndoneCommands {
  readonly changes: readonly Change[];
  readonly unchanged: readonly Unchanged[];
  readonly drafts: readonly (UndoDraft & { readonly of: number })[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What update-grub reads. */
const MENU_SOURCES = /^\/etc\/(?:default\/grub|grub\.d)/;
/** What proxmox-boot-tool and its update-grub read; the last is hostcfg's note of what the ESPs were made from. */
const ESP_SOURCES = /^(?:\/etc\/kernel\/|\/etc\/default\/grub|\/var\/lib\/hostcfg\/proxmox)/;

/**
 * What the commands of an apply did beyond the files that the journal holds: what they made is made again, holds are
 * taken back, and packages go only where that was asked for.
 *
 * @param open The paths that are to be put back.
 */
export function undoCommands(
  facts: UndoFacts,
  open: readonly UndonePath[],
  removePackages: boolean,
): UndoneCommands {
  const began = (facts.entry.plan?.steps ?? []).filter(
    (step): step is ExecStep =>
      step.kind === "exec" && (facts.entry.steps[step.id] ?? "not-begun") !== "not-begun",
  );
  const parts = [
    ...began.flatMap((step) => made(step, facts, open)),
    ...began.flatMap((step) => held(step, facts)),
    ...packagesOf(facts, removePackages),
    ...began.flatMap((step) => lostVariable(step, facts)),
    ...began.flatMap((step) => chosenOnce(step, facts)),
  ];
  return {
    changes: parts.flatMap((part) => part.changes ?? []),
    unchanged: parts.flatMap((part) => part.unchanged ?? []),
    drafts: parts.flatMap((part) => part.drafts ?? []),
    diagnostics: parts.flatMap((part) => part.diagnostics ?? []),
  };
}

type Part = Partial<UndoneCommands>;

function made(step: ExecStep, facts: UndoFacts, open: readonly UndonePath[]): Part[] {
  const sources = sourcesOf(step, facts);
  if (sources === undefined) return [];
  const action = againOf(step.action);
  const isOpen = open.some(({ path }) => sources.test(path));
  // A refresh ends well where nothing was copied; the ESPs say whether it was.
  const ran =
    facts.ran.has(JSON.stringify(action)) &&
    (action.does !== "refresh-esps" || whyRefresh(facts.state) === undefined);
  if (ran || !(isOpen || facts.resumed)) return [];
  const command = commandFor(action).argv.join(" ");
  const address = `command.${command}`;
  const { flushes, touches } = step;
  return [
    {
      changes: [
        {
          address,
          action: "update",
          before: null,
          after: null,
          reason: "runs again, with the old settings",
          effect: "next-boot",
        },
      ],
      drafts: [
        {
          ...run("make", action, { title: `run ${command}`, serves: [address], flushes, touches }),
          of: step.id,
        },
      ],
    },
  ];
}

/** The paths that the command reads, where it must run again; `undefined` where its files are simply put back. */
function sourcesOf({ action }: ExecStep, { paths, state }: UndoFacts): RegExp | undefined {
  switch (action.does) {
    // As long as nobody else made the menu since, it is put back to the byte.
    case "make-menu":
      return paths.some(({ path, is }) => path === MENU && is === "other") ? MENU_SOURCES : undefined;
    case "refresh-esps":
      return ESP_SOURCES;
    case "make-initrd": {
      const { release } = action;
      const there = state.kernels.known && state.kernels.value.some((kernel) => kernel.release === release);
      return there ? GENERATORS[action.by].sources : undefined;
    }
    case "install":
    case "remove":
    case "hold":
    case "unhold":
    case "copy-kernel":
    case "set-default":
    case "set-once":
    case "pin":
    case "put-aside":
    case "drop-aside":
      return undefined;
  }
}

/** An initrd that the apply made is there now: it is updated. */
function againOf(action: Action): Action {
  return action.does === "make-initrd" ? { ...action, missing: false } : action;
}

function held({ action, id }: ExecStep, { state }: UndoFacts): Part[] {
  if (action.does !== "hold" && action.does !== "unhold") return [];
  const { family, packages } = action;
  const installed = state.packages.known ? state.packages.value : [];
  const wanted = action.does === "unhold";
  const wrong = packages
    .map(({ name }) => name)
    .filter((name) => installed.some((fact) => fact.name === name && fact.held !== wanted));
  if (wrong.length === 0) return [];
  const back = wanted ? "hold" : "unhold";
  const serves = wrong.map((name) => `kernel.hold.${name}`);
  return [
    {
      changes: serves.map((address) => ({
        address,
        action: "update",
        before: wanted ? "not held" : "held",
        after: wanted ? "held" : "not held",
        reason: "the apply changed it",
        effect: "now",
      })),
      drafts: [
        {
          ...run(
            "hold",
            { does: back, family, packages: wrong.map((name) => ({ name })) },
            { title: `${back} ${wrong.join(", ")}`, serves },
          ),
          of: id,
        },
      ],
    },
  ];
}

/** Packages that the apply brought. A version that it replaced is not in the journal, and stays replaced. */
function packagesOf(facts: UndoFacts, remove: boolean): Part[] {
  const { entry, state, ran } = facts;
  const brought = (entry.plan?.changes ?? []).flatMap(({ address, action, before }) => {
    const name = /^kernel\.packages\.(.+)$/.exec(address)?.[1];
    return name === undefined || !facts.brought.has(name) ? [] : [{ name, action, before }];
  });
  const replaced = brought.filter(({ action }) => action !== "create");
  const added = brought.filter(({ action }) => action === "create").map(({ name }) => name);
  const kept = added.flatMap((name) => {
    const why = whyKept(name, added, facts);
    return why === undefined ? [] : [{ name, why }];
  });
  const going = remove ? added.filter((name) => !kept.some((one) => one.name === name)) : [];
  const staying = added.filter((name) => !going.includes(name));
  const packages = going.map((name): PackageRef => {
    const kernel = facts.brought.get(name);
    return { name, ...(kernel === undefined ? {} : { kernel }) };
  });
  const action: Action | undefined =
    going.length === 0 || !state.family.known
      ? undefined
      : { does: "remove", family: state.family.value, packages };
  return [
    ...replaced.map(({ name, before }) =>
      stays(
        name,
        before === null
          ? "the version before it is not in the journal"
          : `the journal keeps no packages; ${before} was there before, for example: ${wordsOf(state).installVersion(name, before)}`,
      ),
    ),
    ...staying.map((name) => {
      const why = kept.find((one) => one.name === name)?.why;
      return why === undefined ? unchanged(name, "kept (remove it with --packages)") : stays(name, why);
    }),
    ...(remove ? kept : []).map(({ name, why }) => ({
      diagnostics: [
        { severity: "warning", code: "undo-keeps-package", summary: `${name} is kept: ${why}` } as const,
      ],
    })),
    ...(action === undefined || ran.has(JSON.stringify(action))
      ? []
      : [
          {
            changes: going.map((name): Change => ({
              address: `kernel.packages.${name}`,
              action: "delete",
              before: "installed",
              after: null,
              reason: `apply ${entry.id} installed it`,
              effect: "now",
            })),
            drafts: [
              {
                ...run("packages", action, {
                  title: `remove ${going.join(", ")}`,
                  serves: going.map((name) => `kernel.packages.${name}`),
                  touches: facts.paths.map(({ path }) => path).filter((path) => !path.startsWith("/sys/")),
                  flushes: ["/boot"],
                }),
                of: 0,
              },
            ],
          },
        ]),
  ];
}

function stays(name: string, reason: string): Part {
  return unchanged(name, `kept: ${reason}`);
}

function unchanged(name: string, reason: string): Part {
  return { unchanged: [{ address: `kernel.packages.${name}`, reason }] };
}

/** The kernel that cannot boot without this package. */
function releaseOf(name: string, { brought }: UndoFacts): string | undefined {
  const kernel = brought.get(name);
  return typeof kernel === "object" && kernel.part !== "headers" ? kernel.release : undefined;
}

/** Why a package must stay whatever was asked for: a kernel that runs, boots next or is the last, and any that cannot be told. */
function whyKept(name: string, going: readonly string[], facts: UndoFacts): string | undefined {
  const { state, entry, nextBoot, brought } = facts;
  if (brought.get(name) === "unknown") return "which kernel it brought is unknown";
  const release = releaseOf(name, facts);
  if (release === undefined) return undefined;
  const { running, kernels } = state;
  if (!running.release.known) return "which kernel runs is unknown";
  if (running.release.value === release) return "this kernel runs now";
  const next = entry.plan?.nextBoot.before ?? nextBoot;
  if (!next.known || !next.value.release.known) return "which kernel boots next is unknown";
  if (next.value.release.value === release) return "this kernel boots next";
  const whole = (kernel: KernelFact): boolean =>
    (kernel.image?.size ?? 0) > 0 && (kernel.initrd?.size ?? 0) > 0 && kernel.modules;
  const others = (kernels.known ? kernels.value : []).filter(
    (one) => whole(one) && !going.some((name) => releaseOf(name, facts) === one.release),
  );
  return others.length === 0 ? "no other kernel could boot" : undefined;
}

/** A trial that has not booted yet is still chosen for the next boot; else the loader has forgotten it. */
function chosenOnce({ action, id }: ExecStep, { state, loader, entry, paths }: UndoFacts): Part[] {
  const trying = loader.known ? LOADERS[loader.value].trial : undefined;
  if (action.does !== "set-once" || trying === undefined || "why" in trying) return [];
  if (trying.unchosen(state) === undefined) {
    const goes = paths.some(({ path }) => path === trying.choiceFile?.(state).path);
    return !goes && trying.leavesChoice?.(state) === true ? [leftOver(action, id)] : [];
  }
  return [
    {
      changes: [
        {
          address: TRIAL_ONCE,
          action: "delete",
          before: "chosen for the next boot",
          after: null,
          reason: `apply ${entry.id} chose it`,
          effect: "next-boot",
        },
      ],
      drafts: [
        {
          ...run(
            "way-back",
            { ...action, entry: "" },
            { title: "choose nothing for the next boot only", serves: [TRIAL_ONCE] },
          ),
          of: id,
        },
      ],
    },
  ];
}

function leftOver(action: Extract<Action, { does: "set-once" }>, id: number): Part {
  return {
    changes: [
      {
        address: TRIAL_ONCE,
        action: "delete",
        before: "empty",
        after: null,
        reason: "the boot loader has left it",
        effect: "now",
      },
    ],
    drafts: [
      {
        ...run(
          "added",
          { ...action, entry: "" },
          { title: "take out the empty choice that the boot loader has left", serves: [TRIAL_ONCE] },
        ),
        of: id,
      },
    ],
  };
}

/** A record of before this was kept says nothing of the variable, and an entry that it names may be about to go. */
function lostVariable({ action, id, touches }: ExecStep, { paths, entry }: UndoFacts): Part[] {
  if (action.does !== "set-default" || paths.some(({ path }) => path === LOADER_DEFAULT)) return [];
  // It is kept before the command runs: a cut came before both.
  const ran = entry.steps[id] === "done" || entry.commandsEnded.includes(id);
  if (touches.includes(LOADER_DEFAULT) && !ran) return [];
  return [
    {
      diagnostics: [
        {
          severity: "error",
          code: "undo-unrestorable",
          summary: "the record does not say what the EFI variable LoaderEntryDefault was",
          hint: "look at bootctl status, and set it with bootctl set-default before this is undone",
        },
      ],
    },
  ];
}
