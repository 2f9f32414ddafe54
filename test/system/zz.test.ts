import { expect, it } from "vitest";
import { MENUS } from "../boot/grub/real-menus.ts";
import { askGrub } from "./rig/ask-grub.ts";
it.each([["2.06", "bookworm"], ["2.12", "trixie"]] as const)("x %s", async (version, suite) => {
  const menus = MENUS.slice(-2);
  const answers = await askGrub(suite, menus);
  console.log(JSON.stringify(answers));
  expect(answers).toEqual(menus.map((m) => m.answers[version]));
}, 900_000);
