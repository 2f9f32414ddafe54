"use strict";

// What the executable of scripts/package.mjs starts with: as start.cjs, with all that is beside that one in itself.
const { getAssetKeys, getRawAsset } = require("node:sea");

const files = new Set(getAssetKeys());

const { load } = require("./load.cjs")({
  filename: (name) => name.slice("./".length),
  source: (filename) => Buffer.from(getRawAsset(filename)).latin1Slice(),
  cache: (filename) =>
    files.has(`${filename}.cache`) ? Buffer.from(getRawAsset(`${filename}.cache`)) : undefined,
});

// The place of a script's path; Node.js puts there what the user typed.
process.argv[1] = process.execPath;
load("./main.js");
