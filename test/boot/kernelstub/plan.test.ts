import { describe, expect, it } from "vitest";
import type { NextBoot } from "../../../src/model/index.ts";
import type { Fact, Plan } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { answering, codes, debOf, packageOf, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const CONFIGURATION = "/etc/kernelstub/configuration";
const UUID = "2105a9ac-da30-41ba-87a9-75437bae74c6";
const CURRENT = "/boot/efi/loader/entries/Pop_OS-current.conf";
const PACKAGED = "5.3.0-7625-generic";

const image = debOf("linux-image-5.3.0-acso", "5.3.0-acso-1");

/** A second complete kernel in /boot. */
function kernel(release: string): Patch {
  return {
    [`/boot/vmlinuz-${release}`]: `kernel ${release}\n`,
    [`/boot/initrd.img-${release}`]: `initrd of ${release}\n`,
    [`/usr/lib/modules/${release}/modules.dep`]: "\n",
    [`/lib/modules/${release}/modules.dep`]: "\n",
  };
}

function known(fact: Fact<NextBoot>): NextBoot {
  if (!fact.known) throw new Error(fact.why);
  return fact.value;
}

function writtenOptions(plan: Plan): unknown {
  const step = plan.steps.find(
    (candidate) => candidate.kind === "writeFile" && candidate.path === CONFIGURATION,
  );
  const document: unknown = step?.kind === "writeFile" ? JSON.parse(step.content) : undefined;
  return (document as { user?: { kernel_options?: unknown } } | undefined)?.user?.kernel_options;
}

function commands(plan: Plan): string[] {
  return plan.steps.flatMap((step) => (step.kind === "exec" ? step.argv.slice(0, 1) : []));
}

function edited(change: (user: Record<string, unknown>) => Record<string, unknown>): Patch {
  const text = capture.paths[CONFIGURATION]?.text ?? "";
  const document = JSON.parse(text) as { user: Record<string, unknown> };
  return { [CONFIGURATION]: JSON.stringify({ ...document, user: change(document.user) }, null, 2) };
}

describe("what kernelstub boots next, before any change", () => {
  it("is the release whose image has the bytes of the copy on the ESP, and the rule is told", async () => {
    const before = known((await planOf(capture, {})).nextBoot.before);
    expect(before.release).toEqual({ known: true, value: PACKAGED });
    expect(before.options).toContain(`root=UUID=${UUID} ro quiet`);
    expect(before.rule).toContain("loader.conf");
  });

  it("follows the default variable, and before it the one-shot variable", async () => {
    const variable = (text: string) => ({
      kind: "file" as const,
      base64: Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${text}\0`, "utf16le")]).toString(
        "base64",
      ),
    });
    const efi = "/sys/firmware/efi/efivars/";
    const guid = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    const host = patched(capture, {
      "/boot/efi/loader/entries/other.conf": "title Other\nlinux /EFI/other.efi\noptions quiet\n",
      "/boot/efi/EFI/other.efi": "MZ",
      "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f":
        variable("systemd-boot 252.1"),
      [`${efi}LoaderEntryDefault${guid}`]: variable("other.conf"),
    });
    expect(known((await planOf(host, {})).nextBoot.before).rule).toContain("LoaderEntryDefault");
    const once = patched(host, { [`${efi}LoaderEntryOneShot${guid}`]: variable("Pop_OS-current.conf") });
    expect(known((await planOf(once, {})).nextBoot.before).rule).toContain("LoaderEntryOneShot");

    const plan = await planOf(host, { kernelOptions: { present: ["a=b"] } });
    expect(codes(plan, "error")).toEqual(["not-the-default-entry"]);
    expect(plan.diagnostics.find(({ severity }) => severity === "error")?.hint).toBe(
      'sudo bootctl set-default ""',
    );
  });

  it("is a copy of an unknown kernel when /boot has no such bytes", async () => {
    const host = patched(capture, { [`/boot/vmlinuz-${PACKAGED}`]: "rebuilt in place, same length?" });
    expect(known((await planOf(host, {})).nextBoot.before).release).toMatchObject({ known: false });
  });
});

describe("an option that is missing", () => {
  it("is written into the configuration and staged by one run with explicit paths", async () => {
    const host = patched(capture, {
      [`/boot/System.map-${PACKAGED}`]: "ffffffff81e00000 t pcie_acs_override_setup\n",
    });
    const plan = await planOf(host, {
      kernelOptions: { present: ["amd_iommu=on", "pcie_acs_override=downstream"] },
    });
    expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([
      ["kernelOptions.pcie_acs_override", "create"],
      ["bootLoader.wayBack", "create"],
    ]);
    expect(plan.unchanged.map(({ address }) => address)).toEqual(["kernelOptions.amd_iommu"]);
    expect(writtenOptions(plan)).toEqual([
      "quiet",
      "loglevel=0",
      "systemd.show_status=false",
      "splash",
      "amd_iommu=on",
      "pcie_acs_override=downstream",
    ]);
    expect(plan.steps.at(-2)).toMatchObject({
      kind: "exec",
      argv: [
        "kernelstub",
        "--verbose",
        "--kernel-path",
        `/boot/vmlinuz-${PACKAGED}`,
        "--initrd-path",
        `/boot/initrd.img-${PACKAGED}`,
      ],
    });
    expect(known(plan.nextBoot.after).options).toBe(
      `root=UUID=${UUID} ro quiet loglevel=0 systemd.show_status=false splash amd_iommu=on pcie_acs_override=downstream`,
    );
    expect(plan.rebootNeeded).toBe(true);
  });

  it("is only staged when somebody configured it without running kernelstub", async () => {
    const host = patched(
      capture,
      edited((user) => ({ ...user, kernel_options: ["quiet", "iommu=pt"] })),
    );
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(plan.changes[0]).toMatchObject({ address: "kernelOptions.iommu", action: "create" });
    expect(commands(plan)).toEqual(["kernelstub"]);
    expect(writtenOptions(plan)).toBeUndefined();
  });

  it("shows another value of the same key as an update, also where only the staged line has it", async () => {
    const host = patched(
      capture,
      edited((user) => ({ ...user, kernel_options: ["amd_iommu=off"] })),
    );
    const plan = await planOf(host, { kernelOptions: { present: ["amd_iommu=off"] } });
    expect(plan.changes[0]).toMatchObject({
      action: "update",
      before: "amd_iommu=on",
      after: "amd_iommu=off",
    });
  });
});

describe("options that are all there", () => {
  it("leave nothing to do", async () => {
    const plan = await planOf(capture, {
      kernelOptions: { present: ["quiet", "amd_iommu=on"], absent: ["iommu"] },
    });
    expect([plan.changes, plan.steps]).toEqual([[], []]);
    expect(plan.nextBoot.after).toEqual(plan.nextBoot.before);
    expect(plan.rebootNeeded).toBe(false);
  });
});

describe("the declared release", () => {
  it("that kernelstub itself would choose is left to kernelstub", async () => {
    const host = patched(capture, kernel("6.3.0-acso"));
    const plan = await planOf(host, { kernel: { release: "6.3.0-acso" } });
    expect(commands(plan)).toEqual(["kernelstub"]);
    expect(known(plan.nextBoot.after).fallback).toEqual({ known: true, value: PACKAGED });
  });

  it("is staged again when its initrd was rebuilt since", async () => {
    const host = patched(capture, { [`/boot/initrd.img-${PACKAGED}`]: "a newer initrd with more in it\n" });
    const plan = await planOf(host, { kernel: { release: PACKAGED } });
    expect(plan.changes[0]).toMatchObject({
      address: "kernel.release",
      reason: expect.stringContaining("is another initrd than /boot/initrd.img-") as string,
    });
  });
});

describe("packages without a declared release", () => {
  it("let kernelstub's hook choose, so the plan says what the hook will choose", async () => {
    const newer = debOf("linux-image-6.1.0-acso", "6.1.0-acso-1");
    const plan = await planOf(capture, { kernel: { packages: [packageOf(newer)] } }, [newer]);
    expect(known(plan.nextBoot.after).release).toEqual({ known: true, value: "6.1.0-acso" });
    expect(plan.rebootNeeded).toBe(true);
  });
});

describe("what would boot next is never taken on trust", () => {
  const wish = { kernelOptions: { present: ["amd_iommu=on"] } };
  const released = async (patch: Patch): Promise<Fact<string>> =>
    known((await planOf(patched(capture, patch), {})).nextBoot.before).release;
  const esp = `/boot/efi/EFI/Pop_OS-${UUID}`;

  it("a copy without its whole initrd is no known release", async () => {
    expect(await released({ [`${esp}/initrd.img`]: "" })).toMatchObject({ known: false });
    expect(await released({ [`${esp}/initrd.img`]: null })).toMatchObject({ known: false });
  });

  it("of kernels with equal files the declared one is meant", async () => {
    const text = (name: string): string => capture.paths[`/boot/${name}-${PACKAGED}`]?.text ?? "";
    const host = patched(capture, {
      "/boot/vmlinuz-5.3.0-1-copy": text("vmlinuz"),
      "/boot/initrd.img-5.3.0-1-copy": text("initrd.img"),
    });
    const plan = await planOf(host, { kernel: { release: PACKAGED } });
    expect(plan.changes).toEqual([]);
  });

  it("a kernel that is not whole is not copied over a good one for the sake of an option", async () => {
    const host = patched(capture, { [`/boot/initrd.img-${PACKAGED}`]: "" });
    const plan = await planOf(host, { kernelOptions: { present: ["foo=1"] } });
    expect(codes(plan, "error")).toEqual(["next-boot-unknown"]);
  });

  it.each([
    ["names no default", "timeout 5\n"],
    ["names several entries", "default *\n"],
    ["names another entry", "default Recovery*\n"],
  ])("a loader.conf that %s is an error even where nothing else is to do", async (_title, text) => {
    const plan = await planOf(patched(capture, { "/boot/efi/loader/loader.conf": text }), wish);
    expect(codes(plan, "error")).toEqual(["not-the-default-entry"]);
  });

  it("a missing loader.conf is none: kernelstub writes one", async () => {
    const host = patched(capture, { "/boot/efi/loader/loader.conf": null });
    const plan = await planOf(host, { kernel: { release: PACKAGED } });
    expect(codes(plan, "error")).toEqual([]);
  });

  it("EFI variables that cannot be seen are warned of", async () => {
    const variables = Object.keys(capture.paths).filter((name) =>
      name.startsWith("/sys/firmware/efi/efivars/"),
    );
    const host = patched(capture, Object.fromEntries(variables.map((name) => [name, null])));
    expect(variables.length).toBeGreaterThan(0);
    expect(codes(await planOf(host, wish), "warning")).toContain("efi-variables-unknown");
  });

  it("a kernel that kernelstub dies of is warned of where nothing runs kernelstub now", async () => {
    const plan = await planOf(patched(capture, kernel("6.8.18_tkg-bore")), wish);
    expect([codes(plan, "error"), codes(plan, "warning")]).toEqual([
      [],
      ["option-trap", "kernelstub-would-crash", "no-fallback"],
    ]);
  });

  it("a package whose hook would die in kernelstub is an error, with nothing else declared", async () => {
    const host = patched(capture, kernel("6.8.18_tkg-bore"));
    const plan = await planOf(host, { kernel: { packages: [packageOf(image)] } }, [image]);
    expect(codes(plan, "error")).toEqual(["kernelstub-would-crash"]);
  });

  it("a package whose hook would fill the ESP is an error, with nothing else declared", async () => {
    const full = { ...capture.paths["/boot/efi"], kind: "directory" as const, freeBytes: 10 };
    const plan = await planOf(
      patched(capture, { "/boot/efi": full }),
      { kernel: { packages: [packageOf(image)] } },
      [image],
    );
    expect(codes(plan, "error")).toEqual(["esp-space"]);
  });

  it("the small files that the hook rewrites are kept before the packages are installed", async () => {
    const plan = await planOf(capture, { kernel: { packages: [packageOf(image)] } }, [image]);
    const install = plan.steps.find(({ kind }) => kind === "exec");
    expect(install?.kind === "exec" && install.touches).toContain(CURRENT);
  });
});

describe("a kernelstub that cannot be driven", () => {
  const wish = { kernelOptions: { present: ["a=b"] } };

  it.each([
    ["bad JSON", { [CONFIGURATION]: '{"user":' }, "kernelstub-configuration"],
    ["an unknown revision", edited((user) => ({ ...user, config_rev: 9 })), "kernelstub-configuration"],
    ["live mode", edited((user) => ({ ...user, live_mode: true })), "kernelstub-live-mode"],
    ["no loader entries", edited((user) => ({ ...user, setup_loader: false })), "kernelstub-no-loader"],
    ["an ESP that is not mounted", edited((user) => ({ ...user, esp_path: "/efi" })), "esp-missing"],
    ["a name that kernelstub dies of", { ...kernel("6.8.18_tkg-bore") }, "kernelstub-would-crash"],
    [
      "another default entry",
      { "/boot/efi/loader/loader.conf": "default Pop_OS-oldkern\n" },
      "not-the-default-entry",
    ],
  ])("is an error before anything changes: %s", async (_title, patch, code) => {
    const plan = await planOf(patched(capture, patch), wish);
    expect(codes(plan, "error")).toEqual([code]);
    expect(plan.applyable).toBe(false);
  });

  it("is no error for a spec that needs no loader", async () => {
    const plan = await planOf(patched(capture, { [CONFIGURATION]: '{"user":' }), {});
    expect(codes(plan, "error")).toEqual([]);
  });

  it("includes a root file system without UUID, of which kernelstub would make an entry that cannot boot", async () => {
    const host = patched(answering(capture, "findmnt", "\n"), { "/etc/fstab": "" });
    expect(codes(await planOf(host, wish), "error")).toEqual(["root-uuid"]);
  });

  it("includes an ESP without room, for kernelstub overwrites in place", async () => {
    const host = patched(capture, {
      ...kernel("6.3.0-acso"),
      "/boot/initrd.img-6.3.0-acso": {
        kind: "file",
        size: 200 << 20,
        digest: { sha256: "b".repeat(64), size: 200 << 20 },
      },
      "/boot/efi": { ...capture.paths["/boot/efi"], kind: "directory", freeBytes: 10 << 20 },
    });
    const plan = await planOf(host, { kernel: { release: "6.3.0-acso" } });
    expect(codes(plan, "error")).toEqual(["esp-space"]);
    expect(plan.diagnostics[0]?.summary).toContain("10.0 MiB free");
  });

  it("includes an option line that the kernel would cut", async () => {
    const long = Array.from({ length: 190 }, (_, index) => `option${index}=x`);
    expect(codes(await planOf(capture, { kernelOptions: { present: long } }), "error")).toEqual([
      "option-line-too-long",
    ]);
  });
});

describe("the configuration file", () => {
  it("is made from the fallback, which itself is never written", async () => {
    const text = capture.paths[CONFIGURATION]?.text ?? "";
    const host = patched(capture, { [CONFIGURATION]: null, "/etc/default/kernelstub": text });
    const plan = await planOf(host, { kernelOptions: { present: ["a=b"] } });
    expect(plan.steps.filter((step) => step.kind !== "exec" && step.path === CONFIGURATION)).toMatchObject([
      { kind: "writeFile", expect: { kind: "absent" } },
    ]);
  });

  it("of revision 1 with its options in a string is read and written as a list", async () => {
    const host = patched(
      capture,
      edited((user) => ({ ...user, kernel_options: "quiet  splash amd_iommu=on", config_rev: 1 })),
    );
    const plan = await planOf(host, { kernelOptions: { present: ["iommu=pt"] } });
    expect(writtenOptions(plan)).toEqual(["quiet", "splash", "amd_iommu=on", "iommu=pt"]);
  });
});

it("an entry that kernelstub has not written yet is no obstacle", async () => {
  const plan = await planOf(patched(capture, { [CURRENT]: null }), { kernelOptions: { present: ["quiet"] } });
  expect(codes(plan, "error")).toEqual([]);
  expect(plan.changes).toMatchObject([{ address: "kernelOptions.quiet", action: "create" }]);
});
