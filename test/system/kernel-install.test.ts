import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { OLDER, write, writeSpec } from "./rig/grub.ts";
import { STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";
import { recordedRootUuid } from "./rig/story.ts";
import { ESP, bootSystemdBoot, letHooksFindTheEsp, playBootctl } from "./rig/systemd-boot.ts";

const TEMPLATE = "/etc/kernel/cmdline";
const ROOT = `root=UUID=${recordedRootUuid()}`;

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

/** The digest of each file of /etc and /boot, the ESP among them; ldconfig(8) writes its cache whenever it runs. */
function digests(machine: Machine): Promise<string> {
  const files = "find /etc /boot -type f ! -name ld.so.cache ! -name machine-info -print0";
  return machine.must("sh", "-c", `${files} | sort -z | xargs -0 sha256sum`);
}

function specOf(release: string, more = ""): string {
  return `apiVersion: hostcfg/v1
kernel:
  release: ${release}
${more}kernelOptions: { present: [iommu=pt] }
`;
}

// One machine: what an apply has done is undone before the next one.
describe("a Debian host that boots by systemd-boot, for a release that has no entry", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootSystemdBoot();
    await letHooksFindTheEsp(machine);
  });
  afterAll(async () => {
    await machine.discard();
  });

  it.each([
    ["without a template", undefined],
    ["with comments and lines", `# the root file system\n${ROOT} ro\n\n  # of mine\nloglevel=3\n`],
    ["with backslashes and quotes", `${ROOT} ro a\\tb dyndbg="file a.c +p"`],
  ])("%s, the real kernel-install writes the very entry that was promised", async (_what, template) => {
    const copies = `${ESP}/debian/${OLDER}`;
    await machine.must("rm", "-rf", copies, `${ESP}/loader/entries/debian-${OLDER}.conf`);
    if (template === undefined) await machine.must("rm", TEMPLATE);
    else await write(machine, TEMPLATE, template);
    await writeSpec(machine, specOf(OLDER));
    const before = await digests(machine);
    const { nextBoot } = await planOf(machine);
    await mustHostcfg(machine, "apply", "--auto-approve");
    const { release, cmdline } = await playBootctl(machine);
    const after = nextBoot.after.known ? nextBoot.after.value : undefined;
    // What echo made of a backslash may be a blank of another kind.
    expect([release, cmdline.replaceAll(/\s+/g, " ")]).toEqual([
      OLDER,
      `initrd=${(after?.initrd ?? "").replace(ESP, "").replaceAll("/", "\\")} ${after?.options ?? ""}`,
    ]);
    expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
    await mustHostcfg(machine, "undo", "--auto-approve");
    // Nothing names what kernel-install has copied there.
    await machine.must("rm", "-r", copies);
    expect(await digests(machine)).toBe(before);
  });

  it("takes a real Debian kernel from its package in one apply, plans nothing then, and gives each byte back", async () => {
    const { release, deb } = realKernel();
    const sha256 = createHash("sha256").update(readFileSync(deb)).digest("hex");
    await machine.put(deb, `${STORY}/${basename(deb)}`);
    await write(machine, TEMPLATE, `${ROOT} ro quiet\n`);
    const packages = `  packages:\n    - file: ${basename(deb)}\n      sha256: ${sha256}\n`;
    await writeSpec(machine, specOf(release, packages));
    const before = await digests(machine);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expect((await playBootctl(machine)).release).toBe(release);
    expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
    await mustHostcfg(machine, "undo", "--packages", "--auto-approve");
    expect(await digests(machine)).toBe(before);
  });
});
