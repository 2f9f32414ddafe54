"use strict";

// Runs one command through dist/hostcfg.js and keeps what V8 compiled for it: node warm.cjs START CACHE ARGUMENT…
const { writeFileSync } = require("node:fs");

const [start, cache] = process.argv.splice(2, 2);
process.on("exit", () => {
  writeFileSync(cache, require.cache[require.resolve(start)].exports.createCachedData());
});
require(start);
