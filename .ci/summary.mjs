// Prints "N passed, N failed", summed over the result files of vitest's JSON reporter; fails when anything failed.
import { readFileSync } from "node:fs";

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  const run = read(file);
  passed += run.numPassedTests;
  // A file that cannot even be loaded holds no failed test, and a run that died wrote no results.
  failed += run.success ? 0 : Math.max(1, run.numFailedTests);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    console.log(`${file}: no results`);
    return { success: false, numPassedTests: 0, numFailedTests: 0 };
  }
}
