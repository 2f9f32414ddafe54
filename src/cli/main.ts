import { parseArguments } from "./arguments.ts";
import type { Engine } from "./engine.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { styleFor } from "./style.ts";
import { VERSION } from "./version.ts";

/** Runs one command line (without node and the program) and answers the exit code. Never throws. */
export async function main(argv: readonly string[], io: Io, engine?: Engine): Promise<number> {
  try {
    return await dispatch(argv, io, engine);
  } catch (error) {
    const { report } = await import("./report.ts");
    report(error, argv, io);
    return EXIT.error;
  }
}

async function dispatch(argv: readonly string[], io: Io, given: Engine | undefined): Promise<number> {
  const invocation = parseArguments(argv);
  switch (invocation.kind) {
    case "version":
      io.stdout(`hostcfg ${VERSION}\n`);
      return EXIT.ok;
    case "help": {
      const { renderHelp } = await import("./views/help.ts");
      io.stdout(renderHelp(invocation.command));
      return EXIT.ok;
    }
    case "run": {
      const { command, argument, operands, options } = invocation;
      const { RUN, ENGINE } = await import("./run.ts");
      const { noColor } = options;
      return RUN[command]({
        options,
        argument,
        operands,
        argv,
        io,
        engine: given ?? ENGINE,
        style: styleFor({ noColor, env: io.env, isTerminal: io.stdoutIsTerminal }),
        stderrStyle: styleFor({ noColor, env: io.env, isTerminal: io.stderrIsTerminal }),
      });
    }
  }
}
