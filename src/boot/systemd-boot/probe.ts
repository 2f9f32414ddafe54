import { posix } from "node:path";
import { attempt, known, unknown } from "../../facts/fact.ts";
import { readTextFiles } from "../../facts/text-files.ts";
import type { Reader } from "../../host/reader.ts";
import type { EspFacts, Fact, HostState, SystemdBootFacts } from "../../model/index.ts";
import { readCopies } from "../bls/copies.ts";
import { ENTRIES, readEntries } from "../bls/entries.ts";
import { loaderConf, readDefault } from "../bls/loader-default.ts";
import { readOtherEntries } from "../bls/other-entries.ts";
import { readEsp, readPartition } from "../bls/partition.ts";
import { TEMPLATE } from "./template.ts";
import { wayBackCopies } from "../bls/way-back-entry.ts";

/** Where bootctl(1) looks for the ESP, in its order. */
const ESP_PLACES = ["/efi", "/boot", "/boot/efi"];
const XBOOTLDR = "/boot";

/** The files of systemd-boot, or undefined on a host whose ESP has none. */
export function readSystemdBoot(
  reader: Reader,
  { identity, mounts }: Pick<HostState, "identity" | "mounts">,
): SystemdBootFacts | undefined {
  const esp = ESP_PLACES.map((place) => readEsp(reader, mounts, place, "")).find(
    (partition) => partition.known && hasLoader(reader, partition.value.mountPoint),
  );
  if (esp?.known !== true) return undefined;
  const { mountPoint } = esp.value;
  const boot = bootPartition(reader, mounts, esp.value);
  const places = [...new Set([mountPoint, boot.mountPoint])];
  const lists = places.map((place) => readEntries(reader, place, () => true));
  const unread = lists.find((list) => !list.known);
  const entries = lists.flatMap((list) => (list.known ? list.value : []));
  const tries = attempt("/etc/kernel/tries", () => reader.readText("/etc/kernel/tries")?.trim());
  const others = readOtherEntries(reader, places);
  const copies = attempt(boot.mountPoint, () => readCopies(reader, wayBackCopies(boot.mountPoint), entries));
  return {
    evidence: `${mountPoint} holds systemd-boot`,
    esp: esp.value,
    boot,
    entries: unread ?? known(entries),
    ...(others.length === 0 ? {} : { others }),
    loaderDefault: readDefault(reader, mountPoint),
    files: readTextFiles(
      reader,
      [loaderConf(mountPoint), TEMPLATE, ...entries.map(({ path }) => path)],
      "the loader's files",
    ),
    ...(copies.known && copies.value.length > 0 ? { copies: copies.value } : {}),
    token: readToken(reader, identity, boot.mountPoint),
    ...(tries.known && /^\d+$/.test(tries.value) ? { tries: Number(tries.value) } : {}),
  };
}

function hasLoader(reader: Reader, place: string): boolean {
  const programs = attempt(place, () => reader.list(posix.join(place, "EFI/systemd")));
  return programs.known && programs.value.some((name) => /^systemd-boot.*\.efi$/i.test(name));
}

function bootPartition(reader: Reader, mounts: HostState["mounts"], esp: EspFacts): EspFacts {
  if (esp.mountPoint === XBOOTLDR) return esp;
  const other = readPartition(reader, mounts, XBOOTLDR, "");
  const entries = posix.join(XBOOTLDR, ENTRIES);
  return other.known && reader.stat(entries) !== undefined ? other.value : esp;
}

/** /etc/kernel/entry-token, else whichever of machine id and os-release's ids has a folder (kernel-install(8)). */
function readToken(reader: Reader, { os }: HostState["identity"], boot: string): Fact<string> {
  const line = (path: string): string | undefined => {
    const text = attempt(path, () => reader.readText(path)?.trim());
    return text.known && text.value !== "" ? text.value : undefined;
  };
  const token = line("/etc/kernel/entry-token");
  if (token !== undefined) return known(token);
  const machine = line("/etc/machine-id");
  const candidates = [
    ...(machine === undefined ? [] : [machine]),
    ...(os.known ? [os.value.id] : []),
    "Default",
  ];
  const found = candidates.find((name) => reader.stat(posix.join(boot, name)) !== undefined);
  return found === undefined && machine === undefined
    ? unknown("neither /etc/kernel/entry-token nor /etc/machine-id is there")
    : known(found ?? machine ?? "");
}
