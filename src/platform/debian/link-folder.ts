import type { Reader } from "../../host/reader.ts";
import type { Fact } from "../../model/index.ts";
import { attempt } from "../../facts/fact.ts";

const SETTINGS = "/etc/kernel-img.conf";

/**
 * The folder in which linux-update-symlinks keeps `vmlinuz`, `initrd.img` and their `.old`, and moves them with every
 * kernel package; empty where it keeps none (kernel-img.conf(5), and DebianLinux.pm of linux-base 4).
 */
export function linkFolder(reader: Reader): Fact<string> {
  return attempt(SETTINGS, () => folderOf(reader.readText(SETTINGS) ?? ""));
}

function folderOf(text: string): string {
  const values = new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [, name, value] = /^\s*(\w+)\s*=\s*(\S*)/.exec(line.replace(/#.*/, "")) ?? [];
      return name === undefined || value === undefined ? [] : [[name.toLowerCase(), value]];
    }),
  );
  if (/^(no|false|0)$/i.test(values.get("do_symlinks") ?? "")) return "";
  if (/^(yes|true|1)$/i.test(values.get("link_in_boot") ?? "")) return "/boot";
  return (values.get("image_dest") ?? "/").replace(/(?<=.)\/+$/, "");
}
