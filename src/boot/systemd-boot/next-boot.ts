import { posix } from "node:path";
import { known, unknown } from "../../facts/fact.ts";
import type { AfterUpgrade, Fact, LoaderEntry, NextBoot } from "../../model/index.ts";
import type { Choice } from "../bls/choice.ts";
import { patternFor } from "../bls/choice.ts";
import { inMenuOrder } from "../bls/order.ts";
import type { LoaderInput } from "../loader.ts";
import type { Host } from "./driven-host.ts";
import { releaseFact } from "./driven-host.ts";
import type { Target } from "./target.ts";

export function bootOf(host: Host, choice: Choice | undefined, { state, wish }: LoaderInput): Fact<NextBoot> {
  if (choice === undefined) return unknown("systemd-boot remembers its last choice, or has no entries");
  const { entry, by } = choice;
  return known({
    loader: "systemd-boot",
    release: releaseFact(entry, state.kernels, wish.release),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options: entry.options,
    rule: `systemd-boot starts ${posix.basename(entry.path)}: ${by}${host.setting.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
    fallback: fallbackOf(host, entry, state.kernels),
  });
}

export function bootAfter(
  host: Host,
  { entry, release }: Target,
  options: string,
  { state, wish }: LoaderInput,
): NextBoot {
  return {
    loader: "systemd-boot",
    release: release === undefined ? releaseFact(entry, state.kernels, wish.release) : known(release),
    kernel: entry.image?.path ?? "missing",
    initrd: entry.initrd?.path ?? "missing",
    options,
    rule: `systemd-boot starts ${posix.basename(entry.path)}: ${wish.release === undefined ? (host.choice?.by ?? "") : `${saysSo(host)} is ${patternFor(entry)}`}${host.setting.variablesKnown ? "" : ", unless an EFI variable that cannot be seen here says otherwise"}`,
    fallback: fallbackOf(host, entry, state.kernels),
  };
}

function saysSo({ setting }: Host): string {
  return setting.variable === undefined
    ? "the default of loader.conf"
    : "the EFI variable LoaderEntryDefault";
}

function fallbackOf(
  { entries }: Host,
  entry: LoaderEntry,
  kernels: LoaderInput["state"]["kernels"],
): Fact<string> {
  const ours = releaseFact(entry, kernels);
  const other = inMenuOrder(entries)
    .filter(({ path }) => path !== entry.path)
    .map((candidate) => releaseFact(candidate, kernels))
    .find((release) => release.known && !(ours.known && ours.value === release.value));
  return other ?? unknown("the menu has no other kernel");
}

export function upgrade(choice: Choice | undefined): Fact<AfterUpgrade> {
  if (choice === undefined) return unknown("what boots next is unknown");
  return known(
    choice.pinned
      ? { keeps: true, rule: choice.by }
      : { keeps: false, rule: `the newest entry comes first, and ${choice.by}` },
  );
}
