import { kernelWords, parseOption } from "../../cmdline.ts";
import type { Diagnostic, DiagnosticCode, HostState, PciDevice, VfioFacts } from "../../model/index.ts";
import { describeDevice, inWords } from "../../pci/describe.ts";
import type { NamedDevice } from "../../pci/named-devices.ts";
import { noIommuHere } from "../../pci/no-iommu.ts";
import { makerSeen } from "../../pci/iommu-options.ts";
import { whyUnreadable } from "../../pci/unreadable.ts";
import type { ConcernInput } from "../concern.ts";
import type { Means } from "./means.ts";
import { idsOf } from "./means.ts";

/** What keeps a bound device from working in a virtual machine, or the host from working without it. */
export function preflight(
  { spec, state }: Pick<ConcernInput, "spec" | "state">,
  facts: VfioFacts,
  wanted: readonly NamedDevice[],
  means: Means,
): Diagnostic[] {
  // Two cards may be all that a host has, although neither is the only one.
  const allGiven = new Set(wanted.flatMap(({ functions }) => functions));
  return [
    ...(spec.vfio?.bootDisplayAllowed === true
      ? []
      : wanted.flatMap((device) => display(device, state, allGiven))),
    ...firmware(state, wanted),
    ...elsewhere(facts, means),
    ...onTheLine(spec, state, facts, means),
    ...wanted.flatMap((device) => [
      ...ofDevice(device, facts, state.iommu),
      ...device.functions.flatMap((one) => notes(device, one, facts)),
    ]),
  ];
}

/** Whoever gives away the card that shows the console sees nothing any more: no passphrase prompt, no login. */
function display(
  { name, functions }: NamedDevice,
  { pci }: HostState,
  allGiven: ReadonlySet<PciDevice>,
): Diagnostic[] {
  const all = pci.known ? pci.value : [];
  const displays = all.filter(isDisplay);
  const boot = functions.find(({ bootVga }) => bootVga === true);
  const given = functions.find(isDisplay);
  const only = given !== undefined && displays.every((one) => allGiven.has(one));
  if (boot === undefined && !only) return [];
  const [what, remedy] =
    boot === undefined
      ? [
          functions.filter(isDisplay).length === displays.length
            ? "the only display of this host"
            : "one of this host's displays, and the spec binds all of them",
          "leave one to the host, or add another card",
        ]
      : [
          "the card that the firmware shows its screen on",
          "choose the other card as the first display in the firmware",
        ];
  return [
    {
      severity: "error",
      code: "vfio-boot-display",
      summary: `${name} (${describeDevice(boot ?? given ?? first(functions))}) is ${what}: bound to vfio-pci, it no longer shows a console`,
      hint: `${remedy}; or say that the host can do without: vfio: { bootDisplayAllowed: true }`,
      specPath: ["vfio"],
      address: `vfio.${name}`,
    },
  ];
}

function isDisplay({ class: code }: PciDevice): boolean {
  return code.startsWith("03");
}

function first(functions: readonly PciDevice[]): PciDevice {
  const [one] = functions;
  if (one === undefined) throw new Error("a device without functions");
  return one;
}

function firmware({ iommu }: HostState, wanted: readonly NamedDevice[]): Diagnostic[] {
  const { groups } = iommu;
  if (wanted.length === 0 || !groups.known || groups.value.length > 0) return [];
  const none = noIommuHere(iommu);
  if (none === undefined) return [];
  const { cause, remedy } = none;
  return [note("iommu-off-in-firmware", `${cause}, so no device can be handed to a virtual machine`, remedy)];
}

/** Of one parameter modprobe hands on the last value only: of the files by their names, then what is given as an argument. */
function elsewhere({ otherIds, argumentIds = [] }: VfioFacts, { byId }: Means): Diagnostic[] {
  if (byId.length === 0) return [];
  const own = idsOf(byId);
  return [
    ...(otherIds.known ? otherIds.value : []).map(({ path, ids }) =>
      note(
        "vfio-ids-elsewhere",
        `${path} gives vfio-pci ids as well (${ids.join(",")}), but only the last list counts`,
        `remove that line: hostcfg's own file names ${own.join(",")}`,
      ),
    ),
    ...argumentIds
      .filter(({ ids }) => own.some((id) => !ids.some((one) => one.toLowerCase() === id)))
      .map(({ path, ids }) =>
        note(
          "vfio-ids-elsewhere",
          `${path} loads vfio-pci with the ids ${ids.join(",")}, which count more than hostcfg's file (${own.join(",")})`,
          "take ids=… off that line",
        ),
      ),
  ];
}

