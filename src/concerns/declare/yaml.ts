import type { DeviceSelector } from "../../spec/host-spec.gen.ts";

/** Plain where YAML takes it for a text, else in double quotes. */
export function scalar(value: string): string {
  return /^[A-Za-z/][A-Za-z0-9_./=,+-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

export function flow(selector: DeviceSelector): string {
  const items = Object.entries(selector).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${items.join(", ")} }`;
}

/** A comment is one line, whatever a data base of names holds. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
