import { ROOT_UUID_QUERY } from "../host/queries.ts";
import type { QueryAnswer, Reader } from "../host/reader.ts";
import type { Fact, MountFact } from "../model/index.ts";
import { attempt, known, unknown } from "./fact.ts";
import { FSTAB, parseFstab } from "./fstab.ts";
import { mountOf } from "./mounts.ts";
import { askForFact, queryFailure } from "./query-failure.ts";

/**
 * The UUID of the root file system as findmnt(8) gives it, because kernelstub asks the same question and writes
 * the answer unchecked: where it is empty, the next boot would get `root=UUID=`, so it is unknown here and not
 * looked up elsewhere. Only where findmnt cannot be run, /etc/fstab (fstab(5)) is read.
 *
 * @param mounts Tells what / is, for the reason.
 */
export function readRootUuid(reader: Reader, mounts: Fact<readonly MountFact[]>): Promise<Fact<string>> {
  return askForFact(reader, ROOT_UUID_QUERY, (answer) =>
    answer.ran ? uuidOfFindmnt(answer, mounts) : uuidInFstab(reader),
  );
}

function uuidOfFindmnt(
  answer: Extract<QueryAnswer, { ran: true }>,
  mounts: Fact<readonly MountFact[]>,
): Fact<string> {
  if (answer.exitCode !== 0 && answer.stderr.trim() !== "") return queryFailure("findmnt", answer);
  const [uuid, ...more] = answer.stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (more.length > 0) return unknown("findmnt gives more than one UUID for /");
  if (uuid !== undefined) return known(uuid);
  const root = mounts.known ? mountOf(mounts.value, "/") : undefined;
  return unknown(
    `findmnt gives no UUID for /${root === undefined ? "" : ` (${root.type} on ${root.source})`}`,
  );
}

function uuidInFstab(reader: Reader): Fact<string> {
  return attempt(
    FSTAB,
    () => {
      const root = parseFstab(reader.readText(FSTAB) ?? "").find(({ mountPoint }) => mountPoint === "/");
      return /^UUID="?([^"]+)"?$/.exec(root?.source ?? "")?.[1];
    },
    `${FSTAB} does not name / by its UUID`,
  );
}
