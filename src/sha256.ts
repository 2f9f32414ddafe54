import type { Hash } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";

/** Up to here (bytes) loading OpenSSL costs more than it is quicker. */
const SMALL = 8 * 1024;

/**
 * SHA-256 in hexadecimal digits; text counts as its UTF-8.
 *
 * Starting node:crypto costs a plan four milliseconds, a fifteenth of what bare Node takes, and most plans hash
 * nothing but a spec and a few configuration files. So small contents are hashed in JavaScript.
 */
export function sha256Of(content: string | Uint8Array): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return bytes.length > SMALL
    ? sha256InPieces().update(bytes).digest("hex")
    : Buffer.from(sha256(bytes)).toString("hex");
}

/** For what is read piece by piece. */
export function sha256InPieces(): Hash {
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}
