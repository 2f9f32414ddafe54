import type { Trap } from "./trap.ts";

const FRAME_BUFFERS = ["efifb", "vesafb", "simplefb", "simpledrm", "vesa", "vga16fb", "uvesafb"];

/** Guides write them in any order, joined by commas; of these fb_get_options() reads the first. */
export function videoTraps(name: string, value: string): Trap[] {
  if (name !== "video") return [];
  const off = value.split(",").filter((item) => FRAME_BUFFERS.some((one) => item === `${one}:off`));
  if (off.length === 0) return [];
  const first = value.includes(",") ? ", of which the kernel reads the first item," : "";
  return [
    {
      summary: `since Linux 5.15, video=${value}${first} takes no device from the boot screen: simpledrm or sysfb holds it`,
      hint: "bind the card to vfio-pci early; initcall_blacklist=sysfb_init is the newer switch, and leaves no console on that card",
    },
  ];
}
