import { expect, it } from "vitest";
import type { Style } from "../../../src/cli/style.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { renderBootability } from "../../../src/cli/views/bootability.ts";
import { renderDoctor } from "../../../src/cli/views/doctor.ts";
import { reportOf } from "../../doctor/support.ts";
import { checked } from "../../support/checked.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const COLUMNS = 60;
/** What is copied into a shell, also behind a label. */
const COMMAND = /^ *(?:remedy: |hint: )?(?:sudo|hostcfg) /;

it.each(["pop-x570", "sd-boot-debian", "debian-grub", "proxmox-9", "container"])(
  "no prose of check and doctor is wider than the terminal: %s",
  async (name) => {
    const { capture } = recordedHost(name);
    const [bootability, report] = [await checked(capture), await reportOf(capture)];
    const views: readonly ((style: Style) => string)[] = [
      (style) => renderBootability(bootability, style),
      (style) => renderDoctor(report, style),
    ];
    for (const view of views) {
      const lines = view({ ...PLAIN, columns: COLUMNS }).split("\n");
      const wide = lines.filter((line) => line.length > COLUMNS && line.trim().includes(" "));
      expect(wide.filter((line) => !COMMAND.test(line))).toEqual([]);
      const words = (shown: string): string => shown.split(/\s+/).join(" ");
      expect(words(lines.join("\n"))).toBe(words(view(PLAIN)));
    }
  },
);
