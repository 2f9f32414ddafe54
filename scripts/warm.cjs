"use strict";

// Runs one command through dist/hostcfg.js and keeps what V8 compiled for it: node warm.cjs START ARGUMENT…
const { writeFileSync } = require("node:fs");

const [start] = process.argv.splice(2, 1);
process.on("exit", () => {
  const { scripts, cacheFile } = require.cache[require.resolve(start)].exports;
  for (const [filename, script] of scripts) {
    try {
      writeFileSync(cacheFile(filename), script.createCachedData(), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
});
require(start);
