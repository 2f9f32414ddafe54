import type { PciDevice } from "../model/index.ts";

/**
 * The pci.ids data base (its own header gives the syntax): a vendor's line `10de  NVIDIA Corporation` and below
 * it, one tab in, its devices; `C 03  Display controller` and below it the subclasses. The file has 1.4 MB, so
 * the few lines that matter are searched for and nothing else is parsed.
 */

/** Where distributions put it: Debian's pci.ids, hwdata. */
export const PCI_IDS_PATHS = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"] as const;

type Ids = Pick<PciDevice, "vendor" | "device" | "class">;

/** The names of one device. Its class is the subclass's name, or the base class's where that has none. */
export function pciNames(text: string, device: Ids): PciDevice["names"] {
  const vendor = findSection(text, device.vendor);
  const model = vendor && findLine(vendor.body, modelHeading(device));
  const base = findSection(text, classHeading(device));
  const subclass = base && findLine(base.body, subclassHeading(device));
  const kind = subclass ?? base?.heading;
  return {
    ...(vendor && { vendor: vendor.heading.name }),
    ...(model && { device: model.name }),
    ...(kind && { class: kind.name }),
  };
}

/** A pci.ids with only the lines that name these devices: {@link pciNames} answers the same from it. */
export function trimPciIds(text: string, devices: readonly Ids[]): string {
  const lines = [
    ...keptLines(text, devices, (device) => device.vendor, modelHeading),
    ...keptLines(text, devices, classHeading, subclassHeading),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function keptLines(
  text: string,
  devices: readonly Ids[],
  outer: (device: Ids) => string,
  inner: (device: Ids) => string,
): string[] {
  const wanted = new Map<string, Set<string>>();
  for (const device of devices) {
    wanted.set(outer(device), (wanted.get(outer(device)) ?? new Set()).add(inner(device)));
  }
  return [...wanted.keys()].sort().flatMap((id) => {
    const section = findSection(text, id);
    if (section === undefined) return [];
    const below = [...(wanted.get(id) ?? [])].sort();
    return [section.heading.whole, ...below.flatMap((inside) => findLine(section.body, inside)?.whole ?? [])];
  });
}

function modelHeading(device: Ids): string {
  return `\t${device.device}`;
}

function classHeading(device: Ids): string {
  return `C ${device.class.slice(0, 2)}`;
}

function subclassHeading(device: Ids): string {
  return `\t${device.class.slice(2, 4)}`;
}

interface Line {
  readonly whole: string;
  readonly name: string;
  /** Index of its line break, or of the text's end. */
  readonly end: number;
}

interface Section {
  readonly heading: Line;
  /** All below the heading up to the next line that is neither indented nor a comment. */
  readonly body: string;
}

function findSection(text: string, id: string): Section | undefined {
  const heading = findLine(text, id);
  if (heading === undefined) return undefined;
  const next = /\n[^\t#]/g;
  next.lastIndex = heading.end;
  return { heading, body: text.slice(heading.end, next.exec(text)?.index) };
}

/** The first line that starts with an id; two blanks stand between an id and its name. */
function findLine(text: string, id: string): Line | undefined {
  const prefix = `${id}  `;
  const start = startOfLine(text, prefix);
  if (start === undefined) return undefined;
  const lineBreak = text.indexOf("\n", start);
  const end = lineBreak === -1 ? text.length : lineBreak;
  return { whole: text.slice(start, end), name: text.slice(start + prefix.length, end).trim(), end };
}

function startOfLine(text: string, prefix: string): number | undefined {
  if (text.startsWith(prefix)) return 0;
  const lineBreak = text.indexOf(`\n${prefix}`);
  return lineBreak === -1 ? undefined : lineBreak + 1;
}
