import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join, resolve } from "node:path";
import type { Capture } from "../src/host/capture.ts";
import { readCapture } from "../src/plan/capture.ts";
import { placesOfPasswordHashes } from "./password-hashes.ts";

// npm run new-host CAPTURE NAME: makes test/hosts/NAME of a file that hostcfg capture wrote, with a spec to begin with.
// What is expected of the host is written by the test of all recorded hosts itself.

const HOSTS = "test/hosts";
const USAGE = "npm run new-host CAPTURE NAME";

/** Enough for a plan on every host, and to be exchanged for what the host is there to show. */
const EXAMPLE_SPEC = `# yaml-language-server: $schema=../../../schemas/host-v1.json
apiVersion: hostcfg/v1

kernelOptions:
  present: [iommu=pt]
`;

/** The host cannot be added; the person at the keyboard can do something about it. */
class Refusal extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

try {
  await addHost(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`error: ${error.message}\nhint: ${error.remedy}\n`);
  process.exitCode = 1;
}

async function addHost([file, name, ...more]: readonly string[]): Promise<void> {
  if (file === undefined || name === undefined || more.length > 0)
    throw new Refusal("new-host takes a capture and a name", USAGE);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
    throw new Refusal(
      `"${name}" is no name for a host: it takes small letters, digits, and - between them`,
      `say what is special about the host, e.g. ${USAGE.replace("NAME", "two-identical-gpus")}`,
    );
  const folder = join(HOSTS, name);
  if (fs.existsSync(folder))
    throw new Refusal(`${folder} exists already`, "choose another name, or remove that folder first");
  // npm runs scripts in the folder of package.json, not where the person stands.
  const bytes = readNamed(resolve(process.env["INIT_CWD"] ?? "", file), file);
  const capture = await soundCapture(bytes, file);

  fs.mkdirSync(folder);
  fs.writeFileSync(join(folder, "capture.json"), bytes);
  fs.writeFileSync(join(folder, "host.yaml"), EXAMPLE_SPEC);
  fs.writeFileSync(join(folder, "README.md"), readmeOf(name, capture));
  writeGoldenFiles(name, folder);

  const filled = !fs.readFileSync(join(folder, "capture.json")).equals(bytes);
  say([
    `Made ${folder}: ${fs.readdirSync(folder).sort().join(", ")}.`,
    ...(filled
      ? [
          "The capture did not tell all that is asked today. What it lacks was filled in as not there, or as of one age:",
          `  git diff --no-index ${file} ${join(folder, "capture.json")}`,
        ]
      : []),
    "Before you commit it: take names and serial numbers of a real person's host out of capture.json, say in",
    "README.md what the host is, declare in host.yaml what it is to show, and write what is expected again:",
    `  UPDATE_GOLDEN=1 npx vitest run test/recorded-hosts.test.ts -t "'${name}'"`,
    "Then read facts.json, loader.txt, plan.txt and after.txt: they are right because you say so.",
  ]);
}

function readNamed(path: string, typed: string): Buffer {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`${typed} cannot be read: ${why}`, "name a file that hostcfg capture wrote");
  }
}

async function soundCapture(bytes: Buffer, typed: string): Promise<Capture> {
  const read = await readCapture(bytes);
  if ("diagnostics" in read) {
    const [why] = read.diagnostics;
    throw new Refusal(`${typed}: ${why?.summary ?? "not a capture"}`, why?.hint ?? USAGE);
  }
  const places = placesOfPasswordHashes(read.capture);
  if (places.length > 0)
    throw new Refusal(
      `${typed} holds the hash of a password, of: ${places.join(", ")}`,
      "cut the hash out of the file, keep the rest of its line, and change that password if others have the file",
    );
  return read.capture;
}

function readmeOf(name: string, { hostcfgVersion, takenAt, privileged }: Capture): string {
  return `# ${name}: what is special about it

What kind of host it is, what starts it, and what host.yaml is there to show.

Taken with hostcfg ${hostcfgVersion} on ${takenAt.slice(0, 10)}, ${privileged ? "as root" : "without root"}.
`;
}

function writeGoldenFiles(name: string, folder: string): void {
  const argv = ["node_modules/vitest/vitest.mjs", "run", "test/recorded-hosts.test.ts", "-t", `'${name}'`];
  const { status } = spawnSync(process.execPath, argv, {
    env: { ...process.env, UPDATE_GOLDEN: "1" },
    stdio: "inherit",
  });
  // A filter that fits no test is no failure to vitest.
  if (status !== 0 || !fs.existsSync(join(folder, "plan.txt")))
    throw new Refusal(
      `the test of ${folder} does not pass, as shown above`,
      `a capture that lacks something is best taken again with this hostcfg: then remove ${folder} and start again`,
    );
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
