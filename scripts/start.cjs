#!/usr/bin/env node
"use strict";

// Starts main.js from V8's code cache, which the build made beside it: compiling is most of what a short command
// costs. A cache of another V8, or none, is no harm: V8 refuses it and compiles.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// Commands end within a second: what V8 would spend on optimising functions that ran a little while, on threads of
// its own, is never earned back. What runs long is still optimised, only later. Measured on Node 20; other V8s may not
// have the flag, and would say so on stderr.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--interrupt-budget=4000000");

const filename = join(__dirname, "main.js");

/** @returns {Buffer | undefined} */
function cache() {
  try {
    return readFileSync(join(__dirname, "main.cache"));
  } catch {
    return undefined;
  }
}

const cachedData = cache();
const source = `(function (require) {${readFileSync(filename, "utf8")}\n})`;
const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData });
module.exports = script;
script.runInThisContext()(require);
