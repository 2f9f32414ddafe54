import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import type { GrubSetting } from "./grub-settings.ts";
import { GRUB_SETTINGS } from "./grub-settings.ts";
import { NEWER, bootGrub, install, playGrub, write, writeSpec } from "./rig/grub.ts";
import { playMenu } from "./rig/grub-menu.ts";
import { hostcfg, mustHostcfg } from "./rig/hostcfg.ts";
import type { Machine } from "./rig/machine.ts";
import { FIRST_BOOT_MS, SUITES } from "./rig/suites.ts";

/** VARIANTS=all tries each setting with each release's GRUB, else those that are marked. */
const ALL = process.env["VARIANTS"] === "all";
const SAMPLED = GRUB_SETTINGS.filter(({ sampled }) => sampled === true);
const TRIED = ALL ? GRUB_SETTINGS : SAMPLED.filter((_, index) => index % 2 === 0);

const SETTINGS = "/etc/default/grub";
/** What a setting may touch, to be as it was for the next one. */
const OWN = ["/etc/default", "/etc/grub.d", "/boot"];
const KEPT = "/root/before.tar";

describe.each(SUITES)("GRUB of %s, by the real update-grub", (suite) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootGrub(suite);
    await install(machine, "6.1.0-27-amd64");
    // Neither the drop-in of somebody else's nor options of this boot.
    await machine.must("rm", "-r", "/etc/default/grub.d");
    await write(machine, SETTINGS, PLAIN);
    await machine.must("tar", "-C", "/", "--one-file-system", "-cf", KEPT, ...OWN.map((path) => `.${path}`));
  }, FIRST_BOOT_MS);
  afterAll(async () => {
    await machine.discard();
  });

  it.each(TRIED.map((setting) => [setting.name, setting] as const))("%s", async (_name, setting) => {
    await layOut(machine, setting);
    const made = await machine.run(["update-grub"]);
    expect(made.exitCode === 0, made.stderr).toBe(setting.refused !== "update-grub fails");
    await writeSpec(machine, `apiVersion: hostcfg/v1\n${setting.spec}\n`);
    const before = await digests(machine);
    const plan = await planOf(machine);
    if (setting.refused !== undefined) {
      expect(plan.applyable).toBe(false);
      const told = plan.diagnostics.map(({ summary, hint }) => `${summary} ${hint ?? ""}`).join("\n");
      expect(told).toMatch(setting.told ?? / /);
      expect((await hostcfg(machine, "apply", "--auto-approve")).exitCode).toBe(1);
      expect(await digests(machine)).toBe(before);
      return;
    }
    expectTruth(plan.nextBoot.before, machine, setting);
    await mustHostcfg(machine, "apply", "--auto-approve");
    expectTruth(plan.nextBoot.after, machine, setting);
    if (setting.starts !== undefined) expect(playGrub(machine).release).toBe(setting.starts);
    expect((await hostcfg(machine, "plan", "--detailed-exitcode")).exitCode).toBe(0);
    await mustHostcfg(machine, "undo", "--auto-approve");
    expect(await digests(machine)).toBe(before);
  });
});

/** As Debian's grub packages install it. */
const PLAIN = `GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=\`lsb_release -i -s 2> /dev/null || echo Debian\`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""
`;

async function layOut(machine: Machine, { settings = "", files = {}, run }: GrubSetting): Promise<void> {
  const away = "find /etc/default /etc/grub.d /boot -xdev -mindepth 1 ! -path /boot/efi -delete";
  await machine.must("sh", "-ec", `${away}; tar -C / -xf ${KEPT}`);
  await write(machine, SETTINGS, PLAIN + settings);
  for (const [path, text] of Object.entries(files)) {
    await write(machine, path, text);
    if (path.startsWith("/etc/grub.d/")) await machine.must("chmod", "755", path);
  }
  if (run !== undefined) await machine.must("sh", "-ec", run, "sh", NEWER);
}

async function planOf(machine: Machine): Promise<Plan> {
  return JSON.parse((await hostcfg(machine, "plan", "--json")).stdout) as Plan;
}

function digests(machine: Machine): Promise<string> {
  return machine.must("sh", "-c", `find ${OWN.join(" ")} -type f -print0 | sort -z | xargs -0 sha256sum`);
}

function expectTruth(boot: Plan["nextBoot"]["after"], machine: Machine, setting: GrubSetting): void {
  if (!boot.known) {
    expect(boot.why).toMatch(setting.unknown ?? / is never unknown here/);
    return;
  }
  const { kernel, initrd, options } = boot.value;
  expect({ kernel, initrd, line: options }).toEqual(playMenu(machine));
}
