import { expect, it } from "vitest";
import { parseJson } from "../../src/facts/json.ts";
import { readSavedPlan } from "../../src/plan/saved.ts";
import { patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

it("reads JSON as it is, and none that is nested without need", () => {
  expect(parseJson('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
  expect(() => parseJson(nested(100))).not.toThrow();
  expect(() => parseJson(nested(201))).not.toThrow();
  expect(() => parseJson(nested(100_000))).toThrow(SyntaxError);
});

it("so a saved plan that is nested a hundred thousand times is refused", async () => {
  const plan = JSON.stringify(await planOf(recordedHost("debian-grub").capture, {}));
  const deep = plan.replace('"document":{', `"document":{"x":${nested(100_000)},`);
  expect(deep).not.toBe(plan);
  expect(await readSavedPlan(Buffer.from(deep))).toMatchObject({ diagnostics: [{ code: "not-a-plan" }] });
});

it("so kernelstub's configuration that is nested a hundred thousand times is refused", async () => {
  const { capture } = recordedHost("pop-x570");
  const path = "/etc/kernelstub/configuration";
  const text = (capture.paths[path]?.text ?? "").replace("{", `{"x":${nested(100_000)},`);
  const plan = await planOf(patched(capture, { [path]: text }), { kernelOptions: { present: ["zz=1"] } });
  expect(plan.applyable).toBe(false);
});
