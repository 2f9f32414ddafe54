// What a command costs, as a ratio to a bare `node -e 0` in the same run: CPU time and peak memory, each the
// median of interleaved runs, so that a busy machine slows both alike. Prints; asserts nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { packagedNode } from "./nodes.mjs";

const ROUNDS = Number(process.argv[2] ?? 15);
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hostcfg-bench-"));

// Each process tells at its end what it used; the hook weighs on the baseline as much as on the subjects.
const hook = join(folder, "usage.cjs");
writeFileSync(
  hook,
  `process.on("exit", () => {
     const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
     require("node:fs").writeFileSync(process.env.USAGE, JSON.stringify([userCPUTime + systemCPUTime, maxRSS]));
   });`,
);

const small = join(folder, "small.yaml");
writeFileSync(small, "apiVersion: hostcfg/v1\n");
// As people write long specs, in blocks and with a comment over each; and, for whoever wants to know, without any.
const large = join(folder, "large.yaml");
writeFileSync(
  large,
  spec(142, (n) => [
    `  # slot ${n}: what the card is for,`,
    `  # who plugged it in and when,`,
    `  # and why it must stay here`,
    "",
  ]),
);
const dense = join(folder, "dense.yaml");
writeFileSync(
  dense,
  spec(331, () => []),
);

const host = "test/hosts/intel-z390";
const cli = at("dist/hostcfg.js");
const subjects = [
  { name: "node -e 0", argv: ["-e", "0"] },
  { name: "hostcfg --help", argv: [cli, "--help"], cpu: 2, memory: 1.5 },
  { name: "hostcfg validate (1 line)", argv: [cli, "validate", small], cpu: 2, memory: 1.5 },
  { name: "hostcfg validate (2,000 lines)", argv: [cli, "validate", large] },
  { name: "hostcfg validate (… all dense)", argv: [cli, "validate", dense] },
  {
    name: "hostcfg plan (recorded host)",
    argv: [cli, "plan", "--capture", at(`${host}/capture.json`), at(`${host}/host.yaml`)],
    cpu: 2,
    memory: 1.5,
  },
  ...["debian-grub", "sd-boot-debian"].flatMap((name) => [100, 400].map((count) => manyKernels(name, count))),
];

const samples = subjects.map(() => []);
for (let round = 0; round < ROUNDS; round++) {
  subjects.forEach((subject, index) => samples[index].push(measure(subject.argv)));
}

const [baseline, ...others] = samples.map((runs) =>
  [0, 1].map((which) => median(runs.map((run) => run[which]))),
);
console.log(
  `${ROUNDS} rounds; node -e 0: ${(baseline[0] / 1000).toFixed(1)} ms CPU, ${(baseline[1] / 1024).toFixed(1)} MiB`,
);
console.log(
  "command".padEnd(40) +
    "CPU ratio".padStart(10) +
    "limit".padStart(7) +
    "memory ratio".padStart(14) +
    "limit".padStart(7),
);
others.forEach(([cpu, memory], index) => {
  const { name, cpu: cpuLimit = "", memory: memoryLimit = "" } = subjects[index + 1];
  const cells = [(cpu / baseline[0]).toFixed(2).padStart(10), String(cpuLimit).padStart(7)];
  console.log(
    name.padEnd(40) +
      cells.join("") +
      (memory / baseline[1]).toFixed(2).padStart(14) +
      String(memoryLimit).padStart(7),
  );
});
const [one, many] = [others[1], others[2]];
for (const [at100, at400] of [others.slice(5, 7), others.slice(7, 9)])
  console.log(
    `a plan with 400 kernels costs ${(at400[0] / at100[0]).toFixed(2)} times one with 100 (limit 3)`,
  );
console.log(`validating 2,000 lines costs ${(many[0] / one[0]).toFixed(2)} times one line (limit 2)`);

// The executable is no Node that takes a hook, so bash tells what both used; npm run package made it.
const executable = at(`dist/hostcfg-linux-${process.arch}`);
const itsNode = join(packagedNode(process.arch), "bin/node");
const pairs = [
  { name: "node -e 0 of the same release", argv: [itsNode, "-e", "0"] },
  { name: "hostcfg --help", argv: [executable, "--help"] },
  {
    name: "hostcfg plan (recorded host)",
    argv: [executable, "plan", "--capture", at(`${host}/capture.json`), at(`${host}/host.yaml`)],
  },
].map((pair) => ({ ...pair, runs: [] }));
for (let round = 0; round < ROUNDS; round++) for (const { argv, runs } of pairs) runs.push(cpuOf(argv));
const [bare, ...own] = pairs.map(({ runs }) => median(runs));
console.log(`\nthe executable; ${pairs[0].name}: ${bare.toFixed(1)} ms CPU`);
own.forEach((cpu, index) => {
  console.log(`${pairs[index + 1].name.padEnd(40)}${(cpu / bare).toFixed(2).padStart(10)}${"2".padStart(7)}`);
});

