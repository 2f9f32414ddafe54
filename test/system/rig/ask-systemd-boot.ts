import type { Answer, Menu } from "../../boot/bls/real-menus.ts";
import { filesOf } from "../../boot/bls/real-menus.ts";
import type { Question } from "./firmware.ts";
import { askLoaders } from "./firmware.ts";
import type { Suite } from "./loader-programs.ts";
import { loaderProgram } from "./loader-programs.ts";

const PROGRAM = "EFI/systemd/systemd-bootx64.efi";
/** The loader looks for this on each file system of the machine. */
const MACOS = "System/Library/CoreServices/boot.efi";
const CONF = "loader/loader.conf";

/** What the real systemd-boot of a Debian release shows and starts, for each menu. */
export async function askSystemdBoot(suite: Suite, menus: readonly Menu[]): Promise<readonly Answer[]> {
  const program = loaderProgram("systemd-boot", suite);
  const answers = new Map<Menu, Answer>();
  const isApart = ({ esp }: Menu): boolean => MACOS in esp;
  for (const together of [menus.filter((menu) => !isApart(menu)), menus.filter(isApart)]) {
    if (together.length === 0) continue;
    const consoles = await askLoaders(together.map((menu) => question(menu, program)));
    for (const [index, menu] of together.entries()) answers.set(menu, answerIn(consoles[index] ?? ""));
  }
  return menus.flatMap((menu) => answers.get(menu) ?? []);
}

function question({ esp, boot }: Menu, program: Buffer): Question {
  const files = filesOf(esp);
  const conf = esp[CONF] ?? "";
  if (typeof conf !== "string") throw new Error(`${CONF} is a text`);
  return {
    program: PROGRAM,
    // Without a timeout it shows nothing.
    esp: { ...files, [PROGRAM]: program, [CONF]: /^timeout/m.test(conf) ? conf : `timeout 1\n${conf}` },
    ...(boot === undefined ? {} : { boot: filesOf(boot) }),
  };
}

/** The loader writes each entry to a row of its own, some again in other colours, and says what it could not start. */
function answerIn(console: string): Answer {
  const [menu = "", end = ""] = console.split("Boot in");
  const rows = new Map<number, string>();
  for (const [, row, text = ""] of menu.matchAll(WRITTEN)) {
    const title = text.replaceAll(COLOUR, "").trim();
    if (title !== "" && title !== FIRMWARE) rows.set(Number(row), title);
  }
  const shows = [...rows].sort(([a], [b]) => a - b).map(([, title]) => title);
  const [, file, quoted] = /Error loading (?:EFI binary )?(\S+?):|\((\\[^)]*)\)/.exec(end) ?? [];
  const path = (file ?? quoted ?? "nothing").replaceAll("\\", "/");
  return { shows, starts: path.startsWith("/") ? path : `/${path}` };
}

/** An entry of the loader's own, which is in every menu. */
const FIRMWARE = "Reboot Into Firmware Interface";

/* eslint-disable no-control-regex -- a terminal's commands begin with one */
const WRITTEN = /\x1b\[(\d+);\d+H((?:\x1b\[\d+m)*[^\x1b]*)/g;
const COLOUR = /\x1b\[\d+m/g;
/* eslint-enable no-control-regex */
