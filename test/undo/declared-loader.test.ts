import { join } from "node:path";
import { expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { makePlan } from "../../src/plan/make.ts";
import { probe } from "../../src/plan/probe.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { inFolder } from "../faults/support/acts.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import { patched } from "../support/planning.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { undo } from "../support/story.ts";
import { applyOn } from "../support/apply-on.ts";

const GRUB = [
  "/boot/grub/grub.cfg",
  "/boot/grub/grubenv",
  "/etc/default/grub",
  "/usr/sbin/update-grub",
  "/etc/kernel/postinst.d/zz-update-grub",
];

it("an undo speaks of the loader that its apply was about, and not of the one that is detected", async () => {
  await inFolder(async (folder) => {
    const { paths } = recordedHost("debian-grub").capture;
    const files = GRUB.flatMap((path) => {
      const file = paths[path];
      return file === undefined ? [] : [[path, file] as const];
    });
    const both = patched(recordedHost("sd-boot-debian").capture, Object.fromEntries(files));
    const root = join(folder, "root");
    materialise(withoutDevices(both), root);
    const host = new StandInHost(root);
    const spec: HostSpec = {
      apiVersion: "hostcfg/v1",
      bootLoader: "grub",
      kernel: { release: "6.1.0-25-amd64" },
    };
    const source = {
      path: "host.yaml",
      sha256: "0".repeat(64),
      spec,
      diagnostics: [],
      locate: () => undefined,
    };
    const replan = async (): Promise<Plan> =>
      makePlan({ source, state: await probe(host.reader(), spec), debs: [], hostcfgVersion: "0.0.0" });
    const applied = await applyOn(host, replan);
    expect(applied.status).toBe("applied");
    expect((await undo(host, "0001")).status).toBe("applied");
  });
});
