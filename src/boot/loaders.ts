import type { BootLoaderName } from "../model.ts";
import { kernelstub } from "./kernelstub/plan.ts";
import type { BootLoader } from "./loader.ts";

/** Every loader that hostcfg can drive. A new one is a file beside this one and a line here. */
export const LOADERS: Readonly<Record<BootLoaderName, BootLoader>> = { kernelstub };
