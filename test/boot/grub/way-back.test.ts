import { describe, expect, it } from "vitest";
import { parseMenu } from "../../../src/boot/grub/menu-text.ts";
import type { Plan, WriteFileStep } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const CUSTOM = "/boot/grub/custom.cfg";
const MENU = "/boot/grub/grub.cfg";
const UUID = "c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const OPTION = { kernelOptions: { present: ["iommu=pt"] } };

const plan = (patch: Patch = {}, wish: Parameters<typeof planOf>[1] = OPTION): Promise<Plan> =>
  planOf(patched(capture, patch), wish);
const written = ({ steps }: Plan): WriteFileStep | undefined =>
  steps.find((step): step is WriteFileStep => step.kind === "writeFile" && step.path === CUSTOM);
const wayBack = ({ changes }: Plan): unknown =>
  changes.filter(({ address }) => address === "bootLoader.wayBack").map(({ action }) => action);

describe("the way back in GRUB's menu", () => {
  it("is a copy of the entry that this boot came by, with its own options, made before anything else", async () => {
    const made = await plan();
    expect([wayBack(made), made.steps[0]]).toEqual([["create"], written(made)]);
    expect(parseMenu(written(made)?.content ?? "").items).toEqual([
      {
        kind: "entry",
        id: "hostcfg-way-back",
        title: "Debian GNU/Linux (before the last hostcfg apply)",
        linux: `/boot/vmlinuz-${NEW}`,
        initrd: `/boot/initrd.img-${NEW}`,
        options: [`root=UUID=${UUID}`, "ro", "quiet"],
      },
    ]);
  });

  it("does not become the saved default when somebody chooses it", async () => {
    const menu = (capture.paths[MENU]?.text ?? "").replaceAll(
      /^(\s*)load_video$/gm,
      "$1savedefault\n$1load_video",
    );
    const [saving, plain] = [written(await plan({ [MENU]: menu })), written(await plan())];
    expect(saving?.content).toBe(plain?.content);
  });

  it("is not made twice: what the first plan wrote is what the rest of it finds", async () => {
    const text = written(await plan())?.content ?? "";
    const rest = await plan({ [CUSTOM]: text });
    expect([wayBack(rest), written(rest)]).toEqual([[], undefined]);
    expect(rest.steps.length).toBeGreaterThan(0);
  });

  it("stays as it is where it starts the same under another title and with other words for the screen", async () => {
    const text = (written(await plan())?.content ?? "")
      .replace("Debian GNU/Linux (", "Debian GNU/Linux, with Linux (")
      .replaceAll(/^\s*echo\s.*\n/gm, "");
    expect(written(await plan({ [CUSTOM]: text }))).toBeUndefined();
    const other = text.replace(`initrd.img-${NEW}`, `initrd.img-${OLD}`);
    expect(written(await plan({ [CUSTOM]: other }))).toBeDefined();
  });

  it("leaves what the user has in that file to the byte, before and behind its own block", async () => {
    const user = "# mine\nmenuentry 'memtest' {\n\tlinux16 /memtest\n}";
    const first = written(await plan({ [CUSTOM]: user }))?.content ?? "";
    expect(first.startsWith(`${user}\n### BEGIN hostcfg`)).toBe(true);
    const older = first.replace("ro  quiet", "ro  splash");
    const again = written(await plan({ [CUSTOM]: `${older}# more\n` }));
    expect(again?.content).toBe(`${first}# more\n`);
  });

  it("takes the place of the one of an earlier apply", async () => {
    const text = (written(await plan())?.content ?? "").replace("ro  quiet", "ro  splash");
    expect(wayBack(await plan({ [CUSTOM]: text }))).toEqual(["update"]);
  });

  it("quotes a title so that it can only be one", async () => {
    const menu = (capture.paths[MENU]?.text ?? "").replace("'Debian GNU/Linux'", `'It'\\''s {x}; $y'`);
    const [entry] = parseMenu(written(await plan({ [MENU]: menu }))?.content ?? "").items;
    expect(entry).toMatchObject({
      title: "It's {x}; $y (before the last hostcfg apply)",
      linux: `/boot/vmlinuz-${NEW}`,
    });
  });

  it.each<readonly [string, Patch, Parameters<typeof planOf>[1]]>([
    ["the new menu has the entry with the same options", {}, { kernel: { release: OLD } }],
    [
      "the entry is in the menu no longer: the one of before stays",
      { "/proc/cmdline": `BOOT_IMAGE=/boot/vmlinuz-${NEW} root=UUID=${UUID} ro splash\n` },
      OPTION,
    ],
    [
      "GRUB's menu does not source that file",
      { [MENU]: (capture.paths[MENU]?.text ?? "").replace(/### BEGIN \/etc\/grub.d\/41[^]*/, "") },
      OPTION,
    ],
    [
      "that file holds the hash of a password, which must get into no plan",
      { [CUSTOM]: "password_pbkdf2 root grub.pbkdf2.sha512.1\n" },
      OPTION,
    ],
    ["nothing is to be changed", {}, { kernelOptions: { present: ["quiet"] } }],
  ])("is not touched where %s", async (_, patch, wish) => {
    const made = await plan(patch, wish);
    expect([wayBack(made), written(made), made.applyable]).toEqual([[], undefined, true]);
  });
});
