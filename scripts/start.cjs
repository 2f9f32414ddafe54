#!/usr/bin/env node
"use strict";

// Starts main.js, and what it asks for beside itself, from V8's code caches, which the build made: compiling is most
// of what a short command costs. A cache of another V8, or none, is no harm: V8 refuses it and compiles.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// Commands end within a second: what V8 would spend on optimising functions that ran a little while, and on sharing
// out a few megabytes of young objects, on threads of its own, is never earned back. What runs long is still optimised,
// only later. Measured on Node 20; other V8s may not have the flags, and would say so on stderr.
if (process.versions.node.startsWith("20.")) {
  setFlagsFromString("--interrupt-budget=4000000");
  setFlagsFromString("--no-parallel-scavenge");
}

/** The scripts that were loaded, by their file. */
const scripts = new Map();
/** The modules that they hold: what runs one, by its name. */
const modules = new Map();
/** Those that ran, or are running. */
const ran = new Map();

/** As Node's own for what is not beside this file. */
function load(name) {
  if (!name.startsWith("./")) return require(name);
  const known = ran.get(name);
  if (known !== undefined) return known.exports;
  if (!modules.has(name)) readScript(join(__dirname, name));
  const module = { exports: {} };
  ran.set(name, module);
  modules.get(name)(module.exports, load, module);
  return module.exports;
}

function readScript(filename) {
  const cachedData = cacheOf(filename);
  // The build writes ASCII only, and this is the quickest way to read it.
  const source = readFileSync(filename, "latin1");
  const script = new Script(source, cachedData === undefined ? { filename } : { filename, cachedData });
  scripts.set(filename, script);
  for (const [name, module] of Object.entries(script.runInThisContext()())) modules.set(name, module);
}

/** @returns {Buffer | undefined} */
function cacheOf(filename) {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

module.exports = scripts;
load("./main.js");
