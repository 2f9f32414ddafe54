import { UPDATERS, halvedName } from "../grub/generator.ts";
import { OTHER_MENU } from "../grub/probe.ts";
import { posix } from "node:path";
import { attempt } from "../../facts/fact.ts";
import type { Reader } from "../../host/reader.ts";
import type { GrubFacts, Identity, RefusedLoader } from "../../model/index.ts";
import { entryName } from "../bls/entries.ts";
import { extlinuxFile } from "./live.ts";
import type { Live } from "./live.ts";

/** What else is known of the host. */
export interface Found {
  readonly identity: Identity;
  readonly live: Live;
  /** Whether the kernelstub that a direct start by the firmware could come from is there. */
  readonly kernelstub: boolean;
  readonly proxmox: boolean;
  readonly grub: GrubFacts | undefined;
}

export interface Refusal {
  readonly loader: RefusedLoader;
  /** One clause for a person, where this boot's own traces do not say it. */
  readonly evidence: readonly string[];
}

/** A host that is recognised and must be left alone, whatever else is installed on it. */
export function refuse(reader: Reader, found: Found): Refusal | undefined {
  return (
    nixos(reader, found) ??
    ostree(reader) ??
    ownedByTool(reader, found) ??
    started(found) ??
    grubOfAnotherShape(reader, found) ??
    installed(reader, found)
  );
}

/** What container engines leave for those inside (systemd's container interface; podman-run(1); Docker). */
const CONTAINERS = ["/run/systemd/container", "/run/.containerenv", "/.dockerenv"];

/** Asked first: /proc and /sys of a container tell of the machine around it. */
export function container(reader: Reader): Refusal | undefined {
  const path = CONTAINERS.find((candidate) => there(reader, candidate));
  if (path === undefined) return undefined;
  return refusal("container", "this is a container", "it uses the host's kernel", [
    `${path} is there (container)`,
  ]);
}

function nixos(reader: Reader, { identity: { os } }: Found): Refusal | undefined {
  const named = os.known && os.value.id === "nixos";
  if (!named && !there(reader, "/etc/NIXOS")) return undefined;
  return refusal(
    "nixos",
    "NixOS, which generates its loader's files",
    "every nixos-rebuild overwrites them from the system's configuration",
    [named ? "os-release says ID=nixos" : "/etc/NIXOS is there"],
  );
}

function ostree(reader: Reader): Refusal | undefined {
  const path = ["/run/ostree-booted", "/ostree/repo"].find((candidate) => there(reader, candidate));
  if (path === undefined) return undefined;
  const bootc = !there(reader, "/usr/bin/rpm-ostree") && there(reader, "/usr/bin/bootc");
  return refusal(
    bootc ? "bootc" : "ostree",
    `an image-based system (${bootc ? "bootc" : "rpm-ostree"})`,
    "each deployment brings its own loader entries",
    [`${path} is there (OSTree)`],
  );
}

/** Programs of distributions that write the loader's entries themselves, and again at each upgrade. */
const ENTRY_TOOLS = [
  {
    kind: "sdbootutil",
    path: "/usr/bin/sdbootutil",
    name: "entries that sdbootutil writes (openSUSE)",
    why: "it writes them again at each upgrade, and with an entry that differs from its own the TPM does not open the disk",
  },
  {
    kind: "sdboot-manage",
    path: "/usr/bin/sdboot-manage",
    name: "entries that sdboot-manage writes (CachyOS, Manjaro)",
    why: "it removes them and writes new ones at each upgrade",
  },
  {
    kind: "limine-entry-tool",
    path: "/usr/bin/limine-entry-tool",
    name: "Limine with entries that limine-entry-tool writes",
    why: "it writes them again at each upgrade",
  },
] as const;

