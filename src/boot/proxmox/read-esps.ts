import { posix } from "node:path";
import { attempt, known, unknown } from "../../facts/fact.ts";
import type { EspLine } from "../../facts/proxmox-esps.ts";
import { espQuery, isUuid } from "../../host/queries.ts";
import type { QueryAnswer, Reader } from "../../host/reader.ts";
import { HostError } from "../../host/reader.ts";
import type {
  BootFile,
  BootLoaderFacts,
  EspContent,
  EspGrub,
  Fact,
  ProxmoxEsp,
  ProxmoxFacts,
} from "../../model/index.ts";
import { parseEnvironmentBlock } from "../grub/environment-block.ts";
import { contextOf, parseMenu } from "../grub/menu-text.ts";

/** The facts with what each ESP of proxmox-boot-tool holds. */
export async function withEsps(reader: Reader, facts: BootLoaderFacts): Promise<BootLoaderFacts> {
  const { proxmox } = facts;
  if (proxmox === undefined) return facts;
  const esps: ProxmoxEsp[] = [];
  for (const esp of proxmox.esps)
    esps.push({ ...esp, content: await lookAt(reader, esp.uuid, proxmox.platform) });
  return { ...facts, proxmox: { ...proxmox, esps } };
}

/** Before anybody looked. */
export function unseen(line: EspLine): ProxmoxEsp {
  return { ...line, content: unknown("nobody looked into it") };
}

async function lookAt(
  reader: Reader,
  uuid: string,
  platform: ProxmoxFacts["platform"],
): Promise<ProxmoxEsp["content"]> {
  // The tool finds no device by such a line either, e.g. one that ends with a carriage return.
  if (!isUuid(uuid)) return known("away");
  if (!reader.privileged) return unknown("looking into it needs root");
  try {
    return contentOf(await reader.query(espQuery(uuid)), platform);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return unknown(
      error.code === "ECAPTURE" ? "the capture does not hold it: take it again as root" : error.message,
    );
  }
}

function contentOf(answer: QueryAnswer, platform: ProxmoxFacts["platform"]): Fact<EspContent | "away"> {
  if (!answer.ran) return unknown(answer.why);
  const { exitCode, stdout, stderr } = answer;
  if (exitCode !== 0) return unknown(`it could not be read: ${stderr.trim() || `exit code ${exitCode}`}`);
  if (stdout.trim() === "away") return known("away");
  return attempt("what is on it", () => parseContent(stdout, platform), "what is on it could not be read");
}

/** The lines of {@link espQuery}; undefined where they tell of no file system. */
export function parseContent(lines: string, platform?: ProxmoxFacts["platform"]): EspContent | undefined {
  const all = (pattern: RegExp): RegExpMatchArray[] => [...lines.matchAll(pattern)];
  const [, blocks, bytes] = /^free (\d+) (\d+)$/m.exec(lines) ?? [];
  if (blocks === undefined || bytes === undefined) return undefined;
  const read = all(/^text (\S*) (.+)$/gm).map(([, base64 = "", path = ""]) => ({
    path: rooted(path),
    text: Buffer.from(base64, "base64").toString(),
  }));
  const texts = read.filter(({ path }) => !path.startsWith(GRUB));
  const digests = new Map(
    all(/^([0-9a-f]{64}) [ *](.+)$/gm).map(([, sha256 = "", path = ""]) => [rooted(path), sha256]),
  );
  const files = all(/^file (\d+) (.+)$/gm).map(([, size = "", name = ""]) => {
    const path = rooted(name);
    const sha256 = digests.get(path);
    return { path, size: Number(size), ...(sha256 === undefined ? {} : { sha256: known(sha256) }) };
  });
  const grub = grubOf((name) => read.find(({ path }) => path === GRUB + name)?.text, platform);
  return {
    freeBytes: Number(blocks) * Number(bytes),
    grub,
    folder: /^folder EFI\/proxmox$/im.test(lines),
    texts: texts.sort(byPath),
    files: files.filter(({ path }) => !read.some((text) => isSamePath(text.path, path))).sort(byPath),
  };
}

const GRUB = "/grub/";

function grubOf(
  text: (name: string) => string | undefined,
  platform: ProxmoxFacts["platform"],
): EspGrub | undefined {
  const [menu, custom] = [text("grub.cfg"), text("custom.cfg")];
  if (menu === undefined) return undefined;
  const environment = known(parseEnvironmentBlock(text("grubenv") ?? ""));
  const context = contextOf({ environment, platform });
  const parsed = parseMenu(menu, context);
  return {
    environment,
    menu: known(parsed),
    ...(custom === undefined ? {} : { custom: parseMenu(custom, { ...context, partOf: parsed }) }),
  };
}

function rooted(path: string): string {
  return posix.join("/", path);
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** Case does not count on an ESP. */
export function isSamePath(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Their files, for who compares them with those of /boot. */
export function copiesOn(esps: readonly ProxmoxEsp[]): { readonly image: BootFile }[] {
  return esps.flatMap(({ content }) =>
    content.known && content.value !== "away" ? content.value.files.map((image) => ({ image })) : [],
  );
}
