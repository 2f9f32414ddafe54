import { parseArguments, wantsJson } from "./arguments.ts";
import { COMMANDS } from "./commands.ts";
import type { Engine } from "./engine.ts";
import { ENGINE } from "./engine.ts";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Io } from "./io.ts";
import { styleFor } from "./style.ts";
import { text, written } from "./terminal-text.ts";
import { VERSION } from "./version.ts";

/** Runs one command line (without node and the program) and answers the exit code. Never throws. */
export async function main(argv: readonly string[], io: Io, engine: Engine = ENGINE): Promise<number> {
  try {
    return await dispatch(argv, io, engine);
  } catch (error) {
    await report(error, argv, io);
    return EXIT.error;
  }
}

async function dispatch(argv: readonly string[], io: Io, engine: Engine): Promise<number> {
  const invocation = parseArguments(argv);
  switch (invocation.kind) {
    case "version":
      io.stdout(`hostcfg ${VERSION}\n`);
      return EXIT.ok;
    case "help": {
      const { renderHelp } = await import("./views/help.ts");
      io.stdout(await renderHelp(invocation.command));
      return EXIT.ok;
    }
    case "run": {
      const { command, argument, options } = invocation;
      const { run } = await COMMANDS[command].load();
      const { noColor } = options;
      return run({
        options,
        argument,
        argv,
        io,
        engine,
        style: styleFor({ noColor, env: io.env, isTerminal: io.stdoutIsTerminal }),
        stderrStyle: styleFor({ noColor, env: io.env, isTerminal: io.stderrIsTerminal }),
      });
    }
  }
}

async function report(error: unknown, argv: readonly string[], io: Io): Promise<void> {
  const { failureDocument } = await import("./failure-document.ts");
  const document = failureDocument(error);
  if (wantsJson(argv)) {
    const { jsonText } = await import("./json.ts");
    io.stdout(jsonText(document));
  } else {
    const { renderFailure } = await import("./views/failure.ts");
    const noColor = argv.includes("--no-color");
    io.stderr(renderFailure(document, styleFor({ noColor, env: io.env, isTerminal: io.stderrIsTerminal })));
    if (error instanceof Failure && error.usage !== undefined) io.stderr(`usage: ${error.usage}\n`);
  }
  if (io.env["HOSTCFG_DEBUG"] === "1" && error instanceof Error) {
    io.stderr(written((error.stack ?? "").split("\n").map((line) => text`${line}`)));
  }
}
