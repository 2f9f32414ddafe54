#!/usr/bin/env node
import { main } from "./main.ts";
import { realIo } from "./real-io.ts";

const exit = await main(process.argv.slice(2), realIo());
// Lost output may have made it an error already.
process.exitCode ??= exit;