/** Installed, and GRUB did not start this boot: the tools come with their loader, and may be left over beside GRUB. */
function ownedByTool(reader: Reader, { live: { starter }, grub }: Found): Refusal | undefined {
  const mayBe = (kind: RefusedLoader["kind"]): boolean =>
    starter === undefined
      ? grub === undefined
      : starter === (kind === "limine-entry-tool" ? "limine" : "systemd-boot");
  const tool = ENTRY_TOOLS.find(({ kind, path }) => mayBe(kind) && there(reader, path));
  return tool === undefined
    ? undefined
    : refusal(tool.kind, tool.name, tool.why, [`${tool.path} is installed`]);
}

/** Another program than those that hostcfg drives started this boot. */
function started({ live, kernelstub }: Found): Refusal | undefined {
  const unknownFiles = "hostcfg does not know its files";
  const { starter } = live;
  if (starter === undefined) return undefined;
  switch (starter) {
    case "unified-kernel-image":
      return unified([]);
    case "efi-stub":
      return kernelstub
        ? undefined
        : refusal(
            "efi-stub",
            "no loader: the firmware starts the kernel itself",
            "the options are in the firmware's boot option",
          );
    case "refind":
      return refusal("refind", "rEFInd", `it finds kernels by itself, and ${unknownFiles}`);
    case "limine":
      return refusal("limine", "Limine", unknownFiles);
    case "extlinux":
      return refusal("extlinux", "extlinux", unknownFiles);
    case "unfamiliar":
      return refusal("unfamiliar", "a loader that hostcfg does not know", unknownFiles);
    case "grub":
    case "systemd-boot":
      return undefined;
  }
}

const SETTINGS = "/etc/default/grub";

/** GRUB as Fedora, RHEL, SUSE and Arch set it up. */
function grubOfAnotherShape(reader: Reader, { live, grub, proxmox }: Found): Refusal | undefined {
  const mayBe = live.starter === "grub" || (live.starter === undefined && live.contradicting === undefined);
  if (!mayBe || proxmox) return undefined;
  const elsewhere = there(reader, OTHER_MENU);
  if (grub === undefined && !elsewhere) return undefined;
  const bls = blsSetting(reader, grub) ?? (elsewhere ? blsMenu(reader) : undefined);
  if (bls !== undefined && there(reader, "/boot/loader/entries"))
    return refusal(
      "grub-bls",
      "GRUB with Boot Loader Specification entries (Fedora, RHEL)",
      "the options are in /boot/loader/entries there, and grub2-mkconfig does not write those",
      [bls],
    );
  const why = "hostcfg knows GRUB as Debian and Ubuntu set it up";
  if (grub === undefined)
    return refusal("grub-elsewhere", "GRUB in /boot/grub2 (SUSE and others)", why, [
      `${OTHER_MENU} is there (GRUB)`,
    ]);
  const { dropIns, ids, by, wholeNames } = grub.generator;
  if (by === undefined && !UPDATERS.some((path) => there(reader, path)))
    return refusal("grub-elsewhere", "GRUB without update-grub and grub-mkconfig", why);
  // A program named update-grub says nothing of what it runs: others than Debian have one as well.
  if (by !== undefined && wholeNames !== true)
    return refusal(
      "grub-elsewhere",
      "GRUB without update-grub, and with another 10_linux than Arch's",
      "hostcfg knows the names that Arch's 10_linux gives to entries where there is no update-grub",
      ["/etc/grub.d/10_linux does not take a kernel's whole name"],
    );
  const halved = wholeNames === true || ids === undefined ? undefined : halvedName(reader);
  if (halved !== undefined)
    return refusal(
      "grub-elsewhere",
      "GRUB with a 10_linux that does not know how this host's kernels are named",
      `it finds no initrd for ${halved}, so that kernel would not come up`,
      [`/etc/grub.d/10_linux takes off all that stands before the first number, of ${halved} too`],
    );
  if (dropIns === false && wholeNames !== true)
    return refusal(
      "grub-elsewhere",
      "GRUB with a grub-mkconfig that does not read /etc/default/grub.d",
      "hostcfg keeps its settings in a file of that folder",
      ["/usr/sbin/grub-mkconfig or /usr/bin/grub-mkconfig names no drop-ins"],
    );
  return ids === false
    ? refusal(
        "grub-elsewhere",
        "GRUB with a 10_linux that names its entries in its own way",
        "hostcfg chooses a kernel by the names that Debian's and Ubuntu's 10_linux gives",
        ["/etc/grub.d/10_linux writes no gnulinux-RELEASE-advanced entries"],
      )
    : undefined;
}

