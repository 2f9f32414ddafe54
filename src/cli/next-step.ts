import type { Finding, Verification } from "../model/index.ts";
import { shortAddress, slotAddress } from "../pci/address.ts";
import type { Call } from "./command.ts";
import { shellWords } from "./shell-words.ts";
import { targetWords } from "./target.ts";

/** What to do about a verification, as one line; undefined where nothing is left to do. */
export function nextStep(call: Call, { status, findings }: Verification): string | undefined {
  switch (status) {
    case "satisfied":
      return undefined;
    case "pending":
      return call.options.capture === undefined && call.options.root === undefined
        ? `sudo reboot, then ${line(call, "verify", spec(call))}`
        : `reboot that host, then hostcfg verify there`;
    case "unsatisfied":
      return afterUnsatisfied(
        call,
        findings.filter((finding) => finding.status === "unsatisfied"),
      );
    case "unknown":
      return call.io.privileged || call.options.capture !== undefined
        ? undefined
        : `as root more can be read: ${line(call, "verify", spec(call))}`;
  }
}

/** What an apply can change comes before what it cannot: groups are judged again once the kernel and its options are right. */
function afterUnsatisfied(call: Call, findings: readonly Finding[]): string | undefined {
  const group = findings.find(({ address }) => address.startsWith("iommuGroups."));
  const others = findings.filter(({ address }) => !/^(?:iommuGroups|health|hostname)\b/.test(address));
  if (others.length > 0) return `${line(call, "plan", spec(call))} shows what an apply would change`;
  return group === undefined ? undefined : aboutGroup(call, group);
}

/** `separate` has its own devices in the way, `isolated` the others of the group. */
function aboutGroup(call: Call, { address, offenders }: Finding): string | undefined {
  const [a, ...rest] = offenders;
  if (a === undefined) return `${line(call, "groups")} shows the groups`;
  const b = rest.find((one) => slotAddress(one) !== slotAddress(a));
  if (b === undefined || !address.startsWith("iommuGroups.separate"))
    return `${line(call, "groups", ["--device", shortAddress(a)])} shows that group`;
  const pair = [shortAddress(a), shortAddress(b)];
  return `${line(call, "groups", ["--why", ...pair])}; --separate ${shellWords(pair)} says what would part them`;
}

function spec({ argument }: Call): readonly string[] {
  return argument === undefined ? [] : [argument];
}

function line({ options }: Call, command: string, words: readonly string[] = []): string {
  const { capture } = options;
  const target = capture === undefined ? targetWords(options) : ["--capture", capture];
  const sudo = capture === undefined ? ["sudo"] : [];
  return shellWords([...sudo, "hostcfg", command, ...target, ...words]);
}
