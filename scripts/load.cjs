"use strict";

// Loads main.js, and what it asks for beside itself, from V8's code caches, which the build made: compiling is most of
// what a short command costs. A cache of another V8, or none, is no harm: V8 refuses it and compiles.
const { Script } = require("node:vm");

/** `files` says what a script is called, holds, and was compiled to. */
module.exports = function loader(files) {
  /** The scripts that were loaded, by their file. */
  const scripts = new Map();
  /** The modules that they hold: what runs one, by its name. */
  const modules = new Map();
  /** Those that ran, or are running. */
  const ran = new Map();

  /** As Node's own for what is not a file of ours. */
  function load(name) {
    if (!name.startsWith("./")) return require(name);
    const known = ran.get(name);
    if (known !== undefined) return known.exports;
    if (!modules.has(name)) readScript(files.filename(name));
    const module = { exports: {} };
    ran.set(name, module);
    modules.get(name)(module.exports, load, module);
    return module.exports;
  }

  function readScript(filename) {
    const cachedData = files.cache(filename);
    const options = cachedData === undefined ? { filename } : { filename, cachedData };
    const script = new Script(files.source(filename), options);
    scripts.set(filename, script);
    for (const [name, module] of Object.entries(script.runInThisContext()())) modules.set(name, module);
  }

  return { scripts, load };
};
