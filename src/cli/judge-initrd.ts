import type { Engine } from "./engine.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** Exits with an error where the new initrd must not take the place of the old one. Its words end in the log of the step. */
export async function judgeInitrd(made: string, old: string, io: Io, engine: Engine): Promise<number> {
  const reader = io.open({ kind: "host" }).reader();
  const { fault, doubt } = await engine.lookAtNewInitrd(reader, made, old);
  if (doubt !== undefined) io.stderr(`hostcfg: whether the new initrd is whole is unknown: it ${doubt}\n`);
  if (fault === undefined) return EXIT.ok;
  const stays = reader.stat(old) === undefined ? `it does not become ${old}` : `${old} stays as it was`;
  io.stderr(`hostcfg: the new initrd ${fault}: ${stays}\n`);
  return EXIT.error;
}
