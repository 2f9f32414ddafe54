import { describe, expect, it } from "vitest";
import { menuOf } from "../../../src/boot/check.ts";
import { known } from "../../../src/facts/fact.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import { probe } from "../../../src/plan/probe.ts";
import { patched } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";
import type { Answer, Menu } from "./real-menus.ts";
import { MENUS } from "./real-menus.ts";

const { capture } = recordedHost("debian-grub");

/** Where hostcfg says that it does not know what comes, which is never wrong. */
const UNKNOWN: readonly string[] = [
  "a title in double quotes with a variable",
  "an entry behind the firmware's settings",
  "custom.cfg with a default without quotes and a >",
  "a default in a function",
  "a default behind a condition on a file that is not there",
  "a default in another file",
  "an entry in another file",
  "a default behind two conditions that hold",
  "a default behind a condition that only GRUB knows",
  "an entry behind a condition that only GRUB knows",
  "entries of a loop",
  "a kernel by a variable",
];

interface Said {
  readonly entry: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly options: string;
}

/** What hostcfg says of a host with this menu; undefined where it says that it does not know. */
async function said(menu: Menu): Promise<Said | undefined> {
  const files = Object.entries({ grubenv: null, ...menu.files }).map(
    ([name, text]) => [`/boot/grub/${name}`, text] as const,
  );
  const reader = new LinkReader(new CaptureTree(patched(capture, Object.fromEntries(files))));
  const found = menuOf(await probe(reader, { apiVersion: "hostcfg/v1" }), known("grub"));
  const chosen = found.known ? found.value.chosen : undefined;
  if (chosen === undefined) return undefined;
  const { name, reads, options } = chosen;
  return { entry: name, kernel: reads.kernel, initrd: reads.initrd, options };
}

/** The same in hostcfg's terms: the entry without its submenu, and the last file of an initrd. */
function meant({ entry, linux, initrd }: Answer): Said {
  const [kernel = "none", ...options] = linux?.split(/ +/) ?? [];
  return {
    entry: (entry.split(/(?<!>)>(?!>)/).at(-1) ?? "").replaceAll(">>", ">"),
    kernel,
    initrd: initrd?.split(" ").at(-1) ?? "none",
    options: options.join(" "),
  };
}

describe.each(["2.06", "2.12"])("as real GRUB %s answered", (version) => {
  const asked = MENUS.filter(({ answers }) => answers[version] !== undefined);

  it.each(asked.map((menu) => [menu.what, menu] as const))("%s", async (what, menu) => {
    const answer = menu.answers[version];
    if (answer === undefined) throw new Error(`GRUB ${version} was not asked`);
    expect(await said(menu)).toEqual(UNKNOWN.includes(what) ? undefined : meant(answer));
  });
});
