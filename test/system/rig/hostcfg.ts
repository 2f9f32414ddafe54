import type { Machine } from "./machine.ts";
import type { Ran } from "./ran.ts";
import { succeeded } from "./ran.ts";

/** Where the product is in a machine. */
export const PRODUCT = "/opt/hostcfg";

/** The folder in the machine with the spec, `host.yaml`, and the packages that it names. */
export const STORY = "/root/story";

/** The command line that starts hostcfg in a machine. */
export const HOSTCFG = ["/usr/local/bin/node", `${PRODUCT}/dist/hostcfg.js`] as const;

/** Runs hostcfg as root on the machine's console, in the folder with the spec. */
export function hostcfg(machine: Machine, ...args: readonly string[]): Promise<Ran> {
  return machine.run([...HOSTCFG, ...args], { cwd: STORY });
}

/** As {@link hostcfg}, and throws with all that it printed unless it exits with 0. */
export function mustHostcfg(machine: Machine, ...args: readonly string[]): Promise<Ran> {
  return succeeded(hostcfg(machine, ...args), args);
}
