import { LOADER_DEFAULT } from "../boot/efi-variables.ts";
import type { Reader } from "../host/reader.ts";
import { chainOf } from "../journal/chain.ts";
import { fingerprint, sameContent, sameFingerprint } from "../journal/fingerprint.ts";
import type { KeptImage } from "../journal/pre-images.ts";
import { fingerprintOf, pathsOf, readPreImages } from "../journal/pre-images.ts";
import type { HistoryEntry } from "../journal/record.ts";
import type { Fingerprint } from "../model/index.ts";

/**
 * The applies that are taken back together, as if they were one: its steps are those of all, in order, and what stood at a
 * path before the first of them is what comes back.
 */
export function readChain(
  reader: Reader,
  history: readonly HistoryEntry[],
  target: HistoryEntry,
): {
  readonly entry: HistoryEntry;
  readonly images: readonly KeptImage[];
  readonly damage: readonly string[];
} {
  const chain = chainOf(history, target);
  const first = new Map<string, KeptImage>();
  const damage: string[] = [];
  const numbered = numberedOn(chain);
  for (const [at, one] of chain.entries()) {
    const { images, unnoted, damage: wrong } = readPreImages(reader, one);
    const added = numbered[at]?.added ?? 0;
    for (const image of images) {
      if (!first.has(image.path)) first.set(image.path, { ...image, step: image.step + added });
    }
    const said = [
      ...one.damage,
      ...wrong,
      ...unnoted.flatMap((image) => unexplained(reader, history, one, image)),
    ];
    damage.push(...said.map((what) => (chain.length === 1 ? what : `${one.id}: ${what}`)));
  }
  return {
    entry: asOne(
      numbered.map(({ entry }) => entry),
      target,
    ),
    images: [...first.values()],
    damage,
  };
}

/** What was kept for a step that is not noted as begun: the path is as it was, or a later apply changed it. */
function unexplained(
  reader: Reader,
  history: readonly HistoryEntry[],
  { id }: HistoryEntry,
  image: KeptImage,
): readonly string[] {
  const { path, step } = image;
  const later = history.slice(history.findIndex((one) => one.id === id) + 1);
  const byLater = later.some(({ plan, steps }) =>
    plan?.steps.some((one) => steps[one.id] !== undefined && pathsOf(one).includes(path)),
  );
  if (byLater || isSame(path, fingerprint(reader, path), fingerprintOf(image))) return [];
  return [`step ${step} is not noted, and ${path} is not as it was before it`];
}

/** With ids that count on over all of them, and by how much each one's were raised. */
function numberedOn(
  chain: readonly HistoryEntry[],
): readonly { readonly entry: HistoryEntry; readonly added: number }[] {
  let added = 0;
  return chain.map((entry) => {
    const by = added;
    const { plan, steps, commandsEnded, kept } = entry;
    added += plan?.steps.length ?? 0;
    const raised = <T>(record: Readonly<Record<number, T>>): Record<number, T> =>
      Object.fromEntries(Object.entries(record).map(([id, value]) => [Number(id) + by, value]));
    return {
      added: by,
      entry: {
        ...entry,
        ...(plan === undefined
          ? {}
          : { plan: { ...plan, steps: plan.steps.map((step) => ({ ...step, id: step.id + by })) } }),
        steps: raised(steps),
        commandsEnded: commandsEnded.map((id) => id + by),
        kept: raised(kept),
      },
    };
  });
}

function asOne(chain: readonly HistoryEntry[], target: HistoryEntry): HistoryEntry {
  const [first] = chain;
  if (first === undefined || target.plan === undefined || chain.length === 1) return target;
  const plans = chain.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
  const changes = plans.flatMap((plan) => plan.changes);
  const before = first.plan?.nextBoot.before ?? target.plan.nextBoot.before;
  return {
    ...target,
    plan: {
      ...target.plan,
      nextBoot: { ...target.plan.nextBoot, before },
      changes: changes.filter(
        ({ address }, at) => changes.findIndex((one) => one.address === address) === at,
      ),
      steps: plans.flatMap(({ steps }) => steps),
    },
    steps: Object.fromEntries(chain.flatMap(({ steps }) => Object.entries(steps))),
    commandsEnded: chain.flatMap(({ commandsEnded }) => commandsEnded),
    left: Object.fromEntries(chain.flatMap(({ left }) => Object.entries(left))),
  };
}

/** A variable has attributes that no file has; of a file they are part of what it is. */
export function isSame(path: string, a: Fingerprint, b: Fingerprint): boolean {
  return path === LOADER_DEFAULT ? sameContent(a, b) : sameFingerprint(a, b);
}
