import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASIDE, ASIDE_ENTRY } from "../../src/boot/proxmox/aside.ts";
import {
  asideText,
  chooseOnceArgv,
  dropAsideArgv,
  putAsideArgv,
  withAside,
  withoutAside,
  withoutTrial,
} from "../../src/boot/proxmox/put-aside.ts";
import { grubAsideText, grubTrialText } from "../../src/boot/proxmox/grub-aside.ts";
import { withChoice } from "../../src/boot/proxmox/once.ts";
import { parseContent } from "../../src/boot/proxmox/read-esps.ts";
import { TRIAL_ID } from "../../src/boot/way-back.ts";
import { espQuery } from "../../src/host/queries.ts";
import type { EspContent, EspLoader, PutAside } from "../../src/model/index.ts";
import { makeFat } from "./rig/fat.ts";
import { bootGrub, write } from "./rig/grub.ts";
import { RESULTS, bootGuest, readyForGuests, rootOption } from "./rig/guest.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";
import { tool } from "./rig/tool.ts";

const kernel = realKernel();
const RELEASE = "6.8.12-8-pve";
const FOLDER = `/EFI/proxmox/${RELEASE}`;
const ESPS = { "8A3C-51D2": 0x8a3c51d2, "8A3D-0F6B": 0x8a3d0f6b };
const UUIDS = Object.keys(ESPS);

const OPTIONS = ["root=ZFS=a", "quiet", 'dyndbg="file x +p"'];

const GRUB_TRIAL =
  grubTrialText(
    {
      release: RELEASE,
      options: [...OPTIONS, "hostcfg.boot=trial"],
      image: `/vmlinuz-${RELEASE}`,
      initrd: `/initrd.img-${RELEASE}`,
    },
    UUIDS,
  ) ?? "";

interface Kind {
  /** As proxmox-boot-tool leaves an ESP, with a kernel and an initrd that say which they are. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly put: PutAside;
  /** The file that makes what was put aside the default, and how it says so. */
  readonly byDefault: readonly [path: string, line: string];
  readonly entry: string;
}

const KINDS: Readonly<Record<EspLoader, Kind>> = {
  "systemd-boot": {
    files: {
      "loader/loader.conf": "timeout 3\ndefault proxmox-*",
      [`loader/entries/proxmox-${RELEASE}.conf`]: `title x\nversion ${RELEASE}\noptions root=ZFS=a\nlinux ${FOLDER}/vmlinuz\ninitrd ${FOLDER}/initrd\n`,
      [`${FOLDER.slice(1)}/vmlinuz`]: Buffer.alloc(3_000_000, "k"),
      [`${FOLDER.slice(1)}/initrd`]: Buffer.alloc(5_000_000, "i"),
    },
    put: {
      does: "put-aside",
      on: "systemd-boot",
      esps: UUIDS,
      copy: {
        entry: asideText({ release: RELEASE, options: `${OPTIONS.join(" ")} it's` }),
        image: `${FOLDER}/vmlinuz`,
        initrd: `${FOLDER}/initrd`,
      },
    },
    byDefault: ["/loader/loader.conf", "default hostcfg-way-back.conf"],
    entry: ASIDE_ENTRY,
  },
  grub: {
    files: {
      "EFI/proxmox/grubx64.efi": "MZ",
      "grub/grub.cfg": [
        "### BEGIN /etc/grub.d/00_header ###",
        'set default="0"',
        "### END /etc/grub.d/00_header ###",
        `menuentry 'x' $menuentry_id_option 'gnulinux-simple-1' {`,
        `\tlinux /vmlinuz-${RELEASE} root=ZFS=a quiet`,
        `\tinitrd /initrd.img-${RELEASE}`,
        "}",
        "### BEGIN /etc/grub.d/41_custom ###",
        "if [ -f  ${config_directory}/custom.cfg ]; then",
        "  source ${config_directory}/custom.cfg",
        "fi",
        "### END /etc/grub.d/41_custom ###",
        "# without a line break",
      ].join("\n"),
      "grub/custom.cfg": "menuentry 'mine' --id mine {\n\tlinux /mine\n}",
      [`vmlinuz-${RELEASE}`]: Buffer.alloc(3_000_000, "k"),
      [`initrd.img-${RELEASE}`]: Buffer.alloc(5_000_000, "i"),
    },
    put: {
      does: "put-aside",
      on: "grub",
      esps: UUIDS,
      copy: {
        entry: grubAsideText({ release: RELEASE, options: OPTIONS }) ?? "",
        image: `/vmlinuz-${RELEASE}`,
        initrd: `/initrd.img-${RELEASE}`,
      },
    },
    byDefault: ["/grub/grub.cfg", "set default=hostcfg-way-back"],
    entry: "/grub/custom.cfg",
  },
};

/** What a guest is told to run, and what that printed. */
const IN = "/root/commands";

/** Runs the commands one after the other; what they print goes into one file. */
const RUN = `import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
const ran = JSON.parse(readFileSync("${IN}/argv.json", "utf8")).map(([program, ...args]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, stdout, stderr };
});
writeFileSync("${IN}/ran.json", JSON.stringify(ran));
`;

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

