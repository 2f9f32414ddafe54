import { JUDGE_INITRD } from "../platform/own-program.ts";
import { parseArguments } from "./arguments.ts";
import type { Call } from "./command.ts";
import type { Engine } from "./engine.ts";
import { EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { judgeInitrd } from "./judge-initrd.ts";
import { printFailure } from "./print-failure.ts";
import { styleFor } from "./style.ts";
import { VERSION } from "./version.ts";
import { renderHelp } from "./views/help.ts";

/** Runs one command line (without node and the program) and answers the exit code. Never throws. */
export async function main(argv: readonly string[], io: Io, engine?: Engine): Promise<number> {
  try {
    return await dispatch(argv, io, engine);
  } catch (error) {
    printFailure(error, argv, io);
    return EXIT.error;
  }
}

async function dispatch(argv: readonly string[], io: Io, given: Engine | undefined): Promise<number> {
  // Most of the program, which help and a mistake in the call can do without.
  const engine = async (): Promise<Engine> => given ?? (await import("./engine.ts")).ENGINE;
  const [word, made = "", old = ""] = argv;
  if (word === JUDGE_INITRD) return judgeInitrd(made, old, io, await engine());
  const invocation = parseArguments(argv);
  switch (invocation.kind) {
    case "version":
      io.stdout(`hostcfg ${VERSION}\n`);
      return EXIT.ok;
    case "help":
      io.stdout(renderHelp(invocation.command));
      return EXIT.ok;
    case "run": {
      const { command, argument, operands, options } = invocation;
      const { noColor } = options;
      const call: Call = {
        command,
        options,
        argument,
        operands,
        argv,
        io,
        open: (target) => io.open(target),
        engine: await engine(),
        style: styleFor({ noColor, env: io.env, isTerminal: io.stdoutIsTerminal, columns: io.stdoutColumns }),
        stderrStyle: styleFor({
          noColor,
          env: io.env,
          isTerminal: io.stderrIsTerminal,
          columns: io.stderrColumns,
        }),
      };
      if (!options.debug) return command.run(call);
      const { runDebugged } = await import("./debug.ts");
      return runDebugged(call);
    }
  }
}