// Bundled as the program is, and no part of what is installed.
const groups = join(folder, "bench-groups.mjs");
await bundle("bench-groups", groups, { minify: true });
console.log("\nprobing and predicting IOMMU groups, as a ratio to plainly reading the same files");
console.log(
  "devices".padStart(8) +
    "groups".padStart(8) +
    "reading".padStart(12) +
    "ratio".padStart(8) +
    "  limit" +
    "  --separate".padStart(12) +
    "  limit",
);
for (const [size, rounds] of [
  [1_000, 15],
  [3_000, 9],
  [10_000, 7],
]) {
  const run = spawnSync(process.execPath, [groups, String(size), folder, String(rounds)], {
    encoding: "utf8",
  });
  if (run.status !== 0)
    throw new Error(`bench-groups exited with ${run.status}: ${run.stderr.slice(0, 500)}`);
  const { devices, groups: made, reading, ratio, separatingRatio } = JSON.parse(run.stdout);
  const cells = [
    String(devices).padStart(8),
    String(made).padStart(8),
    `${reading.toFixed(0)} ms`.padStart(12),
  ];
  console.log(
    `${cells.join("")}${ratio.toFixed(2).padStart(8)}${"2".padStart(7)}${separatingRatio.toFixed(2).padStart(12)}${"2".padStart(7)}`,
  );
}
rmSync(folder, { recursive: true, force: true });

/** A plan on a recorded host with so many more kernels, and an entry for each where the loader has entries. */
function manyKernels(name, count) {
  const capture = JSON.parse(readFileSync(at(`test/hosts/${name}/capture.json`), "utf8"));
  const { paths } = capture;
  const release = "6.1.0-25-amd64";
  const like = Object.keys(paths).filter((path) => path.includes(release));
  for (let n = 0; n < count; n++) {
    const other = `5.10.0-${n}-amd64`;
    for (const path of like) {
      const copy = path.replaceAll(release, other);
      paths[copy] = JSON.parse(JSON.stringify(paths[path]).replaceAll(release, other));
      const [parent, base] = [dirname(copy), basename(copy)];
      const { entries } = paths[parent] ?? {};
      if (entries !== undefined && !entries.includes(base)) paths[parent].entries = [...entries, base].sort();
    }
  }
  const file = join(folder, `${name}-${count}.json`);
  writeFileSync(file, JSON.stringify(capture));
  const argv = [cli, "plan", "--capture", file, at(`test/hosts/${name}/host.yaml`)];
  return { name: `hostcfg plan (${count} kernels, ${name.includes("grub") ? "GRUB" : "sd-boot"})`, argv };
}

/** A valid spec with `count` devices, about 2,000 lines of it. */
function spec(count, comments) {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const device = (n) => [
    `  card-${n}:`,
    `    id: "10de:${hex(n >> 8)}${hex(n & 255)}"`,
    `    address: "${hex(n >> 5)}:${hex(n & 31)}"`,
    `    class: vga`,
    `    functions: [0, 1]`,
  ];
  const isolated = numbers.flatMap((n) => [...comments(n).slice(0, 4), `    - card-${n}`]);
  const lines = [
    "apiVersion: hostcfg/v1",
    "devices:",
    ...numbers.flatMap((n) => [...comments(n), ...device(n)]),
    "iommuGroups:",
    "  isolated:",
    ...isolated,
  ];
  return `${lines.join("\n")}\n`;
}

function measure(argv) {
  const usage = join(folder, "usage.json");
  const run = spawnSync(process.execPath, ["--require", hook, ...argv], {
    env: { ...process.env, USAGE: usage },
    encoding: "utf8",
  });
  if (run.status !== 0)
    throw new Error(`${argv.join(" ")} exited with ${run.status}: ${run.stderr.slice(0, 500)}`);
  return JSON.parse(readFileSync(usage, "utf8"));
}

/** Milliseconds of CPU, user and system. */
function cpuOf(argv) {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  const run = spawnSync("bash", ["-c", script, "bash", ...argv], { encoding: "utf8" });
  if (run.status !== 0)
    throw new Error(`${argv.join(" ")} exited with ${run.status}: ${run.stderr.slice(0, 500)}`);
  const [user, system] = run.stderr.trim().split(" ").map(Number);
  return (user + system) * 1000;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function hex(number) {
  return number.toString(16).padStart(2, "0");
}
