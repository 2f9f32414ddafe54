import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, OWN_SUITE } from "./base.ts";
import { tool } from "./tool.ts";

/** The package that a package of no content stands for, e.g. the newest kernel. */
export function dependencyOf(meta: string, wanted: RegExp, suite = OWN_SUITE): string {
  const depends = tool("apt-cache", ...apt(suite), "depends", "--important", meta);
  const name = /Depends: (\S+)/g;
  for (const [, found = ""] of depends.matchAll(name)) if (wanted.test(found)) return found;
  throw new Error(`apt knows no ${meta}: run apt-get update`);
}

/** Downloads a package into the folder, and answers where it is. */
export function download(name: string, suite: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  tool("sh", "-c", 'cd "$0" && apt-get "$@"', folder, "-qq", ...apt(suite), "download", name);
  const deb = readdirSync(folder).find((file) => file.startsWith(`${name}_`));
  if (deb === undefined) throw new Error(`apt-get has left no package of ${name}`);
  return join(folder, deb);
}

/** The releases whose lists are as new as this run. */
const updated = new Set<string>([OWN_SUITE]);

/** For another release than this machine's: with lists of its own, so that this machine's apt learns of no other release. */
function apt(suite: string): readonly string[] {
  if (suite === OWN_SUITE) return [];
  const folder = join(CACHE, `apt-${suite}`);
  const options = {
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Acquire::Languages": "none",
    "APT::Sandbox::User": "root",
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  if (!updated.has(suite)) {
    for (const part of ["lists/partial", "cache/archives/partial"])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, "sources.list"), `deb ${site()} ${suite} main\n`);
    // Test files run beside each other, and apt waits for no other apt here.
    tool("flock", folder, "apt-get", "-qq", ...flags, "update");
    updated.add(suite);
  }
  return flags;
}

/** Where this machine's apt gets Debian itself from. */
function site(): string {
  const format = ["--format", "$(SITE)", "Created-By: Packages", "Component: main"];
  const [found] = tool("apt-get", "indextargets", ...format, `Codename: ${OWN_SUITE}`).split("\n");
  if (found === undefined || found === "") throw new Error("apt has no source of Debian: run apt-get update");
  return found;
}