/** What `vfio-pci.ids` of the kernel's line says counts more than any file: kmod puts the line's options last. */
function onTheLine(
  { kernelOptions }: ConcernInput["spec"],
  { running }: HostState,
  { drivers }: VfioFacts,
  { byId }: Means,
): Diagnostic[] {
  const builtIn = drivers.known && drivers.value["vfio_pci"] === "built-in";
  if (!running.cmdline.known || byId.length === 0 || builtIn) return [];
  const isIds = (spelling: string): boolean => parseOption(spelling).name === "vfio_pci.ids";
  const last = kernelWords(running.cmdline.value).findLast(isIds);
  const { present = [], absent = [] } = kernelOptions ?? {};
  if (last === undefined || [...present, ...absent].some(isIds)) return [];
  const given = (parseOption(last).value ?? "").toLowerCase().split(",");
  const lacking = idsOf(byId).filter((id) => !given.includes(id));
  if (lacking.length === 0) return [];
  return [
    note(
      "vfio-ids-elsewhere",
      `this boot's line has ${last}; it overrides hostcfg's file and lacks ${inWords(lacking)}`,
      "take it off the line: kernelOptions: { absent: [vfio-pci.ids] }",
    ),
  ];
}

/** What is said once of a device, whatever number of its functions it is true of. */
function ofDevice(
  { name, functions }: NamedDevice,
  { devices }: VfioFacts,
  iommu: HostState["iommu"],
): Diagnostic[] {
  const which = (some: readonly PciDevice[]): string => `${name} (${inWords(some.map(describeDevice))})`;
  const unreadable = functions.filter((one) => whyUnreadable(one) !== undefined);
  const [first] = unreadable;
  const noReset = functions.filter((one) => {
    const methods = devices[one.address]?.resetMethods;
    return methods?.known === true && methods.value.length === 0;
  });
  return [
    ...(first === undefined
      ? []
      : [
          note(
            "vfio-unreadable",
            `${which(unreadable)} ${whyUnreadable(first) ?? ""}: it is dead or has lost its power, and a virtual machine cannot use it like this`,
            "switch the host off and cut its power for some seconds; if that does not help, look at the card, its slot and its power cable",
          ),
        ]),
    // What does not answer cannot be reset either.
    ...(noReset.length === 0 || first !== undefined
      ? []
      : [
          note(
            "vfio-no-reset",
            `${which(noReset)} cannot be reset by this kernel: it may work for the first start of the virtual machine only`,
            noReset.some((one) => isDisplay(one) && one.vendor === "1002")
              ? "for some AMD cards the vendor-reset module helps; else reboot the host between two starts"
              : "where it fails at the second start, reboot the host between two starts",
          ),
        ]),
    ...reserved(name, functions, devices, iommu),
  ];
}

/** VFIO takes no device that the firmware goes on using by addresses of its own (RMRR of Intel, IVMD of AMD). */
function reserved(
  name: string,
  functions: readonly PciDevice[],
  devices: VfioFacts["devices"],
  iommu: HostState["iommu"],
): Diagnostic[] {
  const found = functions.filter(({ address }) => directRegionsOf(devices[address]).length > 0);
  const [first] = found;
  if (first === undefined) return [];
  const regions = directRegionsOf(devices[first.address]);
  return [
    note(
      "vfio-reserved-region",
      `${name} (${inWords(found.map(describeDevice))}): the firmware wants memory mapped one to one for its IOMMU group (${inWords(regions)}), so VFIO will refuse it ("firmware has requested a 1:1 mapping")`,
      remedyOfRegions(makerSeen(iommu) ?? "other"),
    ),
  ];
}

export function directRegionsOf(facts: VfioFacts["devices"][string] | undefined): readonly string[] {
  const regions = facts?.directRegions;
  return regions?.known === true ? regions.value : [];
}

function remedyOfRegions(cpu: "intel" | "amd" | "other"): string {
  const intel =
    "Intel (RMRR): switch off in the firmware what uses the device by itself; HPE servers have a switch for each slot";
  const amd = 'AMD (IVMD): switch "Pre-boot DMA Protection" off in the firmware, or update it';
  return cpu === "intel" ? intel : cpu === "amd" ? amd : `${intel}. ${amd}`;
}

function notes({ name }: NamedDevice, device: PciDevice, { devices }: VfioFacts): Diagnostic[] {
  const facts = devices[device.address];
  if (facts === undefined) return [];
  const { resizableBars, frameBuffer } = facts;
  const who = `${name} (${describeDevice(device)})`;
  return [
    ...(resizableBars.length > 0 && isDisplay(device)
      ? [
          note(
            "vfio-resizable-bar",
            `${who} has resizable BARs (${inWords(resizableBars.map(String))}); some guests' drivers do not start with them`,
            "where the guest shows no picture (code 43), switch Resizable BAR off in the firmware",
          ),
        ]
      : []),
    ...(frameBuffer === undefined
      ? []
      : [
          note(
            "vfio-frame-buffer",
            `${frameBuffer} draws on ${who} and may keep its memory reserved ("BAR can't reserve")`,
            "make the other card the first display; or kernelOptions.present: [initcall_blacklist=sysfb_init], which leaves the host without a console on it",
          ),
        ]),
  ];
}

function note(code: DiagnosticCode, summary: string, hint: string): Diagnostic {
  return { severity: "warning", code, summary, hint, specPath: ["vfio"] };
}
