import type { Reader } from "../host/reader.ts";
import type { Fact, Identity, OsRelease } from "../model/index.ts";
import { sha256Of } from "../sha256.ts";
import { attempt } from "./fact.ts";
import { parseOsRelease } from "./os-release.ts";

const LIVE_NAME = "/proc/sys/kernel/hostname";
const NAME_FILE = "/etc/hostname";

const MACHINE_ID = "/etc/machine-id";

/** The kernel's name for a host that was given none. */
const NAMELESS = "(none)";

/** In the order of os-release(5). */
const OS_FILES = ["/etc/os-release", "/usr/lib/os-release"] as const;

/**
 * Which host this is, and whether the reader has the rights to see all of it.
 *
 * @param architecture In the words of the host's distribution, which alone knows it.
 */
export function readIdentity(reader: Reader, architecture: Fact<string>): Identity {
  return {
    hostname: readHostname(reader),
    machine: readMachine(reader),
    architecture,
    os: readOs(reader),
    privileged: reader.privileged,
  };
}

/** machine-id(5) asks that no application shows the id itself. */
function readMachine(reader: Reader): Fact<string> {
  return attempt(MACHINE_ID, () => {
    const id = reader.readText(MACHINE_ID)?.trim();
    return id === undefined || id === "" || id === "uninitialized"
      ? undefined
      : sha256Of(`hostcfg ${id}`).slice(0, 32);
  });
}

/** The name of the running host, else what hostname(5) gives it at the next boot. */
function readHostname(reader: Reader): Fact<string> {
  return attempt(
    "the host name",
    () => {
      const live = reader.readText(LIVE_NAME)?.trim();
      return live === undefined || live === "" || live === NAMELESS ? configuredName(reader) : live;
    },
    `neither ${LIVE_NAME} nor ${NAME_FILE} names this host`,
  );
}

function configuredName(reader: Reader): string | undefined {
  const lines = reader.readText(NAME_FILE)?.split("\n") ?? [];
  return lines.map((line) => line.trim()).find((line) => line !== "" && !line.startsWith("#"));
}

function readOs(reader: Reader): Fact<OsRelease> {
  const [own, vendor] = OS_FILES;
  return attempt(
    own,
    () => {
      const text = reader.readText(own) ?? reader.readText(vendor);
      return text === undefined ? undefined : parseOsRelease(text);
    },
    `neither ${own} nor ${vendor} is there`,
  );
}
