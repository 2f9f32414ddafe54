import { describe, expect, it } from "vitest";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const RELEASE = "6.1.0-25-amd64";
const UPDATER = "/usr/sbin/update-initramfs";
const WITHOUT_INITRD = { [`/boot/initrd.img-${RELEASE}`]: null };
const DRACUT = { "/usr/bin/dracut": "#!/bin/sh\n" };
/** In our own words: it only calls dracut and then the hooks. */
const WRAPPER = `#!/bin/sh\n# as initramfs-tools has it\ndracut --force "/boot/initrd.img-$version" "$version"\n`;

describe.each([
  ["that has no update-initramfs", { ...DRACUT, [UPDATER]: null }],
  ["that has one of its own", { ...DRACUT, [UPDATER]: WRAPPER }],
])("where dracut makes the initrds, one %s", (_what, dracut) => {
  it("a missing initrd is refused, with dracut's command", async () => {
    const plan = await planOf(patched(capture, { ...WITHOUT_INITRD, ...dracut }), {
      kernel: { release: RELEASE },
    });
    expect(plan.diagnostics.find(({ code }) => code === "kernel-incomplete")?.hint).toBe(
      `sudo dracut --force /boot/initrd.img-${RELEASE} ${RELEASE}`,
    );
    expect(JSON.stringify(plan.steps)).not.toContain("make-initrd");
  });

  it("vfio is refused with the reason, and with what to do in dracut's words alone", async () => {
    const plan = await planOf(patched(capture, dracut), {
      devices: { gpu: { class: "vga", address: "01:00" } },
      vfio: { devices: ["gpu"] },
    });
    expect(codes(plan, "error")).toContain("vfio-initramfs");
    const said = plan.diagnostics.find(({ code }) => code === "vfio-initramfs");
    expect(said?.summary).toContain("dracut makes the initrds here");
    expect(said?.hint).toContain("force_drivers");
    expect(said?.hint).not.toContain("mkinitcpio");
  });

  it("an initrd that is there is used as it is", async () => {
    const plan = await planOf(patched(capture, dracut), { kernel: { release: RELEASE } });
    expect(codes(plan, "error")).toEqual([]);
    expect(JSON.stringify(plan.steps)).not.toContain("make-initrd");
  });
});

it("dracut beside initramfs-tools changes nothing", async () => {
  const plan = await planOf(patched(capture, { ...WITHOUT_INITRD, ...DRACUT }), {
    kernel: { release: RELEASE },
  });
  expect(JSON.stringify(plan.steps)).toContain('"by":"initramfs-tools"');
});
