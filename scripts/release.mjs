// Two steps of a release: `npm run release -- X.Y.Z` gives the source its version and the changelog its date, for a commit;
// `npm run release` makes of that commit all that is handed out, in dist/release: npm's archive, the executables, the
// Debian packages, what is in them (CycloneDX), and the digests.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODE } from "./nodes.mjs";
import { dated, sectionOf } from "./release-notes.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const run = (program, ...argv) =>
  execFileSync(program, argv, { cwd: at("."), stdio: ["ignore", "inherit", "inherit"] });
const answer = (program, ...argv) => execFileSync(program, argv, { cwd: at("."), encoding: "utf8" });
const version = () => JSON.parse(readFileSync(at("package.json"), "utf8")).version;

const [wanted] = process.argv.slice(2);
if (wanted === undefined) make();
else prepare(wanted);

function prepare(next) {
  const changelog = at("CHANGELOG.md");
  const text = readFileSync(changelog, "utf8");
  const today = new Date().toISOString().slice(0, "2000-01-01".length);
  const changed = dated(text, version(), next, today);
  run("npm", "version", "--no-git-tag-version", "--allow-same-version", "--ignore-scripts", next);
  writeFileSync(changelog, changed);
  const galaxy = at("ansible/galaxy.yml");
  writeFileSync(galaxy, readFileSync(galaxy, "utf8").replace(/^version: .*$/m, `version: ${next}`));
  console.log(
    `This is ${next} now. UPDATE_GOLDEN=1 npm test, .ci/run, commit, tag, and then: npm run release`,
  );
}

function make() {
  const current = version();
  if (sectionOf(current).when === "unreleased")
    throw new Error(`CHANGELOG.md calls ${current} unreleased: npm run release -- ${current}`);
  if (answer("git", "status", "--porcelain") !== "")
    throw new Error("there are changes that are not committed, and a release is made of a commit");

  for (const arch of ["x64", "arm64"]) {
    if (arch === "x64") run("npm", "run", "--silent", "package");
    else for (const script of ["package", "deb"]) run("node", at(`scripts/${script}.mjs`), arch);
  }
  const release = at("dist/release");
  mkdirSync(release);
  // Built already.
  run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", release);
  for (const name of readdirSync(at("dist")).filter((one) => /^hostcfg[-_].*(?:64|\.deb)$/.test(one)))
    copyFileSync(at(`dist/${name}`), join(release, name));
  writeFileSync(join(release, `hostcfg-${current}.cdx.json`), `${JSON.stringify(parts(), null, 2)}\n`);
  const files = readdirSync(release).sort();
  writeFileSync(join(release, "SHA256SUMS"), files.map((name) => digestLine(join(release, name))).join(""));
  console.log(`${release}: ${files.join(", ")}, SHA256SUMS`);
}

/** What npm knows is in the program, and the Node.js of the executables. */
function parts() {
  const document = JSON.parse(
    answer("npm", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev", "--package-lock-only"),
  );
  const node = {
    "bom-ref": `node@${NODE.version}`,
    type: "platform",
    name: "node",
    version: NODE.version,
    purl: `pkg:generic/node@${NODE.version}`,
  };
  // npm calls it by its folder.
  const { name } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const component = { ...document.metadata.component, name, purl: `pkg:npm/${name}@${version()}` };
  return {
    ...document,
    metadata: { ...document.metadata, component },
    components: [...document.components, node],
  };
}

function digestLine(path) {
  return `${createHash("sha256").update(readFileSync(path)).digest("hex")}  ${basename(path)}\n`;
}
