import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LOADER_DEFAULT } from "../../src/boot/efi-variables.ts";
import { markOf } from "../../src/cmdline.ts";
import { inFolder } from "../faults/support/acts.ts";
import { undo } from "../support/story.ts";
import { Machine, applied } from "./machine.ts";

/** The key d in systemd-boot's menu sets it, and it comes before loader.conf. */
const CHOSEN = Buffer.concat([
  Buffer.from([7, 0, 0, 0]),
  Buffer.from("debian-6.1.0-26-amd64.conf\0", "utf16le"),
]);

it("a default in an EFI variable gives way to what booted before, and comes back to the byte", async () => {
  await inFolder(async (folder) => {
    const spec = { kernel: { release: "6.1.0-25-amd64" }, kernelOptions: { present: ["iommu=pt"] } };
    const machine = new Machine(folder, "sd-boot-debian", spec);
    writeFileSync(join(machine.root, LOADER_DEFAULT), CHOSEN);
    const image = machine.image();
    expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
    expect(markOf((await machine.next()).options)).toBe("trial");
    await machine.reboot();
    expect(markOf((await machine.next()).options)).toBe("before");
    await machine.reboot();
    expect((await machine.hostcfg("at-boot")).exit).toBe(0);
    expect(machine.image()).toBe(image);

    await machine.reboot();
    expect(await applied(machine.host, () => machine.trialPlan("verification"))).toBe("applied");
    await machine.settle();
    expect(await machine.next()).toMatchObject({ release: { value: "6.1.0-25-amd64" } });
    expect((await undo(machine.host, (await machine.newest()).id)).status).toBe("applied");
    expect(machine.image()).toBe(image);
  });
});
