import { main } from "./main.ts";
import { realIo } from "./real-io.ts";

process.exitCode = await main(process.argv.slice(2), realIo());