// What hostcfg's own scripts do on the real vfat, and what of it is on the disk when the power goes at once.
describe("the ESPs of proxmox-boot-tool, on a real vfat in a guest", () => {
  let machine: Machine;
  let disks: readonly string[];
  beforeAll(async () => {
    machine = await bootGrub();
    await machine.put(kernel.deb, "/tmp/kernel.deb");
    await machine.must("dpkg", "--install", "/tmp/kernel.deb");
    await readyForGuests(machine);
  });
  afterAll(async () => {
    await machine.discard();
  });

  /** Boots a guest that runs these, and cuts its power; answers what they printed. */
  async function guest(
    argv: readonly (readonly string[])[],
    last: readonly string[],
    files: Kind["files"],
  ): Promise<readonly Ran[]> {
    const { folder } = machine;
    const scratch = mkdtempSync(join(folder, "esps-"));
    disks = Object.entries(ESPS).map(([uuid, serial]) => {
      const disk = join(scratch, uuid);
      makeFat(disk, 64, serial, files);
      return disk;
    });
    await machine.must("mkdir", "-p", IN);
    await write(machine, `${IN}/argv.json`, JSON.stringify(argv));
    await write(machine, `${IN}/last.json`, JSON.stringify([last]));
    await write(machine, `${IN}/run.mjs`, RUN);
    const guest = {
      kernel: `/boot/vmlinuz-${kernel.release}`,
      initrd: `/boot/initrd.img-${kernel.release}`,
      cmdline: `${rootOption(machine)} ro`,
      devices: [
        ...["-device", "nvme,drive=root,serial=root"],
        ...disks.flatMap((disk, at) => [
          ...["-drive", `file=${disk},format=raw,if=none,id=esp${at}`],
          ...["-device", `virtio-blk-pci,drive=esp${at}`],
        ]),
      ],
    };
    await bootGuest(machine, guest, [
      `/opt/node ${IN}/run.mjs`,
      `cp ${IN}/last.json ${IN}/argv.json`,
      `mv ${IN}/ran.json ${IN}/first.json`,
      `echo 0 >${RESULTS}/exit`,
      "sync -f /",
      // What follows is on the disk only if the script itself has flushed it.
      `/opt/node ${IN}/run.mjs`,
      "echo b >/proc/sysrq-trigger",
    ]);
    return JSON.parse(machine.readText(`${IN}/first.json`)) as readonly Ran[];
  }

  it.each(["systemd-boot", "grub"] as const)(
    "with %s are read, get what boots now put aside, start it, and lose it again, as is foreseen; and a power cut loses nothing of it",
    async (on) => {
      const { files, put, byDefault, entry } = KINDS[on];
      const look = UUIDS.map(espQuery);
      const trial = on === "grub" ? GRUB_TRIAL : "# 'tried'\noptions \"a b\"\n";
      const tried: PutAside = { ...put, trial };
      const once = (name: string): readonly (readonly string[])[] =>
        on === "grub" ? [chooseOnceArgv(name, UUIDS)] : [];
      const ran = await guest(
        [
          ...look,
          putAsideArgv(put),
          ...look,
          // A second time nothing is copied, for the copies are there.
          putAsideArgv(put),
          putAsideArgv({ does: "put-aside", on, esps: UUIDS }),
          ...look,
          dropAsideArgv(put),
          ...look,
          // A trial's, which sets no default until a refresh.
          putAsideArgv(tried),
          ...once(TRIAL_ID),
          ...look,
          ...once(""),
          dropAsideArgv({ ...tried, only: "trial" }),
          ...look,
          dropAsideArgv(put),
        ],
        putAsideArgv(put),
        files,
      );
      expect(ran.map(({ status, stderr }) => [status, stderr])).toEqual(ran.map(() => [0, ""]));
      const contents = ran.map(({ stdout }) => parseContent(stdout)).filter((one) => one !== undefined);
      const [before, after, again, dropped] = [0, 2, 4, 6].map((at) =>
        contents.slice(at, at + 2).map(essence),
      );
      expect(before?.map((one) => one.files.filter(({ sha256 }) => sha256 !== undefined).length)).toEqual(
        on === "grub" ? [3, 3] : [2, 2],
      );
      const aside = contents
        .slice(0, 2)
        .map((content, at) => essence(withAside(UUIDS[at] ?? "", content, put)));
      expect(after).toEqual(aside);
      expect(again).toEqual(aside);
      expect(dropped).toEqual(contents.slice(2, 4).map((content) => essence(withoutAside(content))));
      const [chosen, kept] = [8, 10].map((at) => contents.slice(at, at + 2).map(essence));
      const foreseen = contents.slice(6, 8).map((content, at) => withAside(UUIDS[at] ?? "", content, tried));
      const withOnce = foreseen.map((content) => (on === "grub" ? withChoice(content, TRIAL_ID) : content));
      expect(chosen).toEqual(withOnce.map(essence));
      expect(kept).toEqual(foreseen.map((content) => essence(withoutTrial(content))));

      for (const disk of disks) {
        tool("fsck.fat", "-n", disk);
        const text = (path: string): string => {
          tool("mcopy", "-n", "-o", "-i", disk, `::${path}`, `${disk}.file`);
          return readFileSync(`${disk}.file`, "utf8");
        };
        expect(text(byDefault[0]).split("\n")).toContain(byDefault[1]);
        expect(text(entry)).toContain(put.copy?.entry.split("@UUID@")[0]);
        expect(text(ASIDE.initrd)).toBe("i".repeat(5_000_000));
        expect(text(ASIDE.image)).toBe("k".repeat(3_000_000));
      }
    },
  );
});

/** What is free is not foreseen. */
function essence({ texts, files, grub }: EspContent) {
  return { texts, grub, files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })) };
}
