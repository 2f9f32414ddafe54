import { existsSync } from "node:fs";
import type { Machine } from "./machine.ts";

/**
 * Moves a program out of its place, for a script that calls it to stand there, and answers where it is then. Such a script
 * may be what stands there already.
 */
export async function movedProgram(machine: Machine, program: string): Promise<string> {
  let real = `${program}.real`;
  while (existsSync(machine.path(real))) real += ".real";
  await machine.must("mv", program, real);
  return real;
}
