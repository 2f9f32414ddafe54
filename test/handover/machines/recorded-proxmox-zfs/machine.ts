import { recordedHost } from "../../../support/recorded-hosts.ts";
import type { Machines } from "../../support/machine.ts";

// The project's own recorded host, as it is.
export const machines: Machines = { root: () => ({ capture: () => recordedHost("proxmox-zfs").capture }) };
