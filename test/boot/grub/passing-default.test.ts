import { describe, expect, it } from "vitest";
import { bootability } from "../../../src/boot/check.ts";
import { known } from "../../../src/facts/fact.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import { probe } from "../../../src/plan/probe.ts";
import type { Plan } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const DROP_IN = "/etc/default/grub.d/95-hostcfg.cfg";
const MENU = "/boot/grub/grub.cfg";
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const PRESENT = "6.1.0-26-amd64";
const PATH = `gnulinux-advanced-${UUID}>gnulinux-${PRESENT}-advanced-${UUID}`;
const image = debOf("linux-image-6.9.0-acso", "1");
const SPEC = { kernel: { packages: [packageOf(image)] } };

/** What each step does, and for hostcfg's own settings what default they say. */
function told({ steps }: Plan): string[] {
  return steps.map((step) => {
    if (step.kind === "exec") return step.argv[0] ?? "";
    const content = step.kind === "writeFile" ? step.content : "";
    const named = [...content.matchAll(/^GRUB_DEFAULT='(.*)'$/gm)].map(([, value]) => value ?? "");
    const isAtWork = content.includes("# hostcfg is at work");
    return `${step.kind} ${step.path}${isAtWork ? " at work" : ""} ${named.join(" then ")}`.trim();
  });
}

/** A host on which an apply was cut after its first step. */
async function cut(): Promise<Patch> {
  const [first] = (await planOf(capture, SPEC, [image])).steps;
  if (first?.kind !== "writeFile") throw new Error("the first step must write the passing default");
  return { [DROP_IN]: first.content };
}

