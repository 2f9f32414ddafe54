import { expect, it } from "vitest";
import { byKernelInstall } from "../../../src/boot/systemd-boot/steps.ts";

const MACHINE = "0123456789abcdef0123456789abcdef";

it.each<[string[], string, string]>([
  [["ro"], "debian", "ro"],
  [["ro"], MACHINE, `ro systemd.machine_id=${MACHINE}`],
  [["systemd.machine_id=1"], MACHINE, "systemd.machine_id=1"],
  // As dash's echo wrote them in entries of kernel-install 252 and 257.
  [["a\\tb", "c"], "debian", "a b c"],
  [["a\\\\b", "a\\x2db", "a\\040b"], "debian", "a\\b a\\x2db a b"],
  [["ro", "a\\c", "b"], "debian", "ro a"],
])("kernel-install makes of %j, with the token %s, the line %s", (words, token, line) => {
  expect(byKernelInstall(words, token).join(" ")).toBe(line);
});
