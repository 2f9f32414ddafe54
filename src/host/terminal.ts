import fs from "node:fs";
import { isatty } from "node:tty";

/** Standard input, output and error. */
const STANDARD = [0, 1, 2] as const;

/**
 * Lets this process end well after its terminal was closed. At its end Node sets the terminals that it was started on
 * back as they were (src/node.cc, `ResetStdio`), and aborts where the kernel answers EIO, as it does for one that hung
 * up (tty_ioctl(4)). What is closed is left out there.
 *
 * Call it at the start, to know what was a terminal then.
 */
export function survivePartingTerminal(): void {
  const terminals = STANDARD.filter((fd) => isatty(fd));
  process.on("exit", () => {
    for (const fd of terminals.filter((one) => !isatty(one))) {
      try {
        fs.closeSync(fd);
      } catch {
        // It is closed already.
      }
    }
  });
}