describe("what boots now, while a package with a newer kernel is installed", () => {
  it("is the default by its ids, and that is taken out again at the end, in its own step", async () => {
    const plan = await planOf(capture, SPEC, [image]);
    expect(told(plan)).toEqual([
      `writeFile ${DROP_IN} at work ${PATH}`,
      "dpkg",
      `writeFile ${DROP_IN} at work`,
      "update-grub",
      `remove ${DROP_IN}`,
    ]);
    expect(plan.nextBoot.after.known && plan.nextBoot.after.value.release).toEqual({
      known: true,
      value: "6.9.0-acso",
    });
  });

  it("gives way to the default that is declared", async () => {
    const plan = await planOf(capture, { kernel: { ...SPEC.kernel, release: "6.9.0-acso" } }, [image]);
    const pin = PATH.replaceAll(PRESENT, "6.9.0-acso");
    expect(told(plan).slice(0, -1)).toEqual([
      `writeFile ${DROP_IN} at work ${PATH}`,
      "dpkg",
      `writeFile ${DROP_IN} at work ${pin}`,
      "update-grub",
    ]);
    expect(told(plan).at(-1)).toBe(`writeFile ${DROP_IN} ${pin}`);
  });

  it.each<readonly [string, Patch]>([
    [
      "it is the default by its ids already",
      { "/etc/default/grub": `GRUB_DEFAULT='${PATH}'\n`, [MENU]: menuWith(PATH) },
    ],
    ["no hook makes the menu", { "/etc/kernel/postinst.d/zz-update-grub": null }],
    ["the kernel is there with its initrd", kernel("6.9.0-acso")],
  ])("stays as it is where %s", async (_, patch) => {
    const plan = await planOf(patched(capture, patch), SPEC, [image]);
    expect(told(plan)).toEqual(["dpkg"]);
  });

  it("cannot be kept where another file sets the default after hostcfg's, and that is said", async () => {
    const later = { "/etc/default/grub.d/99-mine.cfg": "GRUB_DEFAULT=0\n" };
    const plan = await planOf(patched(capture, later), SPEC, [image]);
    expect([told(plan), codes(plan, "warning")]).toEqual([
      ["dpkg"],
      expect.arrayContaining(["way-back-unset"]),
    ]);
  });

  it("cannot be kept where an entry that somebody wrote is the default by its place, which moves", async () => {
    const text = (capture.paths[MENU]?.text ?? "").replace('set default="0"', 'set default="4"');
    const menu = text
      .replace(/^submenu .*$/m, "")
      .replace(/^}\n(?=### END \/etc\/grub.d\/10_linux)/m, "menuentry 'mine' {\n\tchainloader +1\n}\n");
    const places = { "/etc/default/grub": "GRUB_DISABLE_SUBMENU=y\nGRUB_DEFAULT=4\n", [MENU]: menu };
    const plan = await planOf(patched(capture, places), SPEC, [image]);
    expect(codes(plan, "warning")).toContain("way-back-unset");
  });

  it("cannot be kept where somebody has changed hostcfg's own file, which stays", async () => {
    const plan = await planOf(patched(capture, { [DROP_IN]: "GRUB_TIMEOUT=3\n" }), SPEC, [image]);
    expect([told(plan), codes(plan, "warning")]).toEqual([
      ["dpkg"],
      expect.arrayContaining(["way-back-unset"]),
    ]);
  });
});

describe("after an apply that was cut", () => {
  it("the next one goes on without another passing default", async () => {
    const plan = await planOf(patched(capture, await cut()), SPEC, [image]);
    expect(told(plan)).toEqual(["dpkg", `writeFile ${DROP_IN} at work`, "update-grub", `remove ${DROP_IN}`]);
  });

  it("a spec that asks for nothing of GRUB gives the default back", async () => {
    const plan = await planOf(patched(capture, await cut()), { bootSymlinks: {} });
    expect(plan.changes.map(({ address, reason }) => [address, reason])).toEqual([
      ["bootLoader.wayBack", "an apply was interrupted before it restored the default"],
    ]);
    expect(told(plan)).toEqual([`writeFile ${DROP_IN} at work`, "update-grub", `remove ${DROP_IN}`]);
  });

  it("the default is not given back to a kernel whose initrd is missing", async () => {
    const half = { ...kernel("6.9.0-acso"), "/boot/initrd.img-6.9.0-acso": null };
    const plan = await planOf(patched(capture, { ...(await cut()), ...half }), { bootSymlinks: {} });
    expect(codes(plan, "error")).toEqual(["unsafe-order"]);
  });
});

function kernel(release: string): Patch {
  return {
    [`/boot/vmlinuz-${release}`]: `kernel ${release}\n`,
    [`/boot/initrd.img-${release}`]: `initrd of ${release}\n`,
    [`/usr/lib/modules/${release}/modules.dep`]: "\n",
  };
}

function menuWith(chosen: string): string {
  const text = capture.paths[MENU]?.text ?? "";
  return text.replace('set default="0"', `set default="${chosen}"`);
}

describe("a kernel in /boot without its initrd", () => {
  const half = { ...kernel("6.9.0-acso"), "/boot/initrd.img-6.9.0-acso": null };
  const warned = async (patch: Patch): Promise<string | undefined> => {
    const state = await probe(new LinkReader(new CaptureTree(patched(capture, patch))), {
      apiVersion: "hostcfg/v1",
    });
    const { problems } = bootability(state, known("grub"));
    return problems.find(({ code }) => code === "next-menu-broken")?.summary;
  };

  it("is told of where the next update-grub would make it the default", async () => {
    expect(await warned(half)).toContain("makes gnulinux-simple-");
  });

  it.each<readonly [string, Patch]>([
    ["its initrd is there", kernel("6.9.0-acso")],
    ["another kernel comes first", { ...kernel("5.10.0-acso"), "/boot/initrd.img-5.10.0-acso": null }],
    ["the settings name another", { ...half, "/etc/default/grub": `GRUB_DEFAULT='${PATH}'\n` }],
  ])("is not where %s", async (_, patch) => {
    expect(await warned(patch)).toBeUndefined();
  });
});
