import { main } from "./main.ts";
import { realIo } from "./real-io.ts";

void main(process.argv.slice(2), realIo()).then((exit) => {
  // Lost output may have made it an error already.
  process.exitCode ??= exit;
});
