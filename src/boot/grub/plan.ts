import { unknown } from "../../facts/fact.ts";
import type { BootLoader, LoaderPlan } from "../loader.ts";
import { problem } from "../problem.ts";

export const grub: BootLoader = { name: "grub", plan };

function plan(): LoaderPlan {
  const why = "grub cannot be driven yet";
  return {
    nextBoot: { before: unknown(why), after: unknown(why), afterUpgrade: unknown(why) },
    changes: [],
    unchanged: [],
    steps: [],
    diagnostics: [problem("not-supported-yet", why, "leave out kernel.release and kernelOptions")],
  };
}
