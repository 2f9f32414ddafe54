import { posix } from "node:path";
import { known } from "../facts/fact.ts";
import { PLATFORMS, layoutOf } from "../platform/platforms.ts";
import type { BootWish } from "../boot/loader.ts";
import type {
  AfterUpgrade,
  Diagnostic,
  Fact,
  HostState,
  KernelFact,
  NextBoot,
  Plan,
} from "../model/index.ts";
import { nextRelease } from "../boot/menu.ts";

/**
 * The same, where the kernel that boots next is called by its package: whatever the loader's rule is, the next version of the
 * package takes the places of its files, and the entry that starts it then starts another release.
 */
export function withReplacedFiles(
  upgrade: Fact<AfterUpgrade>,
  after: Fact<NextBoot>,
  state: Pick<HostState, "kernels" | "packages">,
): Fact<AfterUpgrade> {
  const release = nextRelease(after);
  const kernel = replacedKernel(state, release);
  if (!after.known || kernel === undefined || release === undefined) return upgrade;
  const { name, image } = kernel;
  if (image !== undefined && posix.basename(after.value.kernel) !== posix.basename(image.path))
    return upgrade;
  const gone =
    image === undefined ? `${release} and its modules` : `${image.path}, its initrd and its modules`;
  return isHeld(state, name)
    ? known({ keeps: true, rule: `the package ${name} is held` })
    : known({
        keeps: false,
        rule: `the package ${name} replaces ${gone}, and nothing starts ${release} any more`,
      });
}

function replacedKernel(
  { kernels }: Pick<HostState, "kernels">,
  release: string | undefined,
): (KernelFact & { readonly name: string }) | undefined {
  const kernel = kernels.known ? kernels.value.find((one) => one.release === release) : undefined;
  return kernel?.name === undefined ? undefined : { ...kernel, name: kernel.name };
}

function isHeld({ packages }: Pick<HostState, "packages">, name: string): boolean {
  return packages.known && packages.value.some((one) => one.name === name && one.held);
}

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
  state: HostState,
  wish: BootWish,
): Diagnostic[] {
  const { family, packages } = state;
  const starts = nextRelease(after);
  if (wish.release === undefined || starts !== wish.release) return [];
  if (!afterUpgrade.known || afterUpgrade.value.keeps) return [];
  const manager = family.known ? PLATFORMS[family.value].packages : undefined;
  const replaced = replacedKernel(state, starts)?.name;
  const bringers = (packages.known ? packages.value : []).filter(
    ({ name, state }) =>
      state === "installed" &&
      (replaced === undefined ? manager?.bringsNewerKernels(name) === true : name === replaced),
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
      hint:
        replaced === undefined
          ? `run "hostcfg apply" after such an upgrade; or ${hold}`
          : `declare the new release after such an upgrade; or ${hold}`,
      specPath: ["kernel", "release"],
    },
  ];
}