function blsSetting(reader: Reader, grub: GrubFacts | undefined): string | undefined {
  const texts =
    grub?.settings.known === true
      ? grub.settings.value
      : [{ path: SETTINGS, text: read(reader, SETTINGS) ?? "" }];
  const file = texts.findLast(({ text }) => /^\s*(export\s+)?GRUB_ENABLE_BLSCFG=/m.test(text));
  return file !== undefined && /^\s*(export\s+)?GRUB_ENABLE_BLSCFG=["']?true["']?\s*(#.*)?$/m.test(file.text)
    ? `${file.path} says GRUB_ENABLE_BLSCFG=true`
    : undefined;
}

function blsMenu(reader: Reader): string | undefined {
  return /^\s*blscfg\s*$/m.test(read(reader, OTHER_MENU) ?? "") ? `${OTHER_MENU} calls blscfg` : undefined;
}

/** Where this boot says nothing, or only that systemd-boot ran: what lies on the ESP, and what kernel-install makes. */
function installed(reader: Reader, { live, grub }: Found): Refusal | undefined {
  if (live.contradicting !== undefined || live.starter === "grub" || live.starter === "efi-stub")
    return undefined;
  // What the firmware has selected is seen only with the variables; else the folders must tell.
  const images = ESPS.flatMap((esp) => unifiedImages(reader, esp));
  const [image] = images;
  if (image !== undefined && grub === undefined && !ESPS.some((esp) => hasEntries(reader, esp)))
    return unified([`${image} is there, and no loader entry with options of its own`]);
  if (live.starter !== undefined || grub !== undefined) return undefined;
  const layout = read(reader, INSTALL_CONF);
  if (layout !== undefined && /^\s*layout\s*=\s*uki\s*$/m.test(layout))
    return unified([`${INSTALL_CONF} says layout=uki`]);
  const extlinux = extlinuxFile(reader);
  return extlinux === undefined
    ? undefined
    : refusal("extlinux", "extlinux", "hostcfg does not know its files", [`${extlinux} is there (extlinux)`]);
}

const INSTALL_CONF = "/etc/kernel/install.conf";
/** Where ESP and XBOOTLDR are mounted (systemd-gpt-auto-generator(8), and /boot/efi by tradition). */
const ESPS = ["/efi", "/boot", "/boot/efi"];

function unifiedImages(reader: Reader, esp: string): string[] {
  const folder = posix.join(esp, "EFI/Linux");
  return names(reader, folder)
    .filter((name) => /\.efi$/i.test(name))
    .map((name) => posix.join(folder, name));
}

function hasEntries(reader: Reader, esp: string): boolean {
  return names(reader, posix.join(esp, "loader/entries")).some((name) => entryName(name) !== undefined);
}

function unified(evidence: readonly string[]): Refusal {
  return refusal(
    "unified-kernel-image",
    "a unified kernel image",
    "the options are inside the image, which may be signed",
    evidence,
  );
}

function refusal(
  kind: RefusedLoader["kind"],
  name: string,
  why: string,
  evidence: readonly string[] = [],
): Refusal {
  return { loader: { kind, name, why }, evidence };
}

function there(reader: Reader, path: string): boolean {
  return reader.stat(path) !== undefined;
}

/** A file or folder that cannot be read proves nothing. */
function read(reader: Reader, path: string): string | undefined {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? text.value : undefined;
}

function names(reader: Reader, folder: string): readonly string[] {
  const list = attempt(folder, () => reader.list(folder));
  return list.known ? list.value : [];
}
