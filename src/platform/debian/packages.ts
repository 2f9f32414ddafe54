import { PACKAGES_QUERY, versionsQuery } from "../../host/queries.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact, PackageFact } from "../../model/index.ts";
import { parseControl } from "./control.ts";
import { kernelByName, kernelOf } from "./kernel-of.ts";
import { compareDebianVersions } from "./version.ts";
import { attempt, attemptLaterIfRecorded, known, unknown } from "../../facts/fact.ts";
import { askForFact, queryFailure } from "../../facts/query-failure.ts";

const DATABASE = "/var/lib/dpkg/status";
const JOURNAL = "/var/lib/dpkg/updates";

/**
 * The packages that dpkg knows, sorted by name and then architecture, purged ones left out: from dpkg-query(1),
 * else from dpkg's database; `undefined` where there is neither.
 */
export async function readPackages(reader: Reader): Promise<Fact<readonly PackageFact[]> | undefined> {
  const packages = await askForFact(reader, PACKAGES_QUERY, (answer) => {
    if (!answer.ran) return readPackageDatabase(reader) ?? known(undefined);
    return answer.exitCode === 0
      ? known(parsePackagesAnswer(answer.stdout))
      : queryFailure("dpkg-query", answer);
  });
  if (!packages.known) return packages;
  return packages.value && known(packages.value.map((one) => withKernel(reader, one)));
}

/** The versions that apt could install, the newest first (apt-cache(8), madison); older captures were never asked. */
export async function readVersions(reader: Reader, name: string): Promise<Fact<readonly string[]>> {
  const versions = await attemptLaterIfRecorded(`the versions of ${name} in apt's sources`, () =>
    askForFact(reader, versionsQuery(name), (answer) => {
      if (!answer.ran) return unknown(answer.why);
      return answer.exitCode === 0
        ? known(parseVersions(answer.stdout, name))
        : queryFailure("apt-cache", answer);
    }),
  );
  return versions.known ? versions.value : versions;
}

/** apt takes a name that it does not know for a pattern, and answers of others. */
function parseVersions(stdout: string, name: string): readonly string[] {
  const rows = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const versions = rows.flatMap(([one, version]) =>
    one === name && version !== undefined && version !== "" ? [version] : [],
  );
  return [...new Set(versions)].toSorted((a, b) => compareDebianVersions(b, a));
}

/**
 * With the kernel that it holds. Only where its name says that it may hold one, for the lists of all packages together are
 * large; headers hold nothing that boots, and twenty thousand files.
 */
function withKernel(reader: Reader, one: PackageFact): PackageFact {
  const byName = one.state === "config-files" ? undefined : kernelByName(one.name);
  if (byName === undefined) return one;
  const isHeaders = typeof byName === "object" && byName.part === "headers";
  const kernel = isHeaders ? byName : kernelOf(reader, one);
  return kernel === undefined ? one : { ...one, kernel };
}

/**
 * The same facts from the files: /var/lib/dpkg/status, and on top of it the numbered files of
 * /var/lib/dpkg/updates, in which a dpkg that runs or was cut notes what it has done since.
 */
export function readPackageDatabase(reader: Reader): Fact<readonly PackageFact[]> | undefined {
  const status = attempt("the package database", () => ({ text: reader.readText(DATABASE) }));
  if (!status.known) return status;
  const { text } = status.value;
  if (text === undefined) return undefined;
  return attempt("the package database", () => {
    const journal = (reader.list(JOURNAL) ?? []).filter((name) => /^[0-9]+$/.test(name));
    const noted = journal.map((name) => reader.readText(`${JOURNAL}/${name}`) ?? "");
    return parsePackageDatabase([text, ...noted]);
  });
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
  const leaving = state !== "config-files" && (want === "deinstall" || want === "purge");
  return [
    {
      name,
      version,
      architecture,
      state,
      held: want === "hold",
      ...(leaving ? { leaving } : {}),
      broken: flag === "reinstreq",
    },
  ];
}

function sorted(packages: readonly PackageFact[]): PackageFact[] {
  const key = (one: PackageFact) => `${one.name}\0${one.architecture}`;
  return packages.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
