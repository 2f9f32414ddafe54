import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { NEWER, OLDER, install, write, writeSpec } from "./rig/grub.ts";
import { OWN_SUITE } from "./rig/base.ts";
import { STORY, hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { realKernel } from "./rig/real-kernel.ts";
import { recordedRootUuid } from "./rig/story.ts";
import { FIRST_BOOT_MS, SUITES } from "./rig/suites.ts";
import { ESP, bootSystemdBoot, letHooksFindTheEsp, playBootctl } from "./rig/systemd-boot.ts";

/** What a live medium's kernel shows. */
const LIVE = "BOOT_IMAGE=/casper/vmlinuz boot=casper quiet splash ---";
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

/** That what the plan said of the next boot is what bootctl says; what echo made of a backslash may be another blank. */
async function expectPromised({ nextBoot }: Plan, machine: Machine): Promise<void> {
  const { release, cmdline } = await playBootctl(machine);
  const after = nextBoot.after.known ? nextBoot.after.value : undefined;
  expect([release, cmdline.replaceAll(/\s+/g, " ")]).toEqual([
    after?.release.known === true ? after.release.value : undefined,
    `initrd=${(after?.initrd ?? "").replace(ESP, "").replaceAll("/", "\\")} ${after?.options ?? ""}`,
  ]);
}

// One machine of each: what an apply has done is undone before the next one.
describe.each(SUITES)(
  "a host of Debian %s that boots by systemd-boot, for a release that has no entry",
  (suite) => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await bootSystemdBoot(suite);
      await letHooksFindTheEsp(machine);
    }, FIRST_BOOT_MS);
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
      const plan = await planOf(machine);
      await mustHostcfg(machine, "apply", "--auto-approve");
      await expectPromised(plan, machine);
      expect((await playBootctl(machine)).release).toBe(OLDER);
      expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
      await mustHostcfg(machine, "undo", "--auto-approve");
      // Nothing names what kernel-install has copied there.
      await machine.must("rm", "-r", copies);
      expect(await digests(machine)).toBe(before);
    });

    it("worked on from a live medium, without a template, gets no option of that medium", async () => {
      await machine.powerOff();
      await machine.powerOn({ release: NEWER, cmdline: LIVE });
      await machine.must("rm", "-rf", TEMPLATE, `${ESP}/debian/${OLDER}`);
      await machine.must("rm", "-f", `${ESP}/loader/entries/debian-${OLDER}.conf`);
      await writeSpec(machine, `bootLoader: systemd-boot\n${specOf(OLDER)}`);
      const plan = await planOf(machine);
      await mustHostcfg(machine, "apply", "--auto-approve");
      await expectPromised(plan, machine);
      expect((await playBootctl(machine)).cmdline).toMatch(new RegExp(` ${ROOT} ro quiet .*iommu=pt$`));
      expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
      await mustHostcfg(machine, "undo", "--auto-approve");
    });

    it.runIf(suite === OWN_SUITE)(
      "takes a real Debian kernel from its package in one apply, plans nothing then, and gives each byte back",
      async () => {
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
      },
    );

    it("keeps its pin where the machine id, by which entries are named, was made anew", async () => {
      const add = (release: string): Promise<string> =>
        machine.must(
          "kernel-install",
          "add",
          release,
          `/boot/vmlinuz-${release}`,
          `/boot/initrd.img-${release}`,
        );
      const entries = `${ESP}/loader/entries`;
      await machine.must("sh", "-ec", `rm -rf ${ESP}/debian ${entries}/* /etc/kernel/entry-token`);
      await write(machine, TEMPLATE, `${ROOT} ro quiet\n`);
      await write(machine, "/etc/machine-id", `${"0123".repeat(8)}\n`);
      await machine.must("mkdir", `${ESP}/${"0123".repeat(8)}`);
      for (const release of [OLDER, NEWER]) await add(release);
      await write(machine, "/etc/machine-id", `${"f".repeat(32)}\n`);
      await writeSpec(machine, specOf(OLDER));
      const plan = await planOf(machine);
      await mustHostcfg(machine, "apply", "--auto-approve");
      await expectPromised(plan, machine);
      expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
      await install(machine, "6.1.0-27-amd64");
      expect((await machine.must("ls", entries)).includes(`${"f".repeat(32)}-6.1.0-27-amd64.conf`)).toBe(
        true,
      );
      expect((await playBootctl(machine)).release).toBe(OLDER);
    });
  },
);
