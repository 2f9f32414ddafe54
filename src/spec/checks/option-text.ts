/** One kernel option as the kernel reads it: next_arg() in lib/cmdline.c, parameq() in kernel/params.c. */
export interface OptionText {
  /** With `_` for every `-`: the kernel takes them as equal in names. */
  readonly key: string;
  /** Without the quotes around it; absent in `quiet`, empty in `foo=`. */
  readonly value?: string;
}

export function readOption(text: string): OptionText {
  const bare = unquoted(text);
  const equals = bare.indexOf("=");
  if (equals <= 0) return { key: normalized(bare) };
  return { key: normalized(bare.slice(0, equals)), value: unquoted(bare.slice(equals + 1)) };
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1).replace(/"$/u, "") : text;
}

function normalized(key: string): string {
  return key.replaceAll("-", "_");
}
