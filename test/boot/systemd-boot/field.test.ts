import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { unifiedImage } from "../../support/unified-image.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

/** Hosts of public reports, with what real systemd-boot 252 and kernel-install make of them. */

const { capture } = recordedHost("sd-boot-debian");
const CONF = "/boot/efi/loader/loader.conf";
const TEMPLATE = "/etc/kernel/cmdline";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const IOMMU = { kernelOptions: { present: ["iommu=pt"] } };

const entryOf = (release: string) => `/boot/efi/loader/entries/debian-${release}.conf`;
const written = (plan: Plan) =>
  plan.steps.flatMap((step) => (step.kind === "writeFile" ? [[step.path, step.content] as const] : []));
const next = ({ nextBoot: { before } }: Plan) => (before.known ? before.value : undefined);

describe("on a host of the field", () => {
  it.each<[string, Patch]>([
    ["whose default is in double quotes", { [CONF]: `timeout 3\ndefault "debian-${OLD}.conf"\n` }],
    [
      "from whose ESP the newest kernel was deleted",
      {
        [`/boot/efi/debian/${NEW}/linux`]: null,
        [`/boot/efi/debian/${NEW}/initrd.img-${NEW}`]: null,
      },
    ],
  ])("%s, the older kernel boots next and its entry gets the option", async (_what, patch) => {
    const plan = await planOf(patched(capture, patch), IOMMU);
    expect(next(plan)?.release).toEqual({ known: true, value: OLD });
    expect(codes(plan, "error")).toEqual([]);
    const paths = written(plan).map(([path]) => path);
    expect(paths).toContain(entryOf(OLD));
    expect(paths).not.toContain(entryOf(NEW));
  });

  it("whose default has no .conf, the newest kernel boots next all the same", async () => {
    const plan = await planOf(patched(capture, { [CONF]: `default debian-${OLD}\n` }), IOMMU);
    expect(next(plan)?.release).toEqual({ known: true, value: NEW });
  });

  it("whose default is Windows, that boots next, and the options are refused", async () => {
    const plan = await planOf(
      patched(capture, {
        "/boot/efi/EFI/Microsoft/Boot/bootmgfw.efi": "MZ Windows Boot Manager\n",
        [CONF]: "timeout 3\ndefault auto-windows\n",
      }),
      IOMMU,
    );
    expect(next(plan)?.rule).toContain("starts auto-windows");
    expect(codes(plan, "error")).toEqual(["not-the-default-entry"]);
    expect(plan.diagnostics[0]?.summary).toContain("bootmgfw.efi");
  });

  it("with a unified image beside the entries, what boots next is unknown where that cannot be placed", async () => {
    const image = unifiedImage({ ".linux": "x".repeat(1 << 20), ".osrel": "ID=debian\n" });
    const plan = await planOf(
      patched(capture, {
        [`/boot/efi/EFI/Linux/debian-${OLD}.efi`]: { kind: "file", base64: image.toString("base64") },
      }),
      IOMMU,
    );
    expect(plan.nextBoot.before).toMatchObject({ known: false });
    expect(plan.nextBoot.before.known ? "" : plan.nextBoot.before.why).toContain(`debian-${OLD}.efi`);
  });

  it("with a unified image that does not say of which system it is, that is passed over", async () => {
    const path = `/boot/efi/EFI/Linux/debian-${OLD}.efi`;
    const base64 = unifiedImage({ ".linux": "x" }).toString("base64");
    const plan = await planOf(patched(capture, { [path]: { kind: "file", base64 } }), IOMMU);
    expect(next(plan)?.release).toEqual({ known: true, value: NEW });
  });

  it("with comments in the template, they stay, and are warned of where kernel-install takes them for options", async () => {
    const text =
      "# the root file system\nroot=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro\n# quiet boot\nquiet\n";
    const plan = await planOf(patched(capture, { [TEMPLATE]: text }), IOMMU);
    expect(new Map(written(plan)).get(TEMPLATE)).toBe(text.replace("\nquiet\n", "\nquiet iommu=pt\n"));
    expect(codes(plan, "warning")).toContain("template-comments");
  });

  it("with comments that would put declared options wrong on a new entry's line, that is refused", async () => {
    const text = "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro\n# quiet boot\n";
    const plan = await planOf(
      patched(capture, {
        [TEMPLATE]: text,
        [entryOf(OLD)]: null,
        [`/boot/efi/debian/${OLD}/linux`]: null,
        [`/boot/efi/debian/${OLD}/initrd.img-${OLD}`]: null,
      }),
      { kernel: { release: OLD }, kernelOptions: { absent: ["quiet"] } },
    );
    expect(codes(plan, "error")).toEqual(["template-comments"]);
  });

  it("without a template, on a live medium, kernel-install is given one before it runs", async () => {
    const live = patched(capture, {
      [TEMPLATE]: null,
      [entryOf(OLD)]: null,
      [`/boot/efi/debian/${OLD}/linux`]: null,
      [`/boot/efi/debian/${OLD}/initrd.img-${OLD}`]: null,
      "/proc/cmdline": "BOOT_IMAGE=/casper/vmlinuz boot=casper quiet splash ---\n",
    });
    const plan = await planOf(live, { bootLoader: "systemd-boot", kernel: { release: OLD } });
    expect(codes(plan, "error")).toEqual([]);
    const [first] = plan.steps.filter(({ kind }) => kind === "writeFile");
    expect(first).toMatchObject({
      path: TEMPLATE,
      content: "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet\n",
    });
    const { after } = plan.nextBoot;
    expect(after).toMatchObject({
      known: true,
      value: {
        release: { known: true, value: OLD },
        options: "root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 ro quiet",
      },
    });
  });
});
