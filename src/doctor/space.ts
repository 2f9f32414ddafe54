import { chooseLoader } from "../boot/choose.ts";
import { freeableKernels, mebibytes, oneMoreKernel, room, roomToMake } from "../boot/space.ts";
import type { Demand } from "../boot/space.ts";
import type { Diagnostic, DoctorFinding, Fact, HostState } from "../model/index.ts";

const subject = "space";

type Place = Pick<Demand, "code" | "where" | "free">;

/**
 * Whether one more kernel with its initrd has room wherever kernels are kept, and where initrds are made.
 *
 * @param needed Releases that are not to be given up for it: what boots next, and what there is to go back to.
 */
export function space(state: HostState, needed: readonly string[]): readonly DoctorFinding[] {
  const { kernels, free } = state;
  if (!kernels.known) return [{ subject, verdict: "unknown", says: kernels.why }];
  const bytes = oneMoreKernel(kernels.value);
  if (bytes === 0)
    return [{ subject, verdict: "unknown", says: "no kernel is in /boot that shows how much one needs" }];
  const places: readonly Place[] = [
    { code: "boot-space", where: "/boot", free: free.boot },
    ...espsOf(state),
  ];
  const kept = [...needed, ...kernels.value.slice(0, 1).map(({ release }) => release)];
  const demands = places.map((place): Demand => ({
    ...place,
    bytes,
    what: "one more kernel and its initrd",
    guessed: true,
  }));
  const short = [
    ...demands.flatMap((demand) => room(demand, freeableKernels(state, kept), state.initramfs).diagnostics),
    ...roomToMake(state, kernels.value),
  ];
  const all: readonly Place[] = [
    ...places,
    { code: "disk-space", where: "/usr", free: free.usr },
    { code: "disk-space", where: "/var/tmp", free: free.varTmp },
  ];
  const unseen = all.flatMap(({ where, free: left }): DoctorFinding[] =>
    left.known ? [] : [{ subject, verdict: "unknown", says: `${where}: ${left.why}` }],
  );
  if (short.length + unseen.length > 0) return [...short.map(lacking), ...unseen];
  const seen = all.flatMap(({ where, free: left }) =>
    left.known ? [`${where} ${mebibytes(left.value)}`] : [],
  );
  return [
    {
      subject,
      verdict: "pass",
      says: `one more kernel and its initrd fit (about ${mebibytes(bytes)}; its modules go to /usr); free: ${seen.join(", ")}`,
    },
  ];
}

function lacking({ summary, hint }: Diagnostic): DoctorFinding {
  return { subject, verdict: "warn", says: summary, ...(hint === undefined ? {} : { remedy: hint }) };
}

/** Where the loader keeps copies of kernels. */
function espsOf({ bootLoader }: HostState): readonly Place[] {
  const chosen = chooseLoader(bootLoader, undefined);
  if (!chosen.known) return [];
  const code = "esp-space";
  switch (chosen.value) {
    case "grub":
      return [];
    case "kernelstub": {
      const esp = bootLoader.kernelstub?.esp;
      if (esp === undefined) return [];
      return [
        esp.known
          ? { code, where: esp.value.mountPoint, free: esp.value.freeBytes }
          : { code, where: "the ESP", free: esp },
      ];
    }
    case "systemd-boot": {
      const boot = bootLoader.systemdBoot?.boot;
      return boot === undefined || boot.mountPoint === "/boot"
        ? []
        : [{ code, where: boot.mountPoint, free: boot.freeBytes }];
    }
    case "proxmox":
      return (bootLoader.proxmox?.esps ?? []).map(({ uuid, content }): Place => ({
        code,
        where: `ESP ${uuid}`,
        free: freeOn(content),
      }));
  }
}

function freeOn(content: Fact<{ readonly freeBytes: number } | "away">): Fact<number> {
  if (!content.known) return content;
  return content.value === "away"
    ? { known: false, why: "it has no device here" }
    : { known: true, value: content.value.freeBytes };
}
