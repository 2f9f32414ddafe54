import { chooseLoader } from "../boot/choose.ts";
import { bootability, initrdsThatMatter } from "../boot/check.ts";
import type { SeenInitrds } from "../facts/initrd-whole.ts";
import { readWholeInitrds } from "../facts/initrd-whole.ts";
import type { Reader } from "../host/reader.ts";
import type { Bootability, BootLoaderName, HostState } from "../model/index.ts";

export interface BootLook {
  readonly reader: Reader;
  readonly state: HostState;
  /** `bootLoader` of the spec, where there is a spec. */
  readonly declared?: BootLoaderName;
  /** What was found of initrds before; filled. */
  readonly seen?: SeenInitrds;
}

/** Whether the host is bootable as it is, with the initrds that matter read to their ends. */
export async function checkBoot({ reader, state, declared, seen }: BootLook): Promise<Bootability> {
  const loader = chooseLoader(state.bootLoader, declared);
  const whole = await readWholeInitrds(reader, initrdsThatMatter(state, loader), seen);
  return bootability(state, loader, whole);
}
