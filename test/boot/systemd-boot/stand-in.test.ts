import { describe, expect, it } from "vitest";
import { wayBackNote } from "../../../src/boot/bls/way-back-entry.ts";
import { ADDED_OPTIONS, addedOptionsText } from "../../../src/facts/added-options.ts";
import type { Plan, Step } from "../../../src/model/index.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("sd-boot-debian");
const ESP = "/boot/efi";
const ENTRIES = `${ESP}/loader/entries`;
const CONF = `${ESP}/loader/loader.conf`;
const WAY_BACK = `${ENTRIES}/a-hostcfg-way-back.conf`;
const COPIES = `${ESP}/EFI/hostcfg/way-back`;
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const textOf = (path: string): string => capture.paths[path]?.text ?? "";
const place = (step: Step): string => (step.kind === "exec" ? step.argv.slice(0, 2).join(" ") : step.path);
const places = (plan: Plan): string[] => plan.steps.map(place);
const written = (plan: Plan, path: string): string[] =>
  plan.steps.flatMap((step) => (step.kind === "writeFile" && step.path === path ? [step.content] : []));

/** A file of modprobe.d that is younger than the initrds. */
const CHANGED: Patch = {
  "/etc/modprobe.d/x.conf": { kind: "file", text: "options a b=1\n", modifiedAt: Date.UTC(2026, 1, 1) },
};
const LATER = Date.UTC(2026, 2, 1);
const DEFAULT = "/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
const ONE_SHOT = DEFAULT.replace("Default", "OneShot");
function variable(text: string): Patch[string] {
  const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${text}\0`, "utf16le")]);
  return { kind: "file", base64: bytes.toString("base64") };
}

type Wish = Omit<HostSpec, "apiVersion">;
const NEWEST: Wish = { kernel: { release: NEW } };
const image = debOf(`linux-image-${NEW}`, "6.1.115-1");
/** The same release in another build: its hooks make the initrd anew and run kernel-install. */
const PACKAGE: Wish = { kernel: { packages: [packageOf(image)] } };

/** The host as the first steps of a plan left it, with what those steps have written. */
async function cut(patch: Patch, wish: Wish, more: Patch = {}): Promise<Patch> {
  const plan = await planOf(patched(capture, patch), wish, wish === PACKAGE ? [image] : []);
  const opening = plan.steps.slice(
    0,
    plan.steps.findIndex((step) => step.kind === "exec"),
  );
  const files = Object.fromEntries(
    opening.flatMap((step): [string, string][] => {
      if (step.kind === "copyFile") return [[step.path, textOf(step.from)]];
      return step.kind === "writeFile" ? [[step.path, step.content]] : [];
    }),
  );
  return { ...patch, ...files, ...more };
}

const OPENING = [`${COPIES}/vmlinuz`, `${COPIES}/initrd.img`, WAY_BACK, CONF];

describe("while kernel-install copies over what boots", () => {
  it("a copy of it is the default, from before until the release is pinned", async () => {
    const plan = await planOf(patched(capture, CHANGED), NEWEST);
    expect(places(plan)).toEqual([...OPENING, "update-initramfs -u", "kernel-install add", CONF]);
    expect(written(plan, CONF)).toEqual([
      `default a-hostcfg-way-back*\n${textOf(CONF)}`,
      `default debian-${NEW}.conf\n${textOf(CONF)}`,
    ]);
    expect(plan.nextBoot.after).toMatchObject({ value: { kernel: `${ESP}/debian/${NEW}/linux` } });
    expect(codes(plan, "error")).toEqual([]);
  });

  it("that copy keeps the options of before, and notes that nothing named a default", async () => {
    const wish = { ...NEWEST, kernelOptions: { present: ["iommu=pt"] } };
    const [text = ""] = written(await planOf(patched(capture, CHANGED), wish), WAY_BACK);
    expect(text).toContain(
      `\noptions ${/^options\s+(.*)$/m.exec(textOf(`${ENTRIES}/debian-${NEW}.conf`))?.[1] ?? "none"}\n`,
    );
    expect(wayBackNote(text)).toEqual({ former: undefined, rewritten: NEW });
  });

  it("a default that is set already is given back to the byte", async () => {
    const conf = `timeout 3\ndefault   debian-${NEW}.conf\neditor no`;
    const plan = await planOf(patched(capture, { ...CHANGED, [CONF]: conf }), NEWEST);
    expect(written(plan, CONF)).toEqual(["timeout 3\ndefault   a-hostcfg-way-back*\neditor no", conf]);
  });

  it("for hooks alone it runs once more itself, lest one that failed is not seen", async () => {
    const plan = await planOf(capture, PACKAGE, [image]);
    expect(places(plan)).toEqual([...OPENING, "dpkg --force-confold", "kernel-install add", CONF]);
    expect(plan.steps.at(-2)).toMatchObject({ serves: ["bootLoader.copies"] });
  });

  it("where nothing named a default before, nothing does afterwards, to the byte", async () => {
    const plan = await planOf(capture, PACKAGE, [image]);
    expect(written(plan, CONF).at(-1)).toBe(textOf(CONF));
  });

  it("a loader.conf that was not there is not there afterwards", async () => {
    const plan = await planOf(patched(capture, { [CONF]: null }), PACKAGE, [image]);
    expect(plan.steps.at(-1)).toMatchObject({
      kind: "remove",
      path: CONF,
      before: "default a-hostcfg-way-back*\n",
    });
  });

  it("what hooks have written is kept for an undo, and on the disk before the default is given back", async () => {
    const plan = await planOf(capture, PACKAGE, [image]);
    expect(plan.steps.find((step) => step.kind === "exec")).toMatchObject({
      touches: [`${ENTRIES}/debian-${NEW}.conf`],
      flushes: ["/boot", ENTRIES, `${ESP}/debian/${NEW}`],
    });
  });

  it("an EFI variable that names the default is set by bootctl, and set back", async () => {
    const pattern = `debian-${NEW}.conf`;
    const host = patched(capture, { [DEFAULT]: variable(pattern) });
    const plan = await planOf(host, PACKAGE, [image]);
    const calls = plan.steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []));
    expect([calls[0], calls.at(-1)]).toEqual([
      "bootctl set-default a-hostcfg-way-back*",
      `bootctl set-default ${pattern}`,
    ]);
    expect(written(plan, CONF)).toEqual([]);
  });

  it("copies and entry stand on the partition that kernel-install writes to, the default on the ESP", async () => {
    const xbootldr = recordedHost("sd-boot-xbootldr").capture;
    const plan = await planOf(patched(xbootldr, CHANGED), NEWEST);
    expect(places(plan).slice(0, 4)).toEqual([
      "/boot/EFI/hostcfg/way-back/vmlinuz",
      "/boot/EFI/hostcfg/way-back/initrd.img",
      "/boot/loader/entries/a-hostcfg-way-back.conf",
      "/efi/loader/loader.conf",
    ]);
    expect(codes(plan, "error")).toEqual([]);
  });
});

describe("an entry of somebody's own with the files of kernel-install", () => {
  const MINE = `${ENTRIES}/mine.conf`;
  const mine: Patch = {
    [MINE]: textOf(`${ENTRIES}/debian-${NEW}.conf`).replace("quiet", "quiet zz=1"),
    [CONF]: "default mine.conf\n",
  };

  it("is put aside as well, and boots with its own options afterwards", async () => {
    const plan = await planOf(
      patched(capture, { ...mine, ...CHANGED }),
      {
        kernel: { packages: [packageOf(debOf("firmware-x", "1"))] },
      },
      [debOf("firmware-x", "1")],
    );
    expect(places(plan)).toEqual([...OPENING, "dpkg --force-confold", "kernel-install add", CONF]);
    expect(written(plan, WAY_BACK)[0]).toContain(" zz=1\n");
    expect(written(plan, CONF).at(-1)).toBe("default mine.conf\n");
  });

  it("is mended after a cut by what kernel-install does", async () => {
    const left = await cut(mine, PACKAGE, { [`${ESP}/debian/${NEW}/linux`]: "MZ ker" });
    const plan = await planOf(patched(capture, left), {});
    expect(places(plan)).toEqual(["kernel-install add", CONF]);
    const { after } = plan.nextBoot;
    expect(after.known && after.value.options).toMatch(/ zz=1$/);
  });
});

describe("an ESP that is as good as full", () => {
  it("has no less room for kernel-install to copy over its own files", async () => {
    const sizes = [`${ESP}/debian/${NEW}/linux`, `${ESP}/debian/${NEW}/initrd.img-${NEW}`].map(
      (path) => textOf(path).length,
    );
    const freeBytes = sizes.reduce((sum, size) => sum + size, 0);
    const patch: Patch = { [ESP]: { ...capture.paths[ESP], kind: "directory", freeBytes } };
    const plan = await planOf(patched(capture, { ...patch, ...CHANGED }), NEWEST);
    expect([codes(plan, "error"), places(plan).includes(WAY_BACK)]).toEqual([[], true]);
  });
});

/** Its kernel comes first in the menu as soon as the hook has added it, with or without an initrd. */
const NEWER_DEB = debOf("linux-image-6.8.0-acso", "1");

it("what boots now stays the default while a newer kernel's package is installed", async () => {
  const plan = await planOf(capture, { kernel: { packages: [packageOf(NEWER_DEB)] } }, [NEWER_DEB]);
  expect(places(plan).slice(-4)).toEqual([WAY_BACK, CONF, "dpkg --force-confold", CONF]);
  expect(plan.changes.find(({ address }) => address === "bootLoader.wayBack")?.reason).toContain(
    "a new kernel comes before debian-6.1.0-26-amd64 as soon as it is there",
  );
});

describe("nothing is put aside", () => {
  it("where kernel-install adds another release than the one that boots", async () => {
    const plan = await planOf(patched(capture, CHANGED), { kernel: { release: OLD } });
    expect(places(plan)).toEqual(["update-initramfs -u", "kernel-install add", CONF]);
  });

  it("for the package of a kernel that comes behind, or one that no hook looks at", async () => {
    for (const name of ["linux-image-5.10.0-acso", "linux-headers-6.8.0-acso", "linux-libc-dev"]) {
      const deb = debOf(name, "1");
      const plan = await planOf(capture, { kernel: { packages: [packageOf(deb)] } }, [deb]);
      expect([name, places(plan)]).toEqual([name, ["dpkg --force-confold"]]);
    }
  });

  it("for the package of a newer kernel where the default names what boots now", async () => {
    const conf = "default debian-6.1.0-26-amd64.conf\n";
    const pinned = patched(capture, { [CONF]: conf });
    const plan = await planOf(pinned, { kernel: { packages: [packageOf(NEWER_DEB)] } }, [NEWER_DEB]);
    expect(places(plan)).toEqual(["dpkg --force-confold"]);
  });

  it("for options alone, which are written as whole files", async () => {
    const plan = await planOf(capture, { kernelOptions: { present: ["iommu=pt"] } });
    expect(places(plan)).not.toContain(WAY_BACK);
  });

  it("for want of room, with a warning", async () => {
    const full = { ...capture.paths[ESP], kind: "directory" as const, freeBytes: 10 };
    const plan = await planOf(patched(capture, { ...CHANGED, [ESP]: full }), NEWEST);
    expect(codes(plan, "warning")).toContain("way-back-space");
    expect([plan.applyable, places(plan).includes(WAY_BACK)]).toEqual([true, false]);
  });

  it("for want of room, and yet kernel-install runs once more itself, for its hooks hide failures", async () => {
    const full = { ...capture.paths[ESP], kind: "directory" as const, freeBytes: 10 };
    const plan = await planOf(patched(capture, { [ESP]: full }), PACKAGE, [image]);
    expect([codes(plan, "warning").includes("way-back-space"), places(plan)]).toEqual([
      true,
      ["dpkg --force-confold", "kernel-install add"],
    ]);
  });

  it.each<[string, Patch]>([
    [
      "the loader starts what it started last, which cannot be seen",
      {
        [CONF]: "default @saved\n",
        [ONE_SHOT.replace("OneShot", "LastBooted")]: { kind: "file", error: "EIO: i/o error" },
      },
    ],
    ["the next boot was chosen for once", { [ONE_SHOT]: variable(`debian-${NEW}.conf`) }],
  ])("where %s, with a warning if it may be what is copied over", async (_name, patch) => {
    const plan = await planOf(patched(capture, patch), PACKAGE, [image]);
    expect([codes(plan, "warning").includes("way-back-unset"), places(plan)]).toEqual([
      true,
      ["dpkg --force-confold"],
    ]);
    const deb = debOf("linux-image-6.8.0-acso", "1");
    const other = await planOf(patched(capture, patch), { kernel: { packages: [packageOf(deb)] } }, [deb]);
    expect(codes(other, "warning")).not.toContain("way-back-unset");
  });
});

it("firmware, whose hooks have some initrd made anew, is taken to concern what boots", async () => {
  const deb = debOf("firmware-misc-nonfree", "1");
  const plan = await planOf(capture, { kernel: { packages: [packageOf(deb)] } }, [deb]);
  expect(places(plan)).toEqual([...OPENING, "dpkg --force-confold", "kernel-install add", CONF]);
});

describe("after a cut", () => {
  const REMADE: Patch = {
    [`/boot/initrd.img-${NEW}`]: { kind: "file", text: "a new initrd\n", modifiedAt: LATER },
  };

  it("the way back boots next, and what is declared is done before another is the default", async () => {
    const plan = await planOf(patched(capture, await cut(CHANGED, NEWEST, REMADE)), NEWEST);
    expect(plan.nextBoot.before).toMatchObject({ value: { kernel: `${COPIES}/vmlinuz` } });
    expect(places(plan)).toEqual(["kernel-install add", CONF]);
    expect(written(plan, CONF)).toEqual([`default debian-${NEW}.conf\n${textOf(CONF)}`]);
    expect(codes(plan, "error")).toEqual([]);
  });

  it.each<[string, Patch]>([
    ["a missing kernel", { [`${ESP}/debian/${NEW}/linux`]: null }],
    ["half a kernel", { [`${ESP}/debian/${NEW}/linux`]: "MZ ker" }],
    ["an empty initrd", { [`${ESP}/debian/${NEW}/initrd.img-${NEW}`]: "" }],
    ["an empty entry", { [`${ENTRIES}/debian-${NEW}.conf`]: "" }],
    ["half an entry", { [`${ENTRIES}/debian-${NEW}.conf`]: `title x\nversion ${NEW}\n` }],
    ["the initrd of before", REMADE],
  ])("%s is mended before nothing is the default again, whatever is declared", async (_name, left) => {
    const host = patched(capture, await cut({}, PACKAGE, left));
    const plan = await planOf(host, {});
    expect(codes(plan, "error")).toEqual([]);
    expect(places(plan)).toEqual(["kernel-install add", CONF]);
    expect(written(plan, CONF)).toEqual([textOf(CONF)]);
    expect(plan.nextBoot.after).toMatchObject({ value: { kernel: `${ESP}/debian/${NEW}/linux` } });
    expect(plan.changes).toMatchObject([
      { address: "bootLoader.copies", before: "half written" },
      { address: "bootLoader.wayBack", before: "boots next" },
    ]);
  });

  it("hooks that are still to run are followed by kernel-install itself, as they were to be before", async () => {
    const plan = await planOf(patched(capture, await cut({}, PACKAGE)), PACKAGE, [image]);
    expect(places(plan)).toEqual(["dpkg --force-confold", "kernel-install add", CONF]);
    expect(plan.steps.at(-2)).toMatchObject({ serves: ["bootLoader.copies"] });
  });

  it("what cannot be mended leaves the way back where it is", async () => {
    const gone: Patch = { [`${ESP}/debian/${NEW}/linux`]: "MZ ker", [`/boot/initrd.img-${NEW}`]: null };
    const plan = await planOf(patched(capture, await cut({}, PACKAGE, gone)), {});
    expect([plan.applyable, codes(plan, "error")]).toEqual([false, ["kernel-incomplete"]]);
  });

  it("with everything whole the default alone is given back", async () => {
    const plan = await planOf(patched(capture, await cut({}, PACKAGE)), {});
    expect([places(plan), written(plan, CONF)]).toEqual([[CONF], [textOf(CONF)]]);
  });
});

describe("the way back that stays in the menu", () => {
  async function kept(patch: Patch = {}): Promise<Patch> {
    return cut({}, PACKAGE, { [CONF]: textOf(CONF), ...patch });
  }

  it("is neither what boots next nor a kernel to go back to, and there is nothing to do", async () => {
    const [with_, without] = [await planOf(patched(capture, await kept()), {}), await planOf(capture, {})];
    expect([with_.nextBoot, with_.steps]).toEqual([without.nextBoot, []]);
    const alone = await kept({ [`${ENTRIES}/debian-${OLD}.conf`]: null });
    const { nextBoot } = await planOf(patched(capture, alone), {});
    expect(nextBoot.before).toMatchObject({ value: { fallback: { known: false } } });
  });

  it("is never taken for the entry of its release", async () => {
    const lost = await kept({ [`${ENTRIES}/debian-${NEW}.conf`]: null });
    const plan = await planOf(patched(capture, lost), NEWEST);
    expect(places(plan)).toEqual(["kernel-install add", CONF]);
    expect(written(plan, CONF)[0]).toContain(`default debian-${NEW}.conf\n`);
  });

  it("keeps its options, and no record is kept for its sake", async () => {
    const text = (await kept())[WAY_BACK];
    const options = typeof text === "string" ? text.replace("quiet", "quiet zz=1") : "";
    const host = patched(capture, {
      ...(await kept({ [WAY_BACK]: options })),
      [ADDED_OPTIONS]: addedOptionsText(["zz=1"]),
    });
    const plan = await planOf(host, { kernelOptions: { present: [], absent: [] } });
    expect(places(plan)).toEqual([ADDED_OPTIONS]);
    expect(written(plan, ADDED_OPTIONS)).toEqual([addedOptionsText([])]);
  });

  it("is made again only as far as it differs, by the next plan that needs one", async () => {
    const plan = await planOf(patched(capture, await kept()), PACKAGE, [image]);
    expect(places(plan)).toEqual([CONF, "dpkg --force-confold", "kernel-install add", CONF]);
  });
});
