import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/index.ts";
import type { Patch } from "../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf, verificationOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const MADE = Date.UTC(2020, 0, 1);
const MODPROBE: Patch = {
  "/etc/modprobe.d/vfio.conf": { kind: "file", text: "softdep nvidia pre: vfio-pci\n", modifiedAt: MADE + 1 },
};

function commands({ steps }: Plan): string[] {
  return steps.flatMap((step) => (step.kind === "exec" ? [step.argv.join(" ")] : [step.path]));
}

describe("the initrd of the declared release", () => {
  const { capture } = recordedHost("debian-grub");
  const RELEASE = "6.1.0-26-amd64";
  const initrd = `/boot/initrd.img-${RELEASE}`;
  const declared = { kernel: { release: RELEASE } };

  it("is left alone where it is newer than everything it is built from", async () => {
    const plan = await planOf(capture, declared);
    expect(plan.changes.map(({ address }) => address)).not.toContain("kernel.initrd");
    expect(plan.unchanged).toContainEqual({
      address: "kernel.initrd",
      reason: "newer than everything it is built from",
    });
  });

  it.each<[string, Patch, string, string]>([
    ["missing", { [initrd]: null }, "-c", "there is no initrd"],
    ["empty", { [initrd]: "" }, "-u", "it is empty (a full disk, or an interrupted run)"],
    ["older than a modprobe.d file", MODPROBE, "-u", "/etc/modprobe.d/vfio.conf changed after it was made"],
  ])(
    "is made for exactly that release where it is %s, before the loader's part",
    async (_what, patch, mode, reason) => {
      const plan = await planOf(patched(capture, patch), declared);
      expect(codes(plan, "error")).toEqual([]);
      expect(plan.changes[0]).toMatchObject({ address: "kernel.initrd", reason });
      expect(commands(plan)[0]).toBe(`update-initramfs ${mode} -k ${RELEASE}`);
      expect(plan.rebootNeeded).toBe(true);
    },
  );

  it("is not made anew, but warned of, where a file is dated later than now: it would stay older", async () => {
    const at = Date.parse(capture.takenAt) + 3_600_000;
    const path = "/etc/modprobe.d/vfio.conf";
    const plan = await planOf(
      patched(capture, { [path]: { kind: "file", text: "", modifiedAt: at } }),
      declared,
    );
    expect(codes(plan, "warning")).toContain("initrd-age-unknown");
    expect(commands(plan).filter((line) => line.startsWith("update-initramfs"))).toEqual([]);
  });

  it("is nobody's business where no release is declared", async () => {
    const plan = await planOf(patched(capture, MODPROBE), { kernelOptions: { present: ["iommu=pt"] } });
    expect(commands(plan).filter((line) => line.startsWith("update-initramfs"))).toEqual([]);
  });

  it("is not made by hostcfg where the host has another generator: the error says what is missing", async () => {
    const plan = await planOf(
      patched(capture, { "/usr/sbin/update-initramfs": null, [initrd]: null }),
      declared,
    );
    expect(codes(plan, "error")).toEqual(["kernel-incomplete"]);
  });

  it("is left to the hooks of the package that brings its kernel", async () => {
    const deb = debOf("linux-image-6.8.0-acso", "6.8.0-acso-1");
    const kernel = { release: "6.8.0-acso", packages: [packageOf(deb)] };
    const plan = await planOf(capture, { kernel }, [deb]);
    expect(commands(plan).filter((line) => line.startsWith("update-initramfs"))).toEqual([]);
  });

  it("does not fit: an error that says so comes before anything is done", async () => {
    const full = patched(capture, {
      ...MODPROBE,
      "/boot": { ...capture.paths["/boot"], kind: "directory", freeBytes: 3 },
    });
    expect(codes(await planOf(full, declared), "error")).toEqual(["boot-space"]);
  });

  it("is judged by verify too, for the next boot uses it", async () => {
    const { findings } = await verificationOf(patched(capture, MODPROBE), declared);
    expect(findings).toContainEqual({
      address: "kernel.initrd",
      status: "unsatisfied",
      reason: "/etc/modprobe.d/vfio.conf changed after it was made",
      offenders: [],
    });
  });
});

describe("an initrd that is made anew reaches the loader", () => {
  it("with GRUB, whose menu is generated again only where it has no initrd yet", async () => {
    const { capture } = recordedHost("debian-grub");
    const kernel = { release: "6.1.0-26-amd64" };
    const pinned = recordedHost("proxmox-grub");
    const rebuilt = await planOf(patched(capture, MODPROBE), { kernel });
    expect(commands(rebuilt)).toContain("update-grub");
    const menu = pinned.capture.paths["/boot/grub/grub.cfg"]?.text ?? "";
    const bare = menu.replaceAll(/\n\s*initrd\s.*$/gm, "");
    const plan = await planOf(patched(pinned.capture, { "/boot/grub/grub.cfg": bare }), {
      kernel: { release: "6.8.12-8-pve" },
    });
    const after = plan.nextBoot.after;
    expect(after.known && after.value.initrd).toBe("/boot/initrd.img-6.8.12-8-pve");
    expect(commands(plan).at(-1)).toBe("update-grub");
  });

  it("with systemd-boot, by kernel-install, which copies it and writes the entry from the template", async () => {
    const { capture } = recordedHost("sd-boot-debian");
    const kernel = { release: "6.1.0-26-amd64" };
    const plan = await planOf(patched(capture, MODPROBE), { kernel });
    expect(commands(plan)).toEqual(
      expect.arrayContaining([
        "update-initramfs -u -k 6.1.0-26-amd64",
        "kernel-install add 6.1.0-26-amd64 /boot/vmlinuz-6.1.0-26-amd64 /boot/initrd.img-6.1.0-26-amd64",
      ]),
    );
  });

  it.each([
    ["a hook", {}, false],
    [
      "no hook",
      { "/etc/kernel/postinst.d/zz-kernelstub": null, "/etc/initramfs/post-update.d/zz-kernelstub": null },
      true,
    ],
  ])("with kernelstub and %s", async (_what, patch, run) => {
    const { capture } = recordedHost("intel-z390");
    const running = capture.paths["/proc/sys/kernel/osrelease"]?.text?.trim() ?? "";
    const plan = await planOf(patched(capture, { ...MODPROBE, ...patch }), { kernel: { release: running } });
    expect(codes(plan, "error")).toEqual([]);
    expect(commands(plan)).toContain(`update-initramfs -u -k ${running}`);
    expect(commands(plan).some((line) => line.startsWith("kernelstub "))).toBe(run);
  });

  it.each([
    ["hooks", {}],
    ["no hook", { "/etc/initramfs/post-update.d/proxmox-boot-sync": null }],
  ])("with proxmox-boot-tool by a refresh, with %s of its own", async (_what, patch) => {
    const { capture } = recordedHost("proxmox-zfs");
    const pinned = patched(capture, {
      ...MODPROBE,
      ...patch,
      "/etc/kernel/proxmox-boot-pin": "6.8.12-8-pve\n",
    });
    expect(commands(await planOf(pinned, { kernel: { release: "6.8.12-8-pve" } }))).toEqual(
      expect.arrayContaining(["update-initramfs -u -k 6.8.12-8-pve", "proxmox-boot-tool refresh"]),
    );
  });
});
