import { describe, expect, it } from "vitest";
import { parseEntry } from "../../../src/boot/bls/entry-text.ts";
import type { Plan, WriteFileStep } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("sd-boot-debian");
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const ENTRIES = "/boot/efi/loader/entries";
const KEPT = `${ENTRIES}/a-hostcfg-booted.conf`;
const RUNNING = `${ENTRIES}/debian-${NEW}.conf`;
const ROOT = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro";
const cmdline = (options: string): Patch => ({
  "/proc/cmdline": `initrd=\\debian\\${NEW}\\initrd.img-${NEW} ${ROOT} ${options}\n`,
});
const OPTION = { kernelOptions: { present: ["iommu=pt"] } };

const plan = (patch: Patch = {}, wish: Parameters<typeof planOf>[1] = OPTION): Promise<Plan> =>
  planOf(patched(capture, { ...cmdline("quiet"), ...patch }), wish);
const writes = ({ steps }: Plan): WriteFileStep[] =>
  steps.flatMap((step) => (step.kind === "writeFile" && step.path.startsWith(ENTRIES) ? [step] : []));
const kept = (made: Plan): string | undefined => writes(made).find(({ path }) => path === KEPT)?.content;
const wayBack = ({ changes }: Plan): unknown =>
  changes.filter(({ address }) => address === "bootLoader.wayBack").map(({ action }) => action);

describe("the entry that a systemd-boot host was started by", () => {
  it("stays in the menu with its own options when it gets others, and is written before those", async () => {
    const made = await plan();
    expect(writes(made).map(({ path }) => path)).toEqual([KEPT, RUNNING]);
    expect([wayBack(made), made.applyable]).toEqual([["create"], true]);
    expect(parseEntry(kept(made) ?? "")).toEqual({
      title: "Debian GNU/Linux 12 (bookworm) (before the last hostcfg apply)",
      linux: `/debian/${NEW}/linux`,
      initrds: [`/debian/${NEW}/initrd.img-${NEW}`],
      options: `${ROOT} quiet`,
    });
  });

  it("is not copied again by what is left of a plan, nor chosen, nor taken for another kernel", async () => {
    const text = kept(await plan()) ?? "";
    const rest = await plan({ [KEPT]: text });
    expect(writes(rest).map(({ path }) => path)).toEqual([RUNNING]);
    const [write] = writes(rest);
    const done = await plan({
      [KEPT]: text,
      [RUNNING]: write?.content ?? "",
      "/etc/kernel/cmdline": `${ROOT} quiet iommu=pt\n`,
    });
    expect(done.changes).toEqual([]);
    const pinned = await plan({ [KEPT]: text }, { kernel: { release: NEW } });
    const { after } = pinned.nextBoot;
    if (!after.known) throw new Error(after.why);
    expect(after.value.rule).toContain(`starts debian-${NEW}.conf`);
    expect(after.value.fallback).toEqual({ known: true, value: OLD });
  });

  it("keeps what booted last, until that which boots now is proven", async () => {
    const text = kept(await plan()) ?? "";
    const now = (capture.paths[RUNNING]?.text ?? "").replace("ro quiet", "ro quiet iommu=pt");
    const next = { kernelOptions: { present: ["iommu=pt", "nosmt"] } };
    const before = await plan({ [KEPT]: text, [RUNNING]: now }, next);
    expect([wayBack(before), kept(before)]).toEqual([[], undefined]);
    const booted = await plan({ ...cmdline("quiet iommu=pt"), [KEPT]: text, [RUNNING]: now }, next);
    expect(wayBack(booted)).toEqual(["update"]);
    expect(parseEntry(kept(booted) ?? "").options).toBe(`${ROOT} quiet iommu=pt`);
  });

  it.each<readonly [string, Patch, Parameters<typeof planOf>[1]]>([
    ["another one gets the options, for it boots next", {}, { kernel: { release: OLD }, ...OPTION }],
    ["this boot had other options", cmdline("quiet nosmt"), OPTION],
    ["this boot was started by something else", { "/proc/cmdline": `${ROOT} quiet\n` }, OPTION],
    ["its options stay as they are", {}, { kernelOptions: { present: ["quiet"] } }],
  ])("is not copied where %s", async (_, patch, wish) => {
    const made = await plan(patch, wish);
    expect([wayBack(made), kept(made), made.applyable]).toEqual([[], undefined, true]);
  });
});
