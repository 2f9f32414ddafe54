import type { Guest } from "./qemu.ts";

/**
 * Runs what carries out steps until it has come so far, and answers whether it came to its end.
 *
 * @param ms That far into the step that follows.
 */
export async function runUntil(
  guest: Guest,
  command: string,
  reached: (done: number, of: number) => boolean,
  ms = 4000,
): Promise<boolean> {
  let cut: (() => void) | undefined;
  const soFar = new Promise<false>((resolve) => {
    cut = () => {
      resolve(false);
    };
  });
  const whole = guest.run(`${command} 2>&1`, (output) => {
    const [, done = "0", of = "0"] = [...output.matchAll(/(\d+)\/(\d+) done/g)].at(-1) ?? [];
    if (of !== "0" && reached(Number(done), Number(of))) setTimeout(() => cut?.(), ms);
  });
  return Promise.race([
    soFar,
    whole.then(({ exitCode, stdout }) => {
      if (exitCode !== 0) throw new Error(`${command}: exit ${exitCode}\n${stdout}`);
      return true;
    }),
  ]);
}
