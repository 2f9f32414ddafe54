import { describe } from "vitest";
import { expectEndState } from "./rig/end-state.ts";
import { PRODUCT, STORY } from "./rig/hostcfg.ts";
import { succeeded } from "./rig/ran.ts";
import { it } from "./rig/machines.ts";

describe("--root DIR --chroot", () => {
  it("does from outside what apply does inside", async ({ machine }) => {
    const hostcfg = [process.execPath, `${machine.mount}${PRODUCT}/dist/hostcfg.js`];
    const where = ["--root", machine.mount, "--chroot", `${machine.mount}${STORY}/host.yaml`];
    const apply = [...hostcfg, "apply", "--auto-approve", ...where];
    await succeeded(machine.run(apply, { outside: true }), apply);

    await expectEndState(machine);
  });
});
