import { needRoot } from "../approval.ts";
import { carryOut, needApproval } from "../carry-out.ts";
import type { Call } from "../command.ts";
import { targetOf } from "../target.ts";
import { VERSION } from "../version.ts";

export async function run(call: Call): Promise<number> {
  const { engine, io } = call;
  const target = await targetOf(call);
  needRoot(call, target, "having systemd no longer verify the boots of this host");
  needApproval(call, "disable-verify");
  const opened = io.open(target);
  return carryOut(
    call,
    { target, opened, command: "disable-verify" },
    {
      look: async () => {
        const reader = opened.reader();
        const state = await engine.probe(reader);
        const plan = await engine.planDisableVerify(reader, { state, hostcfgVersion: VERSION });
        return { state, plan };
      },
      notApplyable: "verify at boot cannot be disabled; nothing was changed",
      afterwards:
        target.kind === "host"
          ? [
              "It does not run at the next boot. To have systemd forget how it ended in this one:",
              "  sudo systemctl stop hostcfg-verify; sudo systemctl reset-failed hostcfg-verify; sudo systemctl daemon-reload",
            ]
          : [],
    },
  );
}
