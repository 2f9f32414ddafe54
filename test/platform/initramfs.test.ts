import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import { codes, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const RELEASE = "6.1.0-25-amd64";
const UPDATER = "/usr/sbin/update-initramfs";
const WITHOUT_INITRD = { [`/boot/initrd.img-${RELEASE}`]: null };
const DRACUT = { "/usr/bin/dracut": "#!/bin/sh\n" };
/** In our own words: it only calls dracut and then the hooks. */
const WRAPPER = `#!/bin/sh\n# as initramfs-tools has it\ndracut --force "/boot/initrd.img-$version" "$version"\n`;

const HOOK = { "/etc/kernel/postinst.d/dracut": "#!/bin/sh\n" };
const VFIO = { devices: { gpu: { class: "vga", address: "01:00" } }, vfio: { devices: ["gpu"] } };
const stepsOf = ({ steps }: Plan): readonly string[] =>
  steps.map((step) => (step.kind === "exec" ? step.argv.join(" ") : `${step.kind} ${step.path}`));

describe.each([
  ["that has no update-initramfs", { ...DRACUT, ...HOOK, [UPDATER]: null }],
  ["that has one of its own", { ...DRACUT, ...HOOK, [UPDATER]: WRAPPER }],
])("where the hook of dracut's package makes the initrds, one %s", (_what, dracut) => {
  it("a missing initrd is made by dracut", async () => {
    const plan = await planOf(patched(capture, { ...WITHOUT_INITRD, ...dracut }), {
      kernel: { release: RELEASE },
    });
    expect(codes(plan, "error")).toEqual([]);
    expect(stepsOf(plan)).toContain(`dracut --force /boot/initrd.img-${RELEASE} ${RELEASE}`);
  });

  it("vfio is bound by files that dracut reads, and by none of initramfs-tools", async () => {
    const plan = await planOf(patched(capture, dracut), VFIO);
    expect(codes(plan, "error")).toEqual([]);
    const paths = stepsOf(plan);
    expect(paths).toContain("writeFile /etc/dracut.conf.d/95-hostcfg-vfio.conf");
    expect(paths).toContain("writeFile /etc/modprobe.d/hostcfg-vfio.conf");
    expect(paths.filter((path) => path.includes("initramfs-tools"))).toEqual([]);
  });

  it.each([
    ["/etc/dracut.conf", 'uefi="yes"'],
    ["/etc/dracut.conf.d/x.conf", "kernel_only=yes"],
    ["/usr/lib/dracut/dracut.conf.d/x.conf", "  no_kernel='yes'"],
  ])("is left alone where %s has it make other images: %s", async (path, text) => {
    const plan = await planOf(patched(capture, { ...WITHOUT_INITRD, ...dracut, [path]: `${text}\n` }), VFIO);
    expect(plan.diagnostics.find(({ code }) => code === "vfio-initramfs")?.summary).toContain(path);
    expect(JSON.stringify(plan.steps)).not.toContain("dracut");
  });

  it("is driven where such a line is a comment", async () => {
    const plan = await planOf(patched(capture, { ...dracut, "/etc/dracut.conf": "# uefi=yes\n" }), VFIO);
    expect(codes(plan, "error")).toEqual([]);
  });
});

describe.each([
  ["that has no update-initramfs", { ...DRACUT, [UPDATER]: null }],
  ["that has one of its own", { ...DRACUT, [UPDATER]: WRAPPER }],
])("where dracut is there without the hook that says how it makes initrds, one %s", (_what, dracut) => {
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
