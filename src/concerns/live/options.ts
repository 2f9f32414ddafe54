import { declaredUnits, mergeOptions } from "../../boot/options.ts";
import { splitLine } from "../../cmdline.ts";
import type { Finding } from "../../model/index.ts";
import type { LiveInput } from "./live.ts";
import { finding } from "./live.ts";

/** The options of this boot, and whether the next one has them. */
export function liveOptions({ spec, state, plan }: LiveInput): readonly Finding[] {
  const { present = [], absent = [] } = spec.kernelOptions ?? {};
  const { cmdline } = state.running;
  const line = cmdline.known ? splitLine(cmdline.value) : [];
  const staged = plan.nextBoot.before;
  const stagedLine = staged.known ? splitLine(staged.value.options) : undefined;
  const judgeOne = (key: string, declared: Parameters<typeof mergeOptions>[1], has: string): Finding => {
    const address = `kernelOptions.${key}`;
    if (!cmdline.known) return finding(address, "unknown", cmdline.why);
    const holds = (options: readonly string[]): boolean => mergeOptions(options, declared).edits.length === 0;
    if (holds(line)) {
      return stagedLine === undefined || holds(stagedLine)
        ? finding(address, "satisfied", `this boot ${has}`)
        : finding(address, "unsatisfied", `this boot ${has}, the next one would not`);
    }
    if (stagedLine !== undefined && holds(stagedLine))
      return finding(address, "pending", `the next boot ${has}, this one not yet`);
    const next = stagedLine === undefined ? "; what the next one has is unknown" : ", nor of the next one";
    return finding(address, "unsatisfied", `not true of this boot${next}`);
  };
  return [
    ...declaredUnits(present).map(({ key, spellings }) =>
      judgeOne(key, { present: spellings, absent: [] }, `has ${spellings.join(" ")}`),
    ),
    ...absent.map((key) => judgeOne(key, { present: [], absent: [key] }, `is without ${key}`)),
  ];
}
