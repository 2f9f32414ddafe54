/** bz2 1.0.1, which has no types of its own. */
declare module "bz2" {
  interface Bz2 {
    /** @throws where the stream is broken or ends early: an Error of any kind, or a text. */
    decompress(input: Uint8Array): Uint8Array;
  }
  const bz2: Bz2;
  export default bz2;
}
