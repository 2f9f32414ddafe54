import { describe, expect, it } from "vitest";
import { wayBackNote } from "../../../src/boot/bls/way-back-entry.ts";
import type { Plan, Step } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { debOf, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const ESP = "/boot/efi";
const CONF = `${ESP}/loader/loader.conf`;
const ENTRY = `${ESP}/loader/entries/hostcfg-way-back.conf`;
const COPIES = `${ESP}/EFI/hostcfg/way-back`;
const CURRENT = capture.paths[`${ESP}/loader/entries/Pop_OS-current.conf`]?.text ?? "";
const IMAGES = `${ESP}/EFI/Pop_OS-${/UUID=(\S+)/.exec(CURRENT)?.[1] ?? ""}`;
const wish = { kernelOptions: { present: ["iommu=pt"] } };

const place = (step: Step): string => (step.kind === "exec" ? (step.argv[0] ?? "") : step.path);
const written = (plan: Plan, path: string): string[] =>
  plan.steps.flatMap((step) => (step.kind === "writeFile" && step.path === path ? [step.content] : []));

/** The host as the first steps of a plan left it, cut before kernelstub ran. */
async function cutBeforeKernelstub(patch: Patch = {}): Promise<Patch> {
  const plan = await planOf(patched(capture, patch), wish);
  const files = Object.fromEntries(
    plan.steps.flatMap((step): [string, string][] => {
      if (step.kind === "copyFile") return [[step.path, capture.paths[step.from]?.text ?? ""]];
      return step.kind === "writeFile" && [ENTRY, CONF].includes(step.path)
        ? [[step.path, step.content]]
        : [];
    }),
  );
  return { ...patch, ...files, [CONF]: written(plan, CONF)[0] ?? "" };
}

describe("while kernelstub overwrites in place what boots", () => {
  it("a copy of it is the default, from before its run until after all else", async () => {
    const plan = await planOf(capture, wish);
    expect(plan.steps.map(place)).toEqual([
      `${COPIES}/vmlinuz`,
      `${COPIES}/initrd.img`,
      ENTRY,
      CONF,
      "/var/lib/hostcfg/options.json",
      "/etc/kernelstub/configuration",
      "kernelstub",
      CONF,
    ]);
    const [aside, back] = written(plan, CONF);
    expect([aside, back]).toEqual(["default hostcfg-way-back*\n", capture.paths[CONF]?.text]);
  });

  it("a copy of this boot's kernel stays the way back where what boots next has not booted yet", async () => {
    const newer = "5.4.0-7642-generic";
    const [kernel, initrd] = [`MZ kernel image ${newer}\n`, `initrd of ${newer}\n`];
    const untried = {
      ...(await cutBeforeKernelstub()),
      [CONF]: capture.paths[CONF]?.text ?? "",
      [`/boot/vmlinuz-${newer}`]: kernel,
      [`/boot/initrd.img-${newer}`]: initrd,
      [`/usr/lib/modules/${newer}/modules.dep`]: "",
      [`${IMAGES}/vmlinuz.efi`]: kernel,
      [`${IMAGES}/initrd.img`]: initrd,
    };
    const plan = await planOf(patched(capture, untried), wish);
    expect(plan.steps.map(place)).toContain("kernelstub");
    expect(plan.steps.map(place).filter((path) => path.startsWith(COPIES))).toEqual([]);
    expect(written(plan, CONF)[0]).toBe("default hostcfg-way-back*\n");
    expect(plan.nextBoot.after).toMatchObject({
      value: { release: { value: newer }, fallback: { value: "5.3.0-7625-generic" } },
    });
  });

  it("that copy keeps the options of before", async () => {
    const [text = ""] = written(await planOf(capture, wish), ENTRY);
    const options = /^options (.*)$/m.exec(CURRENT)?.[1];
    expect(text).toContain(`\noptions ${options ?? "none"}\n`);
    expect(text).not.toContain("iommu=pt");
    expect(wayBackNote(text)).toEqual({ former: "Pop_OS-current" });
  });

  it("the same holds where only the hooks of a package run it", async () => {
    const image = debOf("linux-image-6.1.0-acso", "6.1.0-acso-1");
    const plan = await planOf(capture, { kernel: { packages: [packageOf(image)] } }, [image]);
    expect(plan.steps.map(place)).toEqual([
      `${COPIES}/vmlinuz`,
      `${COPIES}/initrd.img`,
      ENTRY,
      CONF,
      "dpkg",
      CONF,
    ]);
  });

  it("an EFI variable that names the default is set by bootctl, and set back", async () => {
    const pattern = "Pop_OS-current.conf";
    const variable = `/sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;
    const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${pattern}\0`, "utf16le")]);
    const plan = await planOf(
      patched(capture, { [variable]: { kind: "file", base64: bytes.toString("base64") } }),
      wish,
    );
    const calls = plan.steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : []));
    expect(calls[0]).toBe("bootctl set-default hostcfg-way-back*");
    expect(calls.at(-1)).toBe(`bootctl set-default ${pattern}`);
  });
});

describe("without kernelstub's run", () => {
  it("nothing is put aside", async () => {
    const plan = await planOf(capture, { kernelOptions: { present: ["amd_iommu=on"] } });
    expect(plan.steps).toEqual([]);
  });
});

describe("an ESP without room for copies aside", () => {
  it("is warned of, and the plan goes without them", async () => {
    const full = { ...capture.paths[ESP], kind: "directory" as const, freeBytes: 10 };
    const plan = await planOf(patched(capture, { [ESP]: full }), wish);
    expect(plan.diagnostics.map(({ code }) => code)).toContain("way-back-space");
    expect(plan.applyable).toBe(true);
    expect(plan.steps.map(place)).not.toContain(ENTRY);
  });
});

describe("after a cut", () => {
  it("the way back boots next, and the rest is done before the default is given back", async () => {
    const plan = await planOf(patched(capture, await cutBeforeKernelstub()), wish);
    expect(plan.nextBoot.before).toMatchObject({
      known: true,
      value: { kernel: `${COPIES}/vmlinuz`, release: { known: true } },
    });
    expect(plan.nextBoot.after).toMatchObject({ known: true, value: { kernel: `${IMAGES}/vmlinuz.efi` } });
    expect(plan.steps.map(place).slice(-2)).toEqual(["kernelstub", CONF]);
    expect(written(plan, CONF)).toEqual([capture.paths[CONF]?.text]);
  });

  it("half a kernel under kernelstub's name is made whole before, also where nothing else is to do", async () => {
    const half = { ...(await cutBeforeKernelstub()), [`${IMAGES}/vmlinuz.efi`]: "half a" };
    const plan = await planOf(patched(capture, half), {});
    expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan.steps.map(place)).toEqual(["kernelstub", CONF]);
  });

  it("with everything done the default alone is given back", async () => {
    const plan = await planOf(patched(capture, await cutBeforeKernelstub()), {});
    expect(plan.changes).toMatchObject([{ address: "bootLoader.wayBack", before: "boots next" }]);
    expect(plan.steps.map(place)).toEqual([CONF]);
  });
});
