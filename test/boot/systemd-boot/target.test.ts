import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { actsOf, inFolder } from "../../faults/support/acts.ts";
import { StandInHost } from "../../standins/host.ts";
import { materialise } from "../../support/materialise.ts";
import type { Patch } from "../../support/planning.ts";
import { patched } from "../../support/planning.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";

const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
/** A file of modprobe.d that is younger than the initrds, so that kernel-install has to add the release again. */
const CHANGED: Patch = {
  "/etc/modprobe.d/x.conf": { kind: "file", text: "options a b=1\n", modifiedAt: Date.UTC(2026, 1, 1) },
};
const mine = (release: string): string =>
  [
    "title Mine",
    "sort-key aaa",
    `linux /debian/${release}/linux`,
    `initrd /debian/${release}/initrd.img-${release}`,
    "options root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro mine",
    "",
  ].join("\n");

/** How an apply of this spec ends there, and what it leaves to be done. */
async function outcome(host: string, patch: Patch, wish: Omit<HostSpec, "apiVersion">): Promise<unknown> {
  return inFolder(async (folder) => {
    const root = join(folder, "root");
    materialise(withoutDevices(patched(recordedHost(host).capture, patch)), root);
    const standIn = new StandInHost(root);
    const [act] = await actsOf({ name: "", first: wish, second: {}, make: () => undefined }, folder);
    const status = (await act?.run(standIn))?.status;
    return [status, (await act?.plan(standIn))?.changes];
  });
}

describe("the entry that shall boot is the one that kernel-install has just written", () => {
  const OPTIONS = { kernelOptions: { present: ["iommu=pt"], absent: ["quiet"] } };
  const [debian, xbootldr] = ["sd-boot-debian", "sd-boot-xbootldr"];

  it.each([
    ["beside one with the tries that are left", xbootldr, NEW, {}],
    [
      "beside one that was not counted",
      xbootldr,
      OLD,
      { "/efi/loader/loader.conf": `default debian-${OLD}.conf\n` },
    ],
    [
      "beside one of somebody's own that comes first",
      debian,
      OLD,
      { "/boot/efi/loader/entries/z.conf": mine(OLD) },
    ],
    [
      "beside one of somebody's own that is the default",
      debian,
      NEW,
      { "/boot/efi/loader/entries/z.conf": mine(NEW), "/boot/efi/loader/loader.conf": "default z.conf\n" },
    ],
  ])("%s", async (_what, host, release, patch) => {
    const wish = { kernel: { release }, ...OPTIONS };
    expect(await outcome(host, { ...CHANGED, ...patch }, wish)).toEqual(["applied", []]);
  });
});

describe("a one-shot of the declared release", () => {
  it("does not hide that the release is pinned as well", async () => {
    const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`debian-${OLD}.conf\0`, "utf16le")]);
    const path = "/sys/firmware/efi/efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    const once: Patch = { [path]: { kind: "file", base64: bytes.toString("base64") } };
    expect(await outcome("sd-boot-debian", once, { kernel: { release: OLD } })).toEqual(["applied", []]);
  });
});
