import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEntry } from "../../../src/boot/bls/entry-text.ts";
import { withDefault, withOptions } from "../../../src/boot/bls/entry-file.ts";
import { WAY_BACK_ADDRESS } from "../../../src/boot/way-back.ts";
import { ADDED_OPTIONS } from "../../../src/facts/added-options.ts";
import type { Fact, NextBoot, Plan } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("sd-boot-debian");
const ENTRIES = "/boot/efi/loader/entries";
const TEMPLATE = "/etc/kernel/cmdline";
const CONF = "/boot/efi/loader/loader.conf";
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const textOf = (path: string): string => capture.paths[path]?.text ?? "";

function value(fact: Fact<NextBoot>): NextBoot {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

function written(plan: Plan): Record<string, string> {
  return Object.fromEntries(
    plan.steps.flatMap((step) =>
      step.kind === "writeFile" && step.path !== ADDED_OPTIONS ? [[step.path, step.content] as const] : [],
    ),
  );
}

function variable(text: string): Patch[string] {
  const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${text}\0`, "utf16le")]);
  return { kind: "file", base64: bytes.toString("base64") };
}
const efi = (name: string): string =>
  `/sys/firmware/efi/efivars/${name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f`;

describe("what systemd-boot starts next", () => {
  it("is the newest entry where nothing names a default", async () => {
    expect(value((await planOf(capture, {})).nextBoot.before)).toMatchObject({
      loader: "systemd-boot",
      release: { known: true, value: NEW },
      kernel: `/boot/efi/debian/${NEW}/linux`,
      options: `root=UUID=${UUID} ro quiet`,
      fallback: { known: true, value: OLD },
    });
  });

  it("is unknown where the entry's image is not the kernel of /boot", async () => {
    const host = patched(capture, { [`/boot/efi/debian/${NEW}/linux`]: "another build" });
    expect(value((await planOf(host, {})).nextBoot.before).release).toMatchObject({ known: false });
  });
});

// As kernel-install has it on Debian 14 and wherever dracut-core stands beside: it makes an initrd of its own for the entry.
describe("the entry of this boot, whose initrd is another than that of /boot", () => {
  const image = `/boot/efi/debian/${NEW}/linux`;
  const another: Patch = { [`/boot/efi/debian/${NEW}/initrd.img-${NEW}`]: "made by dracut for this entry" };

  it.each<[string, Patch, boolean]>([
    [
      "by its line and its kernel",
      { "/proc/cmdline": `initrd=\\debian\\${NEW}\\initrd.img-${NEW} root=UUID=${UUID} ro quiet\n` },
      true,
    ],
    [
      "where systemd-boot leaves no initrd on the line",
      { "/proc/cmdline": `root=UUID=${UUID} ro quiet\n` },
      true,
    ],
    ["not with another line", { "/proc/cmdline": `root=UUID=${UUID} ro quiet rescue\n` }, false],
    ["not with another initrd", { "/proc/cmdline": `initrd=\\a root=UUID=${UUID} ro quiet\n` }, false],
    ["not where its kernel is another now", { [image]: "another build" }, false],
  ])("is what to go back to, %s", async (_what, patch, isKnown) => {
    const { nextBoot } = await planOf(patched(capture, { ...another, ...patch }), {
      kernel: { release: OLD },
    });
    expect(value(nextBoot.before).release.known).toBe(false);
    const { fallback } = value(nextBoot.after);
    expect(fallback.known ? fallback.value : undefined).toBe(isKnown ? NEW : undefined);
  });
});

describe("a declared release", () => {
  it("is made the default in loader.conf, by its entry's own name, and nothing else is touched", async () => {
    const plan = await planOf(capture, { kernel: { release: OLD } });
    expect(written(plan)).toEqual({ [CONF]: `${textOf(CONF)}default debian-${OLD}.conf\n` });
    expect(value(plan.nextBoot.after).release).toEqual({ known: true, value: OLD });
    expect(plan.nextBoot.afterUpgrade).toMatchObject({ known: true, value: { keeps: true } });
  });

  it("is changed by bootctl where an EFI variable names another", async () => {
    const host = patched(capture, { [efi("LoaderEntryDefault")]: variable(`debian-${NEW}.conf`) });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(plan.steps.map((step) => (step.kind === "exec" ? step.argv : step.kind))).toEqual([
      ["bootctl", "set-default", `debian-${OLD}.conf`],
    ]);
  });

  it("is refused while a one-shot variable would start another", async () => {
    const host = patched(capture, { [efi("LoaderEntryOneShot")]: variable(`debian-${NEW}.conf`) });
    expect(codes(await planOf(host, { kernel: { release: OLD } }), "error")).toEqual(["one-shot-entry"]);
  });

  it("of a counted entry is named so that the counter does not matter, with a warning", async () => {
    const host = patched(capture, {
      [`${ENTRIES}/debian-${OLD}.conf`]: null,
      [`${ENTRIES}/debian-${OLD}+2-1.conf`]: textOf(`${ENTRIES}/debian-${OLD}.conf`),
    });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(written(plan)[CONF]).toContain(`default debian-${OLD}[+.]*conf\n`);
    expect(codes(plan, "warning")).toContain("boot-counting-defeated");
  });

  it("without an entry is added by kernel-install, from the template, before it becomes the default", async () => {
    const host = patched(capture, { [`${ENTRIES}/debian-${OLD}.conf`]: null });
    const plan = await planOf(host, { kernel: { release: OLD }, kernelOptions: { present: ["iommu=pt"] } });
    expect(
      plan.steps.map((step) =>
        step.kind === "exec" ? step.argv.slice(0, 3) : step.kind === "writeFile" ? step.path : "",
      ),
    ).toEqual([ADDED_OPTIONS, TEMPLATE, ["kernel-install", "add", OLD], CONF]);
    expect(value(plan.nextBoot.after).options).toBe(`root=UUID=${UUID} ro quiet iommu=pt`);
  });

  const changed: Patch = {
    "/etc/modprobe.d/x.conf": { kind: "file", text: "options a b=1\n", modifiedAt: Date.UTC(2026, 1, 1) },
  };

  it("gets its new initrd on the ESP also where somebody's own entry has copies of the old one", async () => {
    const host = patched(capture, {
      ...changed,
      [`${ENTRIES}/debian-${OLD}.conf`]: null,
      [`${ENTRIES}/mine.conf`]: textOf(`${ENTRIES}/debian-${OLD}.conf`),
    });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(plan.steps).toMatchObject([
      { argv: ["update-initramfs", "-u", "-k", OLD] },
      { argv: ["kernel-install", "add", OLD, `/boot/vmlinuz-${OLD}`, `/boot/initrd.img-${OLD}`] },
      { path: CONF },
    ]);
    expect(value(plan.nextBoot.after).rule).toContain(`debian-${OLD}.conf`);
  });

  it("has one entry when its initrd is made anew, although the present one has counted a try", async () => {
    const counted = `${ENTRIES}/debian-${OLD}+2-1.conf`;
    const host = patched(capture, {
      ...changed,
      "/etc/kernel/tries": "3\n",
      [CONF]: `default debian-${OLD}[+.]*conf\n`,
      [`${ENTRIES}/debian-${OLD}.conf`]: null,
      [counted]: textOf(`${ENTRIES}/debian-${OLD}.conf`),
    });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(plan.steps.filter(({ serves }) => !serves.includes(WAY_BACK_ADDRESS))).toMatchObject([
      { argv: ["update-initramfs", "-u", "-k", OLD] },
      { argv: ["kernel-install", "add"].concat(OLD, `/boot/vmlinuz-${OLD}`, `/boot/initrd.img-${OLD}`) },
      { kind: "remove", path: counted },
    ]);
    // It boots by its very entry, and the pattern that names it is given back before the old file goes.
    expect(plan.steps.filter(({ serves }) => serves.includes(WAY_BACK_ADDRESS)).at(-1)).toMatchObject({
      path: CONF,
      content: `default debian-${OLD}[+.]*conf\n`,
    });
    expect(plan.steps.at(-1)).toMatchObject({ path: counted });
    expect(value(plan.nextBoot.after).rule).toContain(`debian-${OLD}+3.conf`);
  });

  it("without an entry gets the machine's id from kernel-install where entries are named after it", async () => {
    const id = "0123456789abcdef0123456789abcdef";
    const host = patched(capture, {
      [`${ENTRIES}/debian-${OLD}.conf`]: null,
      "/etc/kernel/entry-token": `${id}\n`,
    });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect(value(plan.nextBoot.after).options).toBe(`root=UUID=${UUID} ro quiet systemd.machine_id=${id}`);
    const said = patched(host, { [TEMPLATE]: `root=UUID=${UUID} systemd.machine_id=x\n` });
    const again = await planOf(said, { kernel: { release: OLD } });
    expect(value(again.nextBoot.after).options).toBe(`root=UUID=${UUID} systemd.machine_id=x`);
  });

  it("has nothing to do once it is the default", async () => {
    const host = patched(capture, { [CONF]: `default debian-${OLD}.conf\n` });
    const plan = await planOf(host, { kernel: { release: OLD } });
    expect([plan.changes, plan.steps, codes(plan, "error")]).toEqual([[], [], []]);
  });
});

describe("declared options", () => {
  it("are written into the template and the entry that boots next; the way back keeps its own", async () => {
    const plan = await planOf(capture, { kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] } });
    expect(Object.keys(written(plan))).toEqual([TEMPLATE, `${ENTRIES}/debian-${NEW}.conf`]);
    expect(written(plan)[TEMPLATE]).toBe(`root=UUID=${UUID} ro iommu=pt\n`);
    expect(parseEntry(written(plan)[`${ENTRIES}/debian-${NEW}.conf`] ?? "").options).toBe(
      `root=UUID=${UUID} ro iommu=pt`,
    );
  });

  it("are found and written whichever line of the template has them, for kernel-install reads all", async () => {
    const host = patched(capture, { [TEMPLATE]: `root=UUID=${UUID}\nro quiet\n` });
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] } });
    expect(written(plan)[TEMPLATE]).toBe(`root=UUID=${UUID}\nro iommu=pt\n`);
  });

  it("that only the template lacks are written there, for the next kernel", async () => {
    const entry = `${ENTRIES}/debian-${NEW}.conf`;
    const host = patched(capture, {
      [entry]: withOptions(textOf(entry), `root=UUID=${UUID} ro quiet iommu=pt`),
    });
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(Object.keys(written(plan))).toEqual([TEMPLATE]);
    expect(plan.changes[0]?.reason).toContain("new entries would differ");
  });

  it("are refused with the entry of another root file system", async () => {
    const entry = `${ENTRIES}/debian-${NEW}.conf`;
    const host = patched(capture, { [entry]: withOptions(textOf(entry), "root=UUID=another ro") });
    expect(codes(await planOf(host, { kernelOptions: { present: ["a"] } }), "error")).toEqual([
      "root-mismatch",
    ]);
  });
});

describe("an entry's text", () => {
  it("takes any option line and gives it back, with every other line as it was", () => {
    const line = fc.stringMatching(/^[!-~]+( [!-~]+)*$/);
    fc.assert(
      fc.property(line, (options) => {
        const text = "title  x\n# options none\noptions a\nlinux /l\noptions b\ninitrd /i\n";
        const changed = withOptions(text, options);
        expect(parseEntry(changed).options).toBe(options);
        expect(changed.split("\n").filter((one) => !one.startsWith("options "))).toEqual(
          text.split("\n").filter((one) => !one.startsWith("options ")),
        );
      }),
    );
  });

  it("gets a default where it had none, or another", () => {
    expect(withDefault("timeout 3", "x.conf")).toBe("timeout 3\ndefault x.conf\n");
    expect(withDefault("default  a\ntimeout 3\n", "x.conf")).toBe("default  x.conf\ntimeout 3\n");
    expect(withDefault("", "x.conf")).toBe("default x.conf\n");
  });
});
