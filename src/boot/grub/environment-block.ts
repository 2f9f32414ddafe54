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
