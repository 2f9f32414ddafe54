import { ARCHITECTURE_QUERY } from "../../host/queries.ts";
import type { Reader } from "../../host/reader.ts";
import type { Fact } from "../../model/index.ts";
import { known, unknown } from "../../facts/fact.ts";
import { readPackageDatabase } from "./packages.ts";
import { askForFact, queryFailure } from "../../facts/query-failure.ts";

/** The host's Debian architecture, e.g. `amd64`: from dpkg(1), else that of the installed package dpkg. */
export function readArchitecture(reader: Reader): Promise<Fact<string>> {
  return askForFact(reader, ARCHITECTURE_QUERY, (answer) => {
    if (!answer.ran) return architectureOfDpkg(reader);
    if (answer.exitCode !== 0) return queryFailure("dpkg", answer);
    const name = answer.stdout.trim();
    return name === "" ? unknown("dpkg names no architecture") : known(name);
  });
}

function architectureOfDpkg(reader: Reader): Fact<string> {
  const packages = readPackageDatabase(reader);
  if (packages === undefined) return unknown("this host has no dpkg");
  if (!packages.known) return packages;
  const dpkg = packages.value.find((one) => one.name === "dpkg" && one.architecture !== "");
  return dpkg === undefined
    ? unknown("the package dpkg is not in the package database")
    : known(dpkg.architecture);
}
