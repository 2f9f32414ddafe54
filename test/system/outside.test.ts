import { describe, expect } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { PRODUCT, STORY } from "./rig/hostcfg.ts";
import { it } from "./rig/machines.ts";

describe("--root DIR --chroot", () => {
  it("does from outside what apply does inside", async ({ machine }) => {
    const hostcfg = [process.execPath, `${machine.mount}${PRODUCT}/dist/hostcfg.js`];
    const where = ["--root", machine.mount, "--chroot", `${machine.mount}${STORY}/host.yaml`];
    const applied = await machine.run([...hostcfg, "apply", "--auto-approve", ...where], { outside: true });

    expect(applied).toMatchObject({ exitCode: 0 });
    await expectEndState(machine);
  });
});
