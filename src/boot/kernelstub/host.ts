import type {
  Diagnostic,
  DiagnosticCode,
  EspFacts,
  HostState,
  KernelstubConfiguration,
  LoaderDefault,
  LoaderEntry,
  PinnedCopy,
  TextFile,
} from "../../model/index.ts";
import { currentId, oldId } from "./probe.ts";
import { otherEsp } from "../bls/other-esp.ts";
import { problem } from "../problem.ts";

/** All that is needed to drive kernelstub, once it is known to be there. */
export interface Stub {
  readonly configuration: KernelstubConfiguration;
  readonly name: string;
  readonly esp: EspFacts;
  readonly default: LoaderDefault;
  readonly entries: readonly LoaderEntry[];
  /** What else is in the menu. */
  readonly others: readonly LoaderEntry[];
  readonly current: LoaderEntry | undefined;
  readonly old: LoaderEntry | undefined;
  readonly rootUuid: string;
  readonly hooks: readonly string[];
  /** The text files of hostcfg's own entries, and loader.conf. */
  readonly files: readonly TextFile[];
  readonly copies: readonly PinnedCopy[];
  /** Paths of entries that an apply was to remove, and did not before it was cut. */
  readonly cutRemovals: readonly string[];
}

/** A host whose kernelstub can be driven, or why it cannot. */
export function usable(state: HostState): Stub | { problems: readonly Diagnostic[] } {
  const facts = state.bootLoader.kernelstub;
  if (facts === undefined) {
    return { problems: [problem("boot-loader-missing", "kernelstub is not installed on this host")] };
  }
  const { configuration, name, esp, loaderDefault, entries, others = [], hooks, pins } = facts;
  if (!configuration.known) return cannot("kernelstub-configuration", configuration.why);
  if (configuration.value.liveMode) {
    return cannot(
      "kernelstub-live-mode",
      `${configuration.value.path} has live_mode on: this is a live or recovery system`,
    );
  }
  if (!configuration.value.setupLoader) {
    return cannot(
      "kernelstub-no-loader",
      `${configuration.value.path} has setup_loader off, so kernelstub writes no loader entry that could be checked`,
      "sudo kernelstub --loader --manage-only",
    );
  }
  if (!name.known) return cannot("kernelstub-unreadable", name.why);
  if (!esp.known)
    return cannot("esp-missing", esp.why, "mount the EFI system partition there (see /etc/fstab)");
  if (esp.value.elsewhere !== undefined) return { problems: [otherEsp(esp.value.elsewhere)] };
  if (!loaderDefault.known) return cannot("kernelstub-unreadable", loaderDefault.why);
  if (!entries.known) return cannot("kernelstub-unreadable", entries.why);
  if (!pins.known) return cannot("kernelstub-unreadable", pins.why);
  if (!state.rootUuid.known) {
    return cannot(
      "root-uuid",
      `${state.rootUuid.why}; kernelstub would write an entry without a root file system`,
    );
  }
  const entry = (id: string): LoaderEntry | undefined =>
    entries.value.find((candidate) => candidate.id === id);
  return {
    configuration: configuration.value,
    name: name.value,
    esp: esp.value,
    default: loaderDefault.value,
    entries: entries.value,
    others,
    current: entry(currentId(name.value)),
    old: entry(oldId(name.value)),
    rootUuid: state.rootUuid.value,
    hooks,
    files: pins.value.texts,
    copies: pins.value.copies,
    cutRemovals: pins.value.cutRemovals ?? [],
  };
}

function cannot(code: DiagnosticCode, summary: string, hint?: string): { problems: Diagnostic[] } {
  return { problems: [problem(code, summary, hint)] };
}
