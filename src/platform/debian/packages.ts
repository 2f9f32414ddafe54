import { PACKAGES_QUERY } from "../../host/queries.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, PackageFact } from "../../model/index.ts";
import { parseControl } from "./control.ts";
import { attempt, known } from "../../facts/fact.ts";
import { askForFact, queryFailure } from "../../facts/query-failure.ts";

const DATABASE = "/var/lib/dpkg/status";
const JOURNAL = "/var/lib/dpkg/updates";

/**
 * The packages that dpkg knows, sorted by name and then architecture, purged ones left out: from dpkg-query(1),
 * else from dpkg's database.
 */
export function readPackages(reader: Reader): Promise<Fact<readonly PackageFact[]>> {
  return askForFact(reader, PACKAGES_QUERY, (answer) => {
    if (!answer.ran) return readPackageDatabase(reader);
    return answer.exitCode === 0
      ? known(parsePackagesAnswer(answer.stdout))
      : queryFailure("dpkg-query", answer);
  });
}

/**
 * The same facts from the files: /var/lib/dpkg/status, and on top of it the numbered files of
 * /var/lib/dpkg/updates, in which a dpkg that runs or was cut notes what it has done since.
 */
export function readPackageDatabase(reader: Reader): Fact<readonly PackageFact[]> {
  return attempt(
    "the package database",
    () => {
      const status = reader.readText(DATABASE);
      if (status === undefined) return undefined;
      const journal = (reader.list(JOURNAL) ?? []).filter((name) => /^[0-9]+$/.test(name));
      const noted = journal.map((name) => reader.readText(`${JOURNAL}/${name}`) ?? "");
      return parsePackageDatabase([status, ...noted]);
    },
    "this host has no dpkg",
  );
}

/** The output of PACKAGES_QUERY. Lines of another shape are left out. */
export function parsePackagesAnswer(stdout: string): PackageFact[] {
  return sorted(
    stdout.split("\n").flatMap((line) => {
      const [name, version, architecture, want, state, flag, ...rest] = line.split("\t");
      if (version === undefined || architecture === undefined || want === undefined) return [];
      if (state === undefined || flag === undefined || rest.length > 0) return [];
      return fact({ name, version, architecture, want, state, flag });
    }),
  );
}

/** @param texts The database and then the files of the journal, oldest first: a later stanza wins. */
export function parsePackageDatabase(texts: readonly string[]): PackageFact[] {
  const packages = new Map<string, Instance[]>();
  for (const stanza of texts.flatMap(parseControl)) {
    const name = stanza.get("package") ?? "";
    const architecture = stanza.get("architecture") ?? "";
    const [want, flag, state] = stanza.get("status")?.split(/\s+/) ?? [];
    // Only packages that are Multi-Arch: same may stand beside their own kind of another architecture.
    const others = (packages.get(name) ?? []).filter(
      (other) => other.coinstallable && other.architecture !== architecture,
    );
    const version = stanza.get("version");
    const facts = fact({ name, version, architecture, want, state, flag });
    const coinstallable = stanza.get("multi-arch") === "same";
    packages.set(name, [...others, { architecture, coinstallable, facts }]);
  }
  return sorted([...packages.values()].flat().flatMap((instance) => instance.facts));
}

interface Instance {
  readonly architecture: string;
  readonly coinstallable: boolean;
  readonly facts: readonly PackageFact[];
}

/** The three words of dpkg's Status field, with the rest that both forms say about a package. */
interface Row {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly architecture: string;
  readonly want: string | undefined;
  readonly flag: string | undefined;
  readonly state: string | undefined;
}

/** None where nothing of the package is there. */
function fact({ name = "", version = "", architecture, want, flag, state = "" }: Row): PackageFact[] {
  if (name === "" || state === "" || state === "not-installed") return [];
  return [{ name, version, architecture, state, held: want === "hold", broken: flag === "reinstreq" }];
}

function sorted(packages: readonly PackageFact[]): PackageFact[] {
  const key = (one: PackageFact) => `${one.name}\0${one.architecture}`;
  return packages.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
