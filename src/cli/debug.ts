import { LinkReader } from "../host/link-reader.ts";
import { RecordingTree } from "../host/recorder.ts";
import type { Call } from "./command.ts";
import type { ChosenLoader } from "./views/debug.ts";
import { renderDebug } from "./views/debug.ts";

/** Runs a command, then says on stderr what it asked of the host: also after a failure, which is when it is needed. */
export async function runDebugged(call: Call): Promise<number> {
  const { command, engine, io } = call;
  const recorders: RecordingTree[] = [];
  let loader: ChosenLoader | undefined;
  try {
    return await command.run({
      ...call,
      open: (target) => {
        const opened = call.open(target);
        const tree = new RecordingTree(opened.tree, () => io.timing.seconds() * 1000);
        recorders.push(tree);
        return { ...opened, tree, reader: () => new LinkReader(tree) };
      },
      engine: {
        ...engine,
        probe: async (reader, spec) => {
          const state = await engine.probe(reader, spec);
          loader = { ...state.bootLoader, declared: spec?.bootLoader };
          return state;
        },
      },
    });
  } finally {
    const asked = recorders.flatMap((recorder) => recorder.asked());
    io.stderr(renderDebug(asked, loader, call.stderrStyle));
  }
}
