import { expect, it } from "vitest";
import { DRIVES } from "../../../src/boot/detect/decide.ts";
import { LOADERS } from "../../../src/boot/loaders.ts";

it("every loader that hostcfg drives is one that some start of this boot may mean", () => {
  expect(new Set(Object.values(DRIVES).flat())).toEqual(new Set(Object.keys(LOADERS)));
});
