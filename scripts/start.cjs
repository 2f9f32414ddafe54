#!/usr/bin/env node
"use strict";

// dist/hostcfg.js, with load.cjs in it. An old Node reads this much, and is told so, before it meets what it does not
// know: nothing here or in load.cjs is newer than Node 10 but what runs after this.
var OLDEST = [20, 19];
var version = process.versions.node.split(".").map(Number);
if (version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1])) {
  process.stderr.write(
    "error: hostcfg needs Node.js " +
      OLDEST.join(".") +
      " or newer, and this is " +
      process.versions.node +
      ": " +
      "install a newer Node.js, or hostcfg's own package or executable, which need none\n",
  );
  process.exit(1);
}

const { readFileSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");

// Commands end within a second: what V8 would spend on optimising functions that ran a little while, and on sharing
// out a few megabytes of young objects, on threads of its own, is never earned back. What runs long is still optimised,
// only later. Measured on Node 20; other V8s may not have the flags, and would say so on stderr.
if (version[0] === 20) {
  setFlagsFromString("--interrupt-budget=4000000");
  setFlagsFromString("--no-parallel-scavenge");
}

// What V8 compiled is right for the very program that made it. V8 asks for its own version, which in Node 20 stays the
// same while Node changes what is built in: a cache of 20.20 in 20.19 called the wrong functions.
const program = [process.version, process.arch, statSync(process.execPath).size].join("-");
const cacheFile = (filename) => filename + "." + program + ".cache";

const { scripts, load } = require("./load.cjs")({
  filename: (name) => join(__dirname, name),
  // The build writes ASCII only, and this is the quickest way to read it.
  source: (filename) => readFileSync(filename, "latin1"),
  cache: (filename) => {
    try {
      return readFileSync(cacheFile(filename));
    } catch {
      return undefined;
    }
  },
});

module.exports = { scripts, cacheFile };
load("./main.js");
