import { posix } from "node:path";
import { known } from "../facts/fact.ts";
import { PLATFORMS, layoutOf } from "../platform/platforms.ts";
import type { BootWish } from "../boot/loader.ts";
import type { AfterUpgrade, Diagnostic, Fact, HostState, Plan } from "../model/index.ts";
import { nextRelease } from "../boot/menu.ts";

/** The same, with what becomes of declared links. */
export function withMovedLinks(
  upgrade: Fact<AfterUpgrade>,
  declared: Readonly<Record<string, string>>,
  state: HostState,
): Fact<AfterUpgrade> {
  const { linkFolder: folder } = state;
  if (!upgrade.known || folder === undefined || (folder.known && folder.value === "")) return upgrade;
  const { links } = layoutOf(state);
  const moved = Object.keys(declared).filter(
    (path) => links.includes(posix.basename(path)) && (!folder.known || posix.dirname(path) === folder.value),
  );
  if (moved.length === 0) return upgrade;
  const verb = folder.known ? "moves" : "may move";
  const sentence = `it ${verb} ${moved.join(", ")} to its own kernel`;
  return known({ ...upgrade.value, besides: [...(upgrade.value.besides ?? []), sentence] });
}

/**
 * A declared release that boots next only until a newer kernel package comes. Said where it is declared, for the
 * surprise comes weeks later, with a reboot that nobody connects with the upgrade.
 */
export function upgradeTakesOver(
  { after, afterUpgrade }: Plan["nextBoot"],
  { family, packages }: HostState,
  wish: BootWish,
): Diagnostic[] {
  const starts = nextRelease(after);
  if (wish.release === undefined || starts !== wish.release) return [];
  if (!afterUpgrade.known || afterUpgrade.value.keeps) return [];
  const manager = family.known ? PLATFORMS[family.value].packages : undefined;
  const bringers = (packages.known ? packages.value : []).filter(
    ({ name, state }) => state === "installed" && manager?.bringsNewerKernels(name) === true,
  );
  const loose = bringers.filter(({ held }) => !held).map(({ name }) => name);
  if (bringers.length > 0 && loose.length === 0) return [];
  const hold =
    manager === undefined || loose.length === 0
      ? "hold the package that brings newer kernels"
      : `${manager.words.hold(loose)} keeps newer kernels away`;
  return [
    {
      severity: "warning",
      code: "upgrade-takes-over",
      summary: `${wish.release} boots next, but a newer kernel package would take its place: ${afterUpgrade.value.rule}`,
      hint: `run "hostcfg apply" after such an upgrade; or ${hold}`,
      specPath: ["kernel", "release"],
    },
  ];
}
