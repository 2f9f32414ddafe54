/**
 * The kernel's table of devices whose isolation is not what their registers say: `pci_dev_acs_enabled` in
 * drivers/pci/quirks.c, Linux 6.1.192, in its order. Ids and rules are facts of that file; names of rules are its
 * functions' without `pci_quirk_` and `_acs`.
 */
export type AcsQuirkRule =
  | "amd_sb"
  | "mf_endpoint"
  | "rciep"
  | "qcom_rp"
  | "intel_pch"
  | "intel_spt_pch"
  | "cavium"
  | "xgene"
  | "brcm"
  | "loongson"
  | "al"
  | "nxp_rp"
  | "zhaoxin_pcie_ports"
  | "wangxun_nic";

interface Row {
  readonly vendor: string;
  readonly rule: AcsQuirkRule;
  readonly devices: ReadonlySet<string> | undefined;
}

const ANY = undefined;

function row(vendor: string, rule: AcsQuirkRule, devices: string | undefined): Row {
  return { vendor, rule, devices: devices === undefined ? undefined : words(devices) };
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

const ROWS: readonly Row[] = [
  row("1002", "amd_sb", "4385 439c 4383 439d 4384 4399"),
  row("1022", "amd_sb", "780f 7809"),
  row("1924", "mf_endpoint", "0903 0923 0a03"),
  row(
    "8086",
    "mf_endpoint",
    `
    10c6 10db 10dd 10e1 10f1 10f7 10f8 10f9 10fa 10fb 10fc 1507 1514 151c 1529 152a 154d 154f 1551
    1558 1509 150e 150f 1510 1511 1516 1527 10c9 10e6 10e7 10e8 150a 150d 1518 1526 10a7 10a9 10d6
    1521 1522 1523 1524 105e 105f 1060 10d9 15b7 15b8`,
  ),
  row("8086", "rciep", ANY),
  row("17cb", "qcom_rp", "0400 0401 0115 0111 0120"),
  row("1dbf", "qcom_rp", "0401"),
  row("8086", "intel_pch", ANY),
  row("8086", "intel_spt_pch", ANY),
  row("19a2", "mf_endpoint", "0710"),
  row("10df", "mf_endpoint", "0720"),
  row("177d", "cavium", ANY),
  row("177d", "mf_endpoint", "a026 a059 a060"),
  row("10e8", "xgene", "e004"),
  row("1def", "xgene", "e005 e006 e007 e008 e009 e00a e00b e00c"),
  row("14e4", "mf_endpoint", "16d7 1750 1751 1752 1760 1761 1762 1763"),
  row("14e4", "brcm", "d714"),
  row("0014", "loongson", "3c09 3c19 3c29 7a09 7a19 7a29 7a39 7a49 7a59 7a69"),
  row("1c36", "al", "0031"),
  row("1d17", "mf_endpoint", "3038 3104 9083"),
  row(
    "1957",
    "nxp_rp",
    `
    8d81 8da1 8d83 8d80 8da0 8d82 8d90 8db0 8d92 8d91 8db1 8d93 8d89 8da9 8d8b 8d88 8da8 8d8a 8d98
    8db8 8d9a 8d99 8db9 8d9b`,
  ),
  row("1d17", "zhaoxin_pcie_ports", ANY),
  row("8088", "wangxun_nic", ANY),
];

/** Root ports of Intel's chipsets of the 5 to 9 series, X79 and X99, with isolation but without the capability. */
export const INTEL_PCH_ROOT_PORTS = words(`
  3b42 3b43 3b44 3b45 3b46 3b47 3b48 3b49 3b4a 3b4b 3b4c 3b4d 3b4e 3b4f 3b50 3b51
  1c10 1c11 1c12 1c13 1c14 1c15 1c16 1c17 1c18 1c19 1c1a 1c1b 1c1c 1c1d 1c1e 1c1f
  1e10 1e11 1e12 1e13 1e14 1e15 1e16 1e17 1e18 1e19 1e1a 1e1b 1e1c 1e1d 1e1e 1e1f
  8c10 8c11 8c12 8c13 8c14 8c15 8c16 8c17 8c18 8c19 8c1a 8c1b 8c1c 8c1d 8c1e 8c1f
  9c10 9c11 9c12 9c13 9c14 9c15 9c16 9c17 9c18 9c19 9c1a 9c1b 9c90 9c91 9c92 9c93
  9c94 9c95 9c96 9c97 9c98 9c99 9c9a 9c9b 1d10 1d12 1d14 1d16 1d18 1d1a 1d1c 1d1e
  8d10 8d11 8d12 8d13 8d14 8d15 8d16 8d17 8d18 8d19 8d1a 8d1b 8d1c 8d1d 8d1e 8c90
  8c92 8c94 8c96 8c98 8c9a 8c9c 8c9e
`);

/** Inclusive ranges of device ids. */
type Ranges = readonly (readonly [from: number, to: number])[];

/** Intel's chipsets of the 100 and 200 series and mobile ones of the 7th and 8th generation. */
export const INTEL_SUNRISE_POINT_PORTS: Ranges = [
  [0xa110, 0xa11f],
  [0xa167, 0xa16a],
  [0xa290, 0xa29f],
  [0xa2e7, 0xa2ee],
  [0x9d10, 0x9d1b],
];

export const CAVIUM_ROOT_PORTS: Ranges = [
  [0xa000, 0xa7ff],
  [0xaf84, 0xaf84],
  [0xb884, 0xb884],
];

export const ISOLATED_ZHAOXIN_PORTS: Ranges = [
  [0x0710, 0x071e],
  [0x0721, 0x0721],
  [0x0723, 0x0752],
];

export const ISOLATED_WANGXUN_NICS: Ranges = [
  [0x0100, 0x010f],
  [0x1001, 0x1001],
  [0x2001, 0x2001],
  [0x5010, 0x5010],
  [0x5025, 0x5025],
  [0x5040, 0x5040],
  [0x5110, 0x5110],
  [0x5125, 0x5125],
  [0x5140, 0x5140],
];

export function within(ranges: Ranges, device: string): boolean {
  const id = parseInt(device, 16);
  return ranges.some(([from, to]) => from <= id && id <= to);
}

const byVendor = new Map<string, readonly Row[]>(
  [...new Set(ROWS.map(({ vendor }) => vendor))].map((vendor) => [
    vendor,
    ROWS.filter((entry) => entry.vendor === vendor),
  ]),
);

/** The rules to ask about a device, in the table's order. */
export function acsQuirkRules(vendor: string, device: string): readonly AcsQuirkRule[] {
  const rows = byVendor.get(vendor) ?? [];
  return rows.filter(({ devices }) => devices?.has(device) !== false).map(({ rule }) => rule);
}
