import { describe, expect, it } from "vitest";
import type { Bootability, Fact, HostState, NextBoot } from "../../src/model/index.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { bootToPredict } from "../../src/plan/groups.ts";
import { checkBoot } from "../../src/plan/check.ts";
import { probe } from "../../src/plan/probe.ts";
import { patched, planOf } from "../support/planning.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";

/** What a loader's own files may say of the default; `""` says nothing. */
const CONF = [
  "",
  "timeout 3",
  "default nowhere.conf",
  "default *",
  "default @saved",
  "default *-oldkern",
  "default a*",
];
const GRUB = ["0", "1", "1>2", "nowhere", "gnulinux-advanced-x>gnulinux-y", ""];

const menu = /^\/boot\/grub2?\/grub\.cfg$/;

/** The host with each of these defaults in the place of its own. */
function variants({ capture }: ReturnType<typeof recordedHosts>[number]) {
  const paths = Object.entries(capture.paths).filter(([, one]) => one.text !== undefined);
  const variant = (path: string, says: string, text: string) => ({
    says: `${path}: ${says}`,
    capture: patched(capture, { [path]: text }),
  });
  return [
    { says: "as it is", capture },
    ...paths.flatMap(([path, { text = "" }]) => {
      if (path.endsWith("/loader/loader.conf")) return CONF.map((said) => variant(path, said, `${said}\n`));
      if (!menu.test(path)) return [];
      return GRUB.map((said) =>
        variant(path, said, text.replace(/set default="[^"$]*"/g, `set default="${said}"`)),
      );
    }),
  ];
}

/** Whether check and plan speak of the same entry, and of the same kernel where the plan can tell it. */
function agree({ entry }: Bootability, next: Fact<NextBoot>): boolean {
  if (!entry.known || !next.known) return entry.known === next.known;
  const { name, release } = entry.value;
  const { rule, release: planned } = next.value;
  const sameKernel = !planned.known || (release.known && release.value === planned.value);
  return sameKernel && (rule.includes(` starts ${name}`) || rule.includes(` starts "${name}"`));
}

describe.each(recordedHosts())("on $name, whatever names the default", (host) => {
  it("plan, check and groups give one answer to what boots next", async () => {
    for (const { says: text, capture } of variants(host)) {
      const reader = new LinkReader(new CaptureTree(capture));
      const state: HostState = await probe(reader);
      const plan = await planOf(capture, {});
      const check = await checkBoot({ reader, state });
      const { before, after } = plan.nextBoot;
      expect([text, agree(check, before)]).toEqual([text, true]);
      expect([text, after]).toEqual([text, before]);
      const { options, optionsFrom } = bootToPredict(state, undefined);
      if (before.known) expect([text, options]).toEqual([text, { known: true, value: before.value.options }]);
      else expect([text, optionsFrom]).toEqual([text, "this boot's own line"]);
    }
  });
});
