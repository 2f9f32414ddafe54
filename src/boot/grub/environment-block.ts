const HEADING = "# GRUB Environment Block\n";

/** GRUB's environment block (GRUB manual, "Environment block"): `key=value` lines, padded with `#`. */
export function parseEnvironmentBlock(text: string): Record<string, string> {
  if (!text.startsWith(HEADING)) return {};
  const pairs = text
    .slice(HEADING.length)
    .split("\n")
    .flatMap((line): [string, string][] => {
      const [, key, value] = /^([^#=][^=]*)=(.*)$/s.exec(line) ?? [];
      // grub-editenv puts a backslash before a backslash or a line break.
      return key === undefined || value === undefined ? [] : [[key, value.replace(/\\(.)/gs, "$1")]];
    });
  return Object.fromEntries(pairs);
}

/**
 * What Ubuntu's header makes of the block (/etc/grub.d/00_header) where the boot before failed without an initrd: the
 * choice for one boot is made again.
 */
export function afterHeader(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { initrdfail, prev_entry: previous = "" } = environment;
  if (initrdfail === "2") return { ...environment, initrdfail: "" };
  if (initrdfail !== "1") return environment;
  return { ...environment, next_entry: previous, prev_entry: "", initrdfail: previous === "" ? "1" : "2" };
}
