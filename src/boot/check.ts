import { known, unknown } from "../facts/fact.ts";
import type { WholeInitrds } from "../facts/initrd-whole.ts";
import type {
  Bootability,
  BootEntryCheck,
  BootLoaderName,
  Diagnostic,
  Fact,
  HostState,
  NextBoot,
} from "../model/index.ts";
import { chooseLoader } from "./choose.ts";
import { problem, warning } from "./problem.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { checkEntry } from "./check-entry.ts";
import type { Menu, MenuEntry } from "./menu.ts";
import { notMounted } from "./not-mounted.ts";
import { nextBootOf, releaseOrSaid } from "./menu.ts";
import { LOADERS } from "./loaders.ts";

/** The menu of this loader, as the host is; unknown where the file system that holds it is not mounted. */
export function menuOf(state: HostState, loader: Fact<BootLoaderName>, preferred?: string): Fact<Menu> {
  const [hidden] = notMounted(state, loader);
  if (hidden !== undefined) return unknown(hidden.summary);
  return loader.known ? LOADERS[loader.value].menu(state, preferred) : loader;
}

/**
 * What boots next under this loader, as the host is. The one answer: the plan's before and after, verify, groups, undo
 * and the foreseen end of the steps all ask here, and check judges the same entry of the same menu.
 *
 * @param preferred Of kernels with equal files, the one that is meant.
 */
export function bootsNext(
  state: HostState,
  loader: Fact<BootLoaderName>,
  preferred?: string,
): Fact<NextBoot> {
  return loader.known ? nextBootOf(loader.value, menuOf(state, loader, preferred)) : loader;
}

/** Where the bytes of the copies do not tell it, as the entry itself says. */
function nextRelease(state: HostState, loader: Fact<BootLoaderName>): Fact<string> {
  const menu = menuOf(state, loader);
  if (!menu.known) return menu;
  const { chosen, by } = menu.value;
  return chosen === undefined ? unknown(by) : releaseOrSaid(chosen);
}

/**
 * The release that a plan's answers are about: the declared one, else the one that boots next as the host is. Where that
 * is unknown it is the one that runs, and {@link judgedByRunning} has it said.
 */
export function releaseToJudge(
  state: HostState,
  spec: Pick<HostSpec, "kernel" | "bootLoader">,
): Fact<string> {
  if (spec.kernel?.release !== undefined) return known(spec.kernel.release);
  const next = nextRelease(state, chooseLoader(state.bootLoader, spec.bootLoader));
  return next.known ? next : state.running.release;
}

/** Why {@link releaseToJudge} is only the release that runs; undefined where it is more, or there is no loader to ask. */
export function judgedByRunning(
  state: HostState,
  spec: Pick<HostSpec, "kernel" | "bootLoader">,
): string | undefined {
  const loader = chooseLoader(state.bootLoader, spec.bootLoader);
  if (spec.kernel?.release !== undefined || !loader.known) return undefined;
  const next = nextRelease(state, loader);
  return next.known ? undefined : next.why;
}

/** The initrds of the entries that matter, to be read to their ends before {@link bootability} is asked. */
export function initrdsThatMatter(state: HostState, loader: Fact<BootLoaderName>): string[] {
  const menu = menuOf(state, loader);
  if (!menu.known) return [];
  const { chosen, fallback } = menu.value;
  return [chosen, fallback.known ? fallback.value : undefined].flatMap((entry) => {
    const file = entry?.initrd.known === true ? entry.initrd.value : undefined;
    // What is on a partition that is not mounted has no path to read it by.
    return file === undefined || file === "none" || file.size === 0 || !file.path.startsWith("/")
      ? []
      : [file.path];
  });
}

/**
 * Whether a host is bootable under this loader, by its facts alone. What hostcfg cannot drive it cannot judge: such a
 * host is unknown, never broken.
 *
 * @param whole Which initrds could be read to their ends; absent where nobody looked.
 */
export function bootability(
  state: HostState,
  loader: Fact<BootLoaderName>,
  whole?: WholeInitrds,
): Bootability {
  const menu = menuOf(state, loader);
  const found = loader.known ? (LOADERS[loader.value].findings?.(state) ?? []) : [];
  if (!menu.known) {
    const problems = [...found, ...notMounted(state, loader)];
    return { loader, verdict: "unknown", entry: menu, fallback: menu, problems };
  }
  const { chosen, by, fallback } = menu.value;
  const problems = [...found, ...menu.value.problems];
  if (chosen === undefined) {
    const empty = problem("boot-menu-empty", `nothing boots next: ${by}`, REMEDY);
    return {
      loader,
      verdict: "broken",
      entry: unknown(by),
      fallback: unknown(by),
      problems: [...problems, empty],
    };
  }
  const check = (entry: MenuEntry): BootEntryCheck => checkEntry(entry, state, whole);
  const entry = check(chosen);
  const other = fallback.known ? known(check(fallback.value)) : fallback;
  const all = [...problems, ...broken(entry), ...wayBack(other)];
  const error = all.some(({ severity }) => severity === "error");
  return {
    loader,
    verdict: error ? "broken" : entry.verdict,
    entry: known(entry),
    by,
    fallback: other,
    problems: all,
  };
}

const REMEDY = "repair it before you reboot: start from a live system, or install the kernel package again";

function broken({ name, parts }: BootEntryCheck): Diagnostic[] {
  return parts
    .filter(({ verdict }) => verdict === "broken")
    .map(({ reason }) =>
      problem("boot-entry-broken", `${name}, which boots next, would not come up: ${reason}`, REMEDY),
    );
}

function wayBack(fallback: Fact<BootEntryCheck>): Diagnostic[] {
  const hint = "keep a live USB stick at hand for the next reboot";
  if (!fallback.known)
    return [warning("no-fallback", `there is no entry to go back to: ${fallback.why}`, hint)];
  const { name, parts } = fallback.value;
  const broken = parts.find((part) => part.verdict === "broken");
  if (broken === undefined) return [];
  const summary = `${name}, the entry to go back to, would not come up: ${broken.reason}`;
  return [warning("fallback-broken", summary, hint)];
}
