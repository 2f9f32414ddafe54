import { wantsJson } from "./arguments.ts";
import { Failure } from "./failure.ts";
import { failureDocument } from "./failure-document.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json.ts";
import { PLAIN, styleFor } from "./style.ts";
import { text, written } from "./terminal-text.ts";
import { renderFailure } from "./views/failure.ts";

/** Prints why a command has no result: for a person on stderr, with `--json` as the document on stdout. */
export function printFailure(error: unknown, argv: readonly string[], io: Io): void {
  const document = failureDocument(error);
  if (wantsJson(argv)) {
    io.stdout(jsonText(document));
  } else {
    const noColor = argv.includes("--no-color");
    io.stderr(
      renderFailure(
        document,
        styleFor({ noColor, env: io.env, isTerminal: io.stderrIsTerminal, columns: io.stderrColumns }),
      ),
    );
    if (error instanceof Failure && error.usage !== undefined) io.stderr(`usage: ${error.usage}\n`);
  }
  if (io.env["HOSTCFG_DEBUG"] === "1" && error instanceof Error) {
    const lines = (error.stack ?? "").split("\n").map((line) => text`${line}`);
    io.stderr(written(lines, PLAIN));
  }
}
