import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import type { ApplyOutcome } from "../../../src/apply/events.ts";
import { bootability } from "../../../src/boot/check.ts";
import { chooseLoader } from "../../../src/boot/choose.ts";
import type { Bootability, HostState, Plan, Verification } from "../../../src/model/index.ts";
import type { Observed } from "../../../src/plan/make.ts";
import { makePlan } from "../../../src/plan/make.ts";
import { probe } from "../../../src/plan/probe.ts";
import { verify } from "../../../src/plan/verify.ts";
import type { HostSpec } from "../../../src/spec/host-spec.gen.ts";
import { StandInHost } from "../../standins/host.ts";
import type { StandInOptions } from "../../standins/host.ts";
import { machineOf } from "../../standins/machine.ts";
import { materialise } from "../../support/materialise.ts";
import { undo, undoPlan } from "../../support/story.ts";
import { recordedHost, withoutDevices } from "../../support/recorded-hosts.ts";
import { applyOn } from "../../support/apply-on.ts";

export type Spec = Omit<HostSpec, "apiVersion">;

export interface EspHost {
  /** Where the host lies, for what has no function here. */
  readonly at: (...path: readonly string[]) => string;
  readonly read: (path: string) => string;
  readonly write: (path: string, content: string | Buffer) => void;
  readonly edit: (path: string, change: (text: string) => string) => void;
  readonly remove: (path: string) => void;
  /** Runs proxmox-boot-tool. */
  readonly tool: (...args: readonly string[]) => void;
  readonly look: (spec?: Spec) => Promise<HostState>;
  readonly planned: (spec: Spec) => Promise<Plan>;
  readonly verified: (spec: Spec) => Promise<Verification>;
  readonly checked: () => Promise<Bootability>;
  /** Takes an apply back. */
  readonly undone: (id: string) => Promise<ApplyOutcome>;
  readonly undoPlanned: (id: string) => Promise<Plan>;
  readonly applied: (spec: Spec, options?: StandInOptions) => Promise<ApplyOutcome>;
}

/** A recorded host as a folder with stand-ins, made anew for each test of a file. */
export function espHost(name: string): EspHost {
  let root = "";
  beforeEach(() => {
    root = fs.mkdtempSync(join(tmpdir(), "hostcfg-esps-"));
    materialise(withoutDevices(recordedHost(name).capture), root);
  });
  afterEach(() => {
    fs.rmSync(root, { recursive: true });
  });
  const at = (...path: readonly string[]): string => join(root, ...path);
  const read = (path: string): string => fs.readFileSync(at(path), "utf8");
  const write: EspHost["write"] = (path, content) => {
    fs.writeFileSync(at(path), content);
  };
  const look: EspHost["look"] = (spec = {}) =>
    probe(new StandInHost(root).reader(), { apiVersion: "hostcfg/v1", ...spec });
  const observed = async (partial: Spec): Promise<Observed> => {
    const spec: HostSpec = { apiVersion: "hostcfg/v1", ...partial };
    const source = { path: "x", sha256: "0".repeat(64), spec, diagnostics: [], locate: () => undefined };
    return { source, state: await look(partial), debs: [] };
  };
  const planned: EspHost["planned"] = async (spec) =>
    makePlan({ ...(await observed(spec)), hostcfgVersion: "0.0.0" });
  return {
    at,
    read,
    write,
    edit: (path, change) => {
      write(path, change(read(path)));
    },
    remove: (path) => {
      fs.rmSync(at(path), { recursive: true });
    },
    tool: (...args) => {
      machineOf(root).run(["proxmox-boot-tool", ...args]);
    },
    look,
    planned,
    verified: async (spec) => verify(await observed(spec)),
    checked: async () => {
      const state = await look();
      return bootability(state, chooseLoader(state.bootLoader, undefined));
    },
    undone: (id) => undo(new StandInHost(root), id),
    undoPlanned: (id) => undoPlan(new StandInHost(root), id),
    applied: (spec, options = {}) => applyOn(new StandInHost(root, options), () => planned(spec)),
  };
}

/** What somebody does about the pins, whichever loader is on the ESPs, and the kernel that starts then. */
export function pinsOf(
  { tool }: Pick<EspHost, "tool">,
  older: string,
  newest: string,
): [what: string, act: () => void, starts: string][] {
  return [
    [
      "a pin was not refreshed",
      () => {
        tool("kernel", "pin", older);
      },
      newest,
    ],
    [
      "a pin was refreshed",
      () => {
        tool("kernel", "pin", older);
        tool("refresh");
      },
      older,
    ],
    [
      "a pin for one boot was not refreshed",
      () => {
        tool("kernel", "pin", older, "--next-boot");
      },
      newest,
    ],
    [
      "a pin for one boot was refreshed, and comes before the other",
      () => {
        tool("kernel", "pin", newest);
        tool("kernel", "pin", older, "--next-boot");
        tool("refresh");
      },
      older,
    ],
    [
      "a pin was taken back without a refresh",
      () => {
        tool("kernel", "pin", older);
        tool("refresh");
        tool("kernel", "unpin");
      },
      older,
    ],
  ];
}

/** That plan and check warn of it, in these words, and neither takes the host for broken. */
export async function expectTold(
  { planned, checked }: Pick<EspHost, "planned" | "checked">,
  code: string,
  words: RegExp,
): Promise<void> {
  const [plan, check] = [await planned({}), await checked()];
  for (const found of [plan.diagnostics, check.problems])
    expect(found.filter((one) => one.code === code)).toMatchObject([
      { severity: "warning", summary: expect.stringMatching(words) as unknown },
    ]);
  expect(check.verdict).not.toBe("broken");
}
