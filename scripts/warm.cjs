"use strict";

// Runs one command through dist/hostcfg.js and keeps what V8 compiled for it: node warm.cjs START ARGUMENT…
const { writeFileSync } = require("node:fs");

const [start] = process.argv.splice(2, 1);
process.on("exit", () => {
  for (const [filename, script] of require.cache[require.resolve(start)].exports) {
    try {
      writeFileSync(`${filename}.cache`, script.createCachedData(), { flag: "wx" });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
});
require(start);
