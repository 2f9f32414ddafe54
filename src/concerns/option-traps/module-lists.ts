import type { Trap, TrapMachine } from "./trap.ts";
import { LEAVE_OUT } from "./trap.ts";

const DRACUTS = ["rd.driver.pre", "rd.driver.post", "rd.driver.blacklist"];
const LISTS = [...DRACUTS, "modules_load", "modules"];

/** Lists of modules that the initramfs tools load, wherever they are written. */
export function moduleListTraps(name: string, value: string, { initramfs }: TrapMachine): Trap[] {
  if (DRACUTS.includes(name) && initramfs !== undefined && initramfs !== "dracut")
    return [
      {
        summary: `${name} does nothing on this host: dracut reads it, and ${initramfs} makes the initrds here`,
        hint: `${LEAVE_OUT}: vfio.devices binds devices early`,
      },
    ];
  const modules = value.split(",").map((module) => module.replaceAll("-", "_"));
  if (!LISTS.includes(name) || !modules.includes("vfio_virqfd")) return [];
  return [
    {
      summary: "since Linux 6.2, vfio_virqfd is a part of vfio and no module of its own",
      hint: `${LEAVE_OUT}; where an older kernel must boot too, name it in its own configuration`,
    },
  ];
}
