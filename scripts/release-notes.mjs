// What CHANGELOG.md says of a version.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The changes of one version, a line each. */
export function changesOf(version) {
  return itemsIn(sectionOf(version).text);
}

/** The section of a version, and what stands behind it in brackets: a date, or "unreleased". */
export function sectionOf(version) {
  const sections = readFileSync(at("CHANGELOG.md"), "utf8").split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`${version} `));
  if (section === undefined) throw new Error(`CHANGELOG.md has no section ${version}`);
  const [heading = "", ...lines] = section.split("\n");
  return { when: /\((.*)\)/.exec(heading)?.[1], text: lines.join("\n").trim() };
}

/** The changelog with the section of the unreleased version as that of `next`, which is made on that day. */
export function dated(changelog, current, next, day) {
  const heading = `## ${current} (unreleased)`;
  if (!changelog.includes(`${heading}\n`)) throw new Error(`CHANGELOG.md has no section "${heading}"`);
  return changelog.replace(heading, `## ${next} (${day})`);
}

function itemsIn(text) {
  return text
    .split(/^- /m)
    .slice(1)
    .map((item) => item.trim().replaceAll(/\s*\n\s*/g, " "));
}

/** When this was committed, so that the same source makes the same files; now where there is no git. */
export function dateOf() {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch !== undefined) return new Date(Number(epoch) * 1000);
  try {
    const seconds = execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: at("."), encoding: "utf8" });
    return new Date(Number(seconds) * 1000);
  } catch {
    return new Date();
  }
}
