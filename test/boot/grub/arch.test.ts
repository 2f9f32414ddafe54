import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entriesOf } from "../../../src/boot/grub/default-entry.ts";
import { menuMade } from "../../../src/boot/grub/menu-after.ts";
import type { Capture } from "../../../src/host/capture.ts";
import { CaptureTree } from "../../../src/host/capture-tree.ts";
import { LinkReader } from "../../../src/host/link-reader.ts";
import type { HostState } from "../../../src/model/index.ts";
import { probe } from "../../../src/plan/probe.ts";
import { StandInHost } from "../../standins/host.ts";
import { machineOf } from "../../standins/machine.ts";
import { materialise } from "../../support/materialise.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("arch-grub");
const SETTINGS = "/etc/default/grub";
const ZEN = "6.12.4-zen1-1-zen";
const ID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";

/** The host after grub-mkconfig, with its root removed again. */
async function afterMkconfig(host: Capture): Promise<HostState> {
  const root = mkdtempSync(join(tmpdir(), "hostcfg-arch-"));
  try {
    materialise(withoutDevices(host), root);
    machineOf(root).run(["grub-mkconfig", "-o", "/boot/grub/grub.cfg"]);
    return await probe(new StandInHost(root).reader());
  } finally {
    rmSync(root, { recursive: true });
  }
}

function settings(from: string | RegExp, to: string): Patch {
  return { [SETTINGS]: (capture.paths[SETTINGS]?.text ?? "").replace(from, to) };
}

describe("the menu that Arch's grub-mkconfig makes", () => {
  it.each<[string, Patch]>([
    ["as it is", {}],
    ["the names in the order of sort -V, where none is put first", settings(/^GRUB_TOP_LEVEL.*$/m, "")],
    ["entries for recovery, without the usual options", settings("GRUB_DISABLE_RECOVERY=true", "")],
    ["no submenu", settings("GRUB_TIMEOUT=5", "GRUB_DISABLE_SUBMENU=y")],
    ["another kernel put first", settings("vmlinuz-linux", "vmlinuz-linux-zen")],
  ])("is foreseen: %s", async (_what, patch) => {
    const host = patched(capture, patch);
    const foreseen = menuMade(await probe(new LinkReader(new CaptureTree(host))));
    const made = (await afterMkconfig(host)).bootLoader.grub?.menu;
    if (made?.known !== true) throw new Error("no menu");
    const told = (menu: typeof foreseen): unknown =>
      entriesOf(menu?.items ?? []).map(({ id, linux, initrd, options }) => ({ id, linux, initrd, options }));
    expect(told(foreseen)).toEqual(told(made.value));
    expect(foreseen?.default).toBe(made.value.default);
  });

  it("has its kernel pinned by the name of its package", async () => {
    const plan = await planOf(capture, { kernel: { release: ZEN } });
    expect(plan.steps.find((step) => step.kind === "writeFile" && step.path.endsWith(".cfg"))).toMatchObject({
      content: expect.stringContaining(
        `GRUB_DEFAULT='gnulinux-advanced-${ID}>gnulinux-linux-zen-advanced-${ID}'`,
      ) as unknown,
    });
    expect(plan.steps.at(-1)).toMatchObject({
      action: { does: "make-menu", by: "grub-mkconfig" },
      argv: ["grub-mkconfig", "-o", "/boot/grub/grub.cfg"],
    });
  });

  it("is made by update-grub where the host has one", async () => {
    const plan = await planOf(patched(capture, { "/usr/bin/update-grub": "#!/bin/sh\n" }), {
      kernel: { release: ZEN },
    });
    expect(plan.steps.at(-1)).toMatchObject({ argv: ["update-grub"] });
  });
});

describe("a GRUB whose package was upgraded", () => {
  const packaged = (text: string): Capture =>
    patched(capture, { "/usr/lib/grub/x86_64-efi/normal.mod": text });
  const used = capture.paths["/boot/grub/x86_64-efi/normal.mod"]?.text ?? "";

  it("is told of before its menu is made, where grub-install has not run since", async () => {
    const plan = await planOf(packaged("a module of a newer GRUB\n"), { kernel: { release: ZEN } });
    expect(codes(plan, "warning")).toContain("grub-not-reinstalled");
  });

  it("is nothing to tell of where both are the same, or no menu is made", async () => {
    const same = await planOf(packaged(used), { kernel: { release: ZEN } });
    const idle = await planOf(packaged("newer\n"), {});
    for (const plan of [same, idle]) expect(codes(plan, "warning")).not.toContain("grub-not-reinstalled");
  });
});
