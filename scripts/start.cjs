#!/usr/bin/env node
"use strict";

// Starts main.js from V8's code cache, which the build made beside it: compiling is most of what a short command
// costs. A cache of another V8, or none, is no harm: V8 refuses it and compiles.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

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
