import type { Payload } from "./kernel-image.ts";
import { payloadsOf } from "./kernel-image.ts";
import type { TextSearch } from "./text-search.ts";
import { TextSeeker } from "./text-search.ts";

/**
 * Looks for ASCII texts in a file that may be a kernel image: in what it unpacks to, or in its bytes where nothing in
 * it is compressed. Never throws for what the bytes are.
 */
export async function searchBytes(bytes: Uint8Array, texts: readonly string[]): Promise<TextSearch> {
  const payloads = payloadsOf(bytes);
  let best: TextSearch | undefined;
  for (const payload of payloads) {
    const search = await searchPayload(payload, texts);
    if (best === undefined || search.found.length > best.found.length) best = search;
    if (best.found.length > 0 && best.incomplete === undefined) return best;
  }
  // What looked compressed in an image of unknown form may just have looked so.
  if (best !== undefined && (payloads.length === 1 || best.found.length > 0)) return best;
  const seeker = new TextSeeker(texts);
  seeker.push(bytes);
  return { found: seeker.found };
}

async function searchPayload({ format, bytes }: Payload, texts: readonly string[]): Promise<TextSearch> {
  const packed = format.name;
  if (format.load === undefined)
    return { found: [], packed, incomplete: `hostcfg does not unpack ${packed}` };
  const seeker = new TextSeeker(texts);
  try {
    const unpack = await format.load();
    for await (const piece of unpack(bytes)) {
      seeker.push(piece);
      if (seeker.foundAll) break;
    }
    return { found: seeker.found, packed };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { found: seeker.found, packed, incomplete: `its ${packed} part cannot be unpacked: ${why}` };
  }
}
