import type { Guest } from "./qemu.ts";
import type { Seen } from "./seen.ts";
import { sorted } from "./seen.ts";

/** What hostcfg says of the boot that comes, taken from what it prints and from nothing else. */
export interface Promised {
  readonly release: string;
  readonly options: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly groups: readonly (readonly string[])[];
}

interface PlanDocument {
  readonly nextBoot: {
    readonly after:
      | {
          readonly known: true;
          readonly value: {
            readonly release: { readonly known: boolean; readonly value?: string };
            readonly options: string;
            readonly kernel: string;
            readonly initrd: string;
          };
        }
      | { readonly known: false; readonly why: string };
  };
  readonly requirements: readonly { readonly address: string; readonly status: string }[];
}

export interface PlanOf {
  readonly next: Omit<Promised, "groups">;
  readonly requirements: Readonly<Record<string, string>>;
}

/** What a plan promises of the next boot, and of what the spec requires. */
export async function planOf(guest: Guest, spec: string): Promise<PlanOf> {
  const { nextBoot, requirements } = JSON.parse(
    await guest.must(`hostcfg plan ${spec} --json`),
  ) as PlanDocument;
  if (!nextBoot.after.known) throw new Error(`the plan does not know what boots next: ${nextBoot.after.why}`);
  const { release, options, kernel, initrd } = nextBoot.after.value;
  return {
    next: { release: release.value ?? "unknown", options, kernel, initrd },
    requirements: Object.fromEntries(requirements.map(({ address, status }) => [address, status])),
  };
}

interface GroupsDocument {
  readonly predicted:
    | { readonly known: true; readonly groups: readonly { readonly devices: readonly string[] }[] }
    | { readonly known: false; readonly why: string };
}

/** The groups that it predicts of the next boot. */
export async function groupsOf(guest: Guest): Promise<Promised["groups"]> {
  const { predicted } = JSON.parse(await guest.must("hostcfg groups --json")) as GroupsDocument;
  if (!predicted.known) throw new Error(`the next boot's groups are not known: ${predicted.why}`);
  return sorted(predicted.groups.map(({ devices }) => devices));
}

/** What of a boot is otherwise than was promised, a sentence each. */
export function broken(promised: Promised, seen: Seen): readonly string[] {
  const options = optionsOf(seen.cmdline);
  return [
    ...(seen.release === promised.release ? [] : [`${seen.release} runs, not ${promised.release}`]),
    ...(options === promised.options ? [] : [`the line is ${options}, not ${promised.options}`]),
    ...(JSON.stringify(seen.groups) === JSON.stringify(promised.groups)
      ? []
      : [`the groups are ${JSON.stringify(seen.groups)}, not ${JSON.stringify(promised.groups)}`]),
  ];
}

/** Without what the loader itself puts in front: GRUB its image, systemd-boot 252 the initrd's path for the kernel's stub. */
export function optionsOf(cmdline: string): string {
  return cmdline.replace(/^(?:BOOT_IMAGE|initrd)=\S+ /, "");
}
