/** All decompressors, in a file of its own: few plans need one. */
export { unBzip2 } from "./bzip2.ts";
export { unGzip } from "./gzip.ts";
export { unLz4 } from "./lz4.ts";
export { unXz } from "./xz.ts";
export { unZstd, unZstdInPieces } from "./zstd.ts";
