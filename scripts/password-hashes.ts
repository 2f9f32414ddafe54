import type { Capture, CapturedPath } from "../src/host/capture.ts";

/** Of GRUB (grub-mkpasswd-pbkdf2), and of crypt(5): of each method as long as it makes them, so no shell text is one. */
const HASHES = [
  /grub\.pbkdf2\.sha512\.\d+\./,
  /\$1\$[^$\s:]{0,8}\$[./\w]{22}/,
  /\$[56]\$(?:rounds=\d+\$)?[^$\s:]{0,16}\$[./\w]{43,86}/,
  /\$2[abxy]\$\d\d\$[./\w]{53}/,
  /\$(?:y|gy|7)\$[./\w]+\$[./\w]*\$?[./\w]{43}/,
  /\$argon2(?:id|i|d)\$/,
];

/** Where a capture holds the hash of a password: paths, and command lines of programs. */
export function placesOfPasswordHashes({ paths, queries }: Pick<Capture, "paths" | "queries">): string[] {
  return [
    ...Object.entries(paths).flatMap(([path, entry]) => (contentOf(entry).some(holdsHash) ? [path] : [])),
    ...queries.flatMap(({ argv, answer }) =>
      answer.ran && holdsHash(answer.stdout + answer.stderr) ? [argv.join(" ")] : [],
    ),
  ];
}

function contentOf({ text = "", base64, head }: CapturedPath): readonly string[] {
  return [text, ...[base64, head].map((bytes = "") => Buffer.from(bytes, "base64").toString("latin1"))];
}

function holdsHash(content: string): boolean {
  return HASHES.some((hash) => hash.test(content));
}
