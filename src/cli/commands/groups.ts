import type { GroupsQuestion, GroupsReport } from "../../plan/groups.ts";
import type { HostState } from "../../model/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { TARGET } from "../options.ts";
import { printDiagnostics, printResult } from "../print.ts";
import { CLASS_NAMES, classPrefixOf } from "../../pci/selectors.ts";
import { openTarget } from "../target.ts";
import { unfinished } from "../unfinished.ts";
import { renderGroups } from "../views/groups.ts";

export const groups: Command = {
  name: "groups",
  summary: "list the IOMMU groups, now and as they will be; what keeps two devices together",
  options: [...TARGET, "options", "acs-override", "why", "separate", "device", "class"],
  about: `Lists the IOMMU groups of this boot with their devices, and predicts those of the next boot
by the kernel's own rules. -> marks a device that goes into another group at the next boot, and
! says what keeps devices together. A group is the smallest set of devices that can be handed
to a virtual machine. A device is named by its address: 0c:00.0 is a function, 0c:00 all
functions of a slot. --device and --class shorten the list, and keep each group whole.

How sure the prediction is: exact (configuration space was read, which takes root, and the
IOMMU is on), likely (the IOMMU is off now), guess (no root). What is missing is said.

It changes nothing. A tree with nothing but sys/ and proc/ is enough for --root. Group
numbers change from boot to boot: a spec names devices, never groups.`,
  exits: [
    [EXIT.ok, "the groups were listed or the question answered, also when there are none"],
    [EXIT.error, "they could not be read"],
  ],
  examples: [
    ["which devices share a group on this host, now and after the reboot?", "sudo hostcfg groups"],
    ["what shares a group with a graphics card?", "sudo hostcfg groups --class vga"],
    ["why do these two share one?", "sudo hostcfg groups --why 0c:00.0 0d:00.0"],
    ["what would part them, the least risk first?", "sudo hostcfg groups --separate 0c:00 0d:00"],
    [
      "and with these options, on a kernel with the patch?",
      'hostcfg groups --options "quiet pcie_acs_override=downstream" --acs-override=assume',
    ],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { engine, options } = call;
  const { device, deviceClass } = options;
  if (deviceClass !== undefined && classPrefixOf(deviceClass) === undefined)
    throw new Failure("option-value", `there is no device class "${deviceClass}"`, {
      hint: `known: ${Object.keys(CLASS_NAMES).join(", ")}, or 2, 4 or 6 hex digits`,
    });
  const opened = await openTarget(call);
  const reader = opened.reader();
  const state = await engine.probe(reader);
  const boot = await engine.bootToPredict(state, options.line);
  const override = await engine.overrideFor(reader, state, boot, options.acsOverride);
  printDiagnostics(call, [...unfinished(call, opened), ...(boot.problems ?? [])]);
  const report = await answer(call, state, {
    boot,
    ...override,
    ...asked(call),
    ...(device === undefined && deviceClass === undefined ? {} : { only: { device, deviceClass } }),
  });
  await printResult(call, report, () => renderGroups(report, call.style));
  return EXIT.ok;
}

function asked({ options, operands }: Call): Pick<GroupsQuestion, "why" | "separate"> {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return {};
  return options.why ? { why: [a, b] } : { separate: [a, b] };
}

/** Groups that cannot be predicted are listed with the reason why, but a question about them has no answer. */
function answered(report: GroupsReport, asked: readonly string[]): GroupsReport {
  const { predicted, why, separate } = report;
  if (asked.length === 0 || predicted.known || why !== undefined || separate !== undefined) return report;
  throw new Failure("groups-unknown", `cannot be answered: ${predicted.why}`, {
    hint: "as root, on the host itself, more can be read; --options LINE gives the option line that is to be predicted for",
  });
}

async function answer({ engine }: Call, state: HostState, question: GroupsQuestion): Promise<GroupsReport> {
  const words = question.why ?? question.separate ?? [];
  const named = question.only?.device === undefined ? words : [question.only.device];
  const [missing] = await engine.unknownAddresses(state, named);
  if (missing === undefined) {
    if (words.length > 0 && (await engine.sameDevice(state, words)))
      throw new Failure("same-device", `${words.join(" and ")} are the same device`, {
        hint: "ask about two devices, or about two functions of one, such as 0c:00.0 and 0c:00.1",
      });
    return answered(await engine.groupsReport(state, question), words);
  }
  throw new Failure("unknown-address", `no PCI device of this host has the address ${missing}`, {
    hint: "hostcfg groups lists them: a function is 0c:00.0, all functions of a slot are 0c:00",
  });
}
