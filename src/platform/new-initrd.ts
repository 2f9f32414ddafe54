import { readDrivers } from "../facts/drivers.ts";
import { attempt, known, unknown } from "../facts/fact.ts";
import { readRootDrivers } from "../facts/root-drivers.ts";
import { IN_INITRD, partsLeft } from "../facts/vfio-files.ts";
import type { Reader } from "../host/reader.ts";
import { HostError } from "../host/reader.ts";
import type { DriverForm, Fact, InitramfsGeneratorName } from "../model/index.ts";
import { readInitramfs } from "./initramfs.ts";

/** What was found of a new initrd: why it must not take the old one's place, and why that cannot be told; a clause each. */
export interface Looked {
  readonly fault?: string | undefined;
  readonly doubt?: string | undefined;
}

/**
 * Reads a new initrd to its end, before it takes the place of the old one. By its names it must have what the kernel starts, what
 * hostcfg's files put in, and the drivers of the root that the old one had: a smaller one is no fault.
 */
export async function lookAtNewInitrd(reader: Reader, made: string, old: string): Promise<Looked> {
  const [now, before] = [await namesIn(reader, made), await namesIn(reader, old)];
  if (now === "damaged") return { fault: "cannot be read to its end" };
  if (now === "absent") return { fault: "is not there" };
  if (now === "unfamiliar") {
    const is = "is in a format that hostcfg does not read";
    return typeof before === "string"
      ? { doubt: is }
      : { fault: `${is}, and the old one is not: have it compressed by zstd, xz, lz4 or gzip` };
  }
  const had = typeof before === "string" ? [] : before;
  if (!now.includes("init") && (had.length === 0 || had.includes("init")))
    return { fault: "has no /init, which the kernel starts" };
  if (now.some((name) => PACKED_AGAIN.test(name)))
    return { doubt: "holds another file system, into which hostcfg does not look" };
  const root = readRootDrivers(reader);
  const { generator } = readInitramfs(reader);
  const lacks = [
    ...lost(reader, now, { had, needed: root.names }),
    ...(generator.known ? unbound(reader, now, generator.value) : []),
  ];
  if (lacks.length > 0) return { fault: `was made without ${lacks.join(" and ")}` };
  const unseen = root.unseen ?? (generator.known ? undefined : generator.why);
  return unseen === undefined ? {} : { doubt: `may lack what it needs: ${unseen}` };
}

/** dracut's squash module packs all but a few files into one more. */
const PACKED_AGAIN = /^(?:squash|squashfs|erofs)-root\.img$/;

type Names = readonly string[];

async function namesIn(reader: Reader, path: string): Promise<Names | "damaged" | "unfamiliar" | "absent"> {
  try {
    const names = await reader.members(path, [""]);
    return names?.map((name) => name.replace(/^\.?\//, "")) ?? "absent";
  } catch (error) {
    if (error instanceof HostError && error.code === "EBADMSG") return "damaged";
    if (error instanceof HostError && error.code === "ENOTSUP") return "unfamiliar";
    throw error;
  }
}

/** Drivers that the old one had and this one needs. */
function lost(
  reader: Reader,
  now: Names,
  { had, needed }: { readonly had: Names; readonly needed: readonly string[] },
): readonly string[] {
  const [modules, old] = [modulesIn(now), modulesIn(had)];
  // Those of vfio go where nothing is bound any more.
  if (modules.size === 0 && [...old].some((name) => !OF_VFIO.test(name))) return ["any driver"];
  const candidates = needed.filter((name) => old.has(name) && !modules.has(name));
  const forms = readDrivers(reader, releaseOf(now), candidates);
  return candidates
    .filter((name) => mayBe(forms, name, "module"))
    .map((name) => `${name}, by which this boot has its root`);
}

/** What hostcfg's own files should have put in. */
function unbound(reader: Reader, now: Names, by: InitramfsGeneratorName): readonly string[] {
  const forms = readDrivers(reader, releaseOf(now), [DRIVER]);
  if (forms.known && forms.value[DRIVER] === "absent") return [];
  return partsLeft(by, (path) => textOf(reader, path))
    .filter((part) => part !== IN_INITRD.module || mayBe(forms, DRIVER, "module"))
    .filter((part) => !now.some((name) => `/${name}`.includes(part)))
    .map((part) => (part === IN_INITRD.module ? "vfio-pci" : part));
}

const DRIVER = "vfio_pci";
/** The modules of vfio, and what only these need. */
const OF_VFIO = /^(?:vfio|iommufd$|irqbypass$)/;

function mayBe(forms: ReturnType<typeof readDrivers>, name: string, form: DriverForm): boolean {
  return !forms.known || forms.value[name] === form;
}

function textOf(reader: Reader, path: string): string | undefined {
  const text = attempt(path, () => reader.readText(path));
  return text.known ? text.value : undefined;
}

function modulesIn(names: Names): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) => /([^/]+)\.ko(?:\.\w+)?$/.exec(name)?.[1]?.replaceAll("-", "_") ?? []),
  );
}

/** The kernel that it is made for, as it says itself. */
function releaseOf(names: Names): Fact<string> {
  const found = names.flatMap((name) => /(?:^|\/)lib\/modules\/([^/]+)\//.exec(name)?.[1] ?? []);
  return found[0] === undefined ? unknown("it has no modules") : known(found[0]);
}
