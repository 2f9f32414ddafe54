import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan, Step } from "../../src/model/index.ts";
import type { UndonePath } from "../../src/undo/facts.ts";
import { lostCopies } from "../../src/undo/stand-in.ts";
import { actsOf } from "../faults/support/acts.ts";
import type { Wish } from "../faults/support/stories.ts";
import { INITRD_OF_WHAT_BOOTS } from "../faults/support/stories.ts";
import { StandInHost } from "../standins/host.ts";
import { snapshot } from "../support/materialise.ts";
import { undo, undoPlan } from "../support/story.ts";

const OWN = ["/var/lib/hostcfg", "/var/log"];
const CONF = "/boot/efi/loader/loader.conf";
const HOOK = "/etc/initramfs-tools/hooks/hostcfg-vfio";
const place = (step: Step): string => (step.kind === "exec" ? step.argv.slice(0, 2).join(" ") : step.path);
const { first: CARD } = INITRD_OF_WHAT_BOOTS;

let folder: string;
let root: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "hostcfg-undo-"));
  root = join(folder, "root");
  INITRD_OF_WHAT_BOOTS.make(root);
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

async function apply(wish: Wish): Promise<StandInHost> {
  const host = new StandInHost(root);
  const [act] = await actsOf({ ...INITRD_OF_WHAT_BOOTS, first: wish }, folder);
  expect(await act?.run(host)).toMatchObject({ status: "applied" });
  return host;
}

/** Where each of these comes first among the steps. */
function order(plan: Plan, ...wanted: string[]): number[] {
  const places = plan.steps.map(place);
  return wanted.map((one) => places.indexOf(one));
}

describe("undoing what made the initrd of what boots by kernel-install", () => {
  it("has the way back of that apply boot meanwhile, and nothing be the default in the end", async () => {
    const before = snapshot(root, OWN);
    const host = await apply(CARD);
    const plan = await undoPlan(host, "0001");
    const places = plan.steps.map(place);
    expect(places[0]).toBe(CONF);
    expect(plan.steps[0]).toMatchObject({ content: `default a-hostcfg-way-back*\n${conf()}` });
    const [make, copy] = order(plan, "update-initramfs -u", "kernel-install add");
    const back = places.lastIndexOf(CONF);
    const gone = places.indexOf("/boot/efi/EFI/hostcfg/way-back/vmlinuz");
    expect([make, copy, back, gone]).toEqual([make, copy, back, gone].toSorted((a = 0, b = 0) => a - b));
    expect(make).toBeGreaterThan(places.indexOf(HOOK));
    expect(await undo(host, "0001")).toMatchObject({ status: "applied" });
    // Made anew from the same settings, in an archive of its own.
    expect(withoutInitrds(snapshot(root, OWN))).toBe(withoutInitrds(before));
    expect(await undo(host, "0001")).toEqual({ status: "nothing-to-do" });
  });

  it("has what booted before the apply do so from the beginning, where that is another kernel", async () => {
    const host = await apply({ ...CARD, kernel: { release: "6.1.0-25-amd64" } });
    const plan = await undoPlan(host, "0001");
    expect(order(plan, CONF, "update-initramfs -u")).toEqual([0, expect.any(Number)]);
    expect(plan.steps.map(place).lastIndexOf(CONF)).toBe(0);
    expect(await undo(host, "0001")).toMatchObject({ status: "applied" });
    expect(conf()).toBe("#timeout 3\n#console-mode keep\n");
  });
});

describe("the way back of an apply before, which this one has made anew", () => {
  const at = (path: string, image: UndonePath["image"]): UndonePath => ({
    path,
    image,
    present: { kind: "file", sha256: "a", mode: 0o644, uid: 0, gid: 0 },
    step: 1,
    is: "as-left",
  });
  const large = (path: string): UndonePath =>
    at(path, { path, kind: "large-file", sha256: "b", size: 1 << 21, mode: 0o644, uid: 0, gid: 0 });
  const kernel = large("/boot/efi/EFI/hostcfg/way-back/vmlinuz");
  const initrd = large("/boot/efi/EFI/hostcfg/way-back/initrd.img");
  const entry = at("/boot/efi/loader/entries/a-hostcfg-way-back.conf", {
    path: "/boot/efi/loader/entries/a-hostcfg-way-back.conf",
    kind: "file",
    base64: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
  });
  const other = large("/boot/efi/EFI/Pop_OS-1/vmlinuz.efi");

  it("is put back where all of it is still somewhere", () => {
    const open = [kernel, initrd].map((one) => ({ ...one, source: "/boot/x" }));
    expect(lostCopies([...open, entry, other])).toEqual([]);
  });

  it("stays as a whole where a part of it is nowhere any more, for half of it would be none", () => {
    const open = [{ ...kernel, source: "/boot/x" }, initrd, entry];
    expect(lostCopies([...open, other])).toEqual(open);
  });
});

function conf(): string {
  return fs.readFileSync(join(root, CONF), "utf8");
}

function withoutInitrds(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.includes("initrd.img-6.1.0-26"))
    .join("\n");
}
