import { describe, expect } from "vitest";
import { isAllowedQuery } from "../../src/host/queries.ts";
import { HOSTCFG, STORY } from "./rig/hostcfg.ts";
import { it } from "./rig/machines.ts";
import { differences, manifestOf } from "./rig/manifest.ts";
import { trace } from "./rig/trace.ts";

describe("a command that only looks", () => {
  it.for([["validate"], ["plan"], ["plan --json"], ["verify"], ["groups"], ["capture"]] as const)(
    "changes nothing and starts only the allowed queries: %s",
    async ([line], { machine }) => {
      const args = line.split(" ");
      const before = manifestOf(machine);
      const { ran, mutations, started } = await trace(machine, [...HOSTCFG, ...args], { cwd: STORY });

      expect(ran.stdout).not.toBe("");
      expect(mutations.map(({ text }) => text)).toEqual([]);
      const [itself, ...queries] = started;
      expect(itself).toEqual([...HOSTCFG, ...args]);
      expect(queries.filter((argv) => !isAllowedQuery(argv))).toEqual([]);
      expect(differences(before, manifestOf(machine))).toEqual([]);
    },
  );

  it.for([["plan"], ["capture"]] as const)(
    "writes its --out file and nothing else: %s",
    async ([command], { machine }) => {
      const out = `${STORY}/out.json`;
      const { mutations } = await trace(machine, [...HOSTCFG, command, "--out", out], { cwd: STORY });

      const elsewhere = mutations.filter(({ paths }) => !paths.every((path) => path.startsWith(`${STORY}/`)));
      expect(elsewhere.map(({ text }) => text)).toEqual([]);
      expect(JSON.parse(machine.readText(out))).toMatchObject({ formatVersion: "1.0" });
    },
  );
});
