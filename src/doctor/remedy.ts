import { chooseLoader } from "../boot/choose.ts";
import type { DeclaredOptions } from "../boot/options.ts";
import { insteadOf } from "../boot/refused.ts";
import { scalar } from "../concerns/declare/yaml.ts";
import type { DoctorFinding, HostState } from "../model/index.ts";

/** What a person does to change the kernel's options on this host: in the spec, or where hostcfg leaves them alone. */
export function byOptions(
  { bootLoader, running }: HostState,
  options: DeclaredOptions,
): Pick<DoctorFinding, "remedy" | "kernelOptions"> {
  const lists = (["present", "absent"] as const).filter((key) => options[key].length > 0);
  const inSpec = lists.map((key) => `${key}: [${options[key].map(scalar).join(", ")}]`).join(", ");
  const kernelOptions = Object.fromEntries(lists.map((key) => [key, options[key]]));
  const declare = `declare kernelOptions: { ${inSpec} } in the spec, then sudo hostcfg apply and reboot`;
  const { candidates, refused } = bootLoader;
  if (chooseLoader(bootLoader, undefined).known) return { remedy: declare, kernelOptions };
  if (candidates !== undefined)
    return {
      remedy: `${candidates.map((name) => `bootLoader: ${name}`).join(" or ")} in the spec says what starts this host;\n${declare}`,
      kernelOptions,
    };
  if (refused !== undefined)
    return { remedy: `${insteadOf(refused, { options }, running)}\nthen reboot`, kernelOptions };
  return { remedy: `change the kernel's options where this host is given them: ${inSpec}`, kernelOptions };
}
