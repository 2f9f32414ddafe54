import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { Suite } from "../../system/rig/loader-programs.ts";
import { tool } from "../../system/rig/tool.ts";
import type { Kernels, LoaderName } from "./build.ts";
import { build } from "./build.ts";
import type { Hardware } from "./qemu.ts";
import { Guest, copyMachine, partOf } from "./qemu.ts";

/** A machine as its first boot finds it. */
export interface Model {
  readonly name: string;
  readonly loader: LoaderName;
  readonly suite: Suite;
}

const built = new Map<string, Promise<Kernels>>();
/** One is built at a time: the hosts that they are made of share names of devices. */
let last: Promise<unknown> = Promise.resolve();

function kernelsOf(model: Model): Promise<Kernels> {
  const present = built.get(model.name);
  if (present !== undefined) return present;
  const next = last.then(() => builtOnce(model));
  last = next.catch(() => undefined);
  built.set(model.name, next);
  return next;
}

/** A file of stories finds what another one has built in the same run. */
async function builtOnce(model: Model): Promise<Kernels> {
  const told = join(stock(model), "kernels.json");
  if (existsSync(told)) return JSON.parse(readFileSync(told, "utf8")) as Kernels;
  const kernels = await build(model.loader, model.suite, stock(model));
  writeFileSync(told, JSON.stringify(kernels));
  return kernels;
}

function stock({ name }: Model): string {
  return join(inject("folder"), `stock-${name.replaceAll(/\W+/g, "-")}`);
}

/** A machine of a story's own: which kernels it has, and its switch. */
export interface Owned {
  readonly kernels: Kernels;
  readonly folder: string;
  readonly on: (hardware: Hardware) => Promise<Guest>;
  /** Lays a file into it while it is off. */
  readonly put: (file: string, inside: string) => void;
}

/** Gives a story a machine of its own, and throws it away afterwards, switched on or not. */
export async function withMachine(model: Model, story: (machine: Owned) => Promise<void>): Promise<void> {
  const kernels = await kernelsOf(model);
  const folder = mkdtempSync(join(inject("folder"), "whole-"));
  let guest: Guest | undefined;
  try {
    copyMachine(stock(model), folder);
    const on = async (hardware: Hardware): Promise<Guest> => (guest = await Guest.on(folder, hardware));
    const put = (file: string, inside: string): void => {
      tool("debugfs", "-w", "-R", `write ${file} ${inside}`, partOf(folder, "root.img"));
    };
    await story({ kernels, folder, on, put });
  } finally {
    await guest?.cut();
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
}
