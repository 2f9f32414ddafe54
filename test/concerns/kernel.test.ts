import { describe, expect, it } from "vitest";
import { answering, codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const PACKAGED = "5.3.0-7625-generic";
const OTHER_GENERATOR = { "/usr/sbin/update-initramfs": null };

describe("a declared release", () => {
  it("may come in a package of any name, whose files tell", async () => {
    const deb = debOf("acme-host", "1");
    if (!deb.control.known) throw new Error("debOf gives no control file");
    const kernel = { release: "6.9-acme", part: "image" } as const;
    const itself = { ...deb, control: { known: true as const, value: { ...deb.control.value, kernel } } };
    const wish = { kernel: { release: "6.9-acme", packages: [packageOf(deb)] } };
    expect(codes(await planOf(capture, wish, [itself]), "error")).toEqual([]);
    expect(codes(await planOf(capture, wish, [deb]), "error")).toEqual(["kernel-missing"]);
  });

  it("that is nowhere is an error that lists what is there", async () => {
    const plan = await planOf(capture, { kernel: { release: "9.9.9" } });
    expect(codes(plan, "error")).toEqual(["kernel-missing"]);
    expect(plan.diagnostics[0]?.hint).toContain(PACKAGED);
  });

  it.each([
    ["image", { [`/boot/vmlinuz-${PACKAGED}`]: null }, "its image"],
    ["initrd", { ...OTHER_GENERATOR, [`/boot/initrd.img-${PACKAGED}`]: null }, "its initrd"],
    ["whole initrd", { ...OTHER_GENERATOR, [`/boot/initrd.img-${PACKAGED}`]: "" }, "is empty"],
  ])(
    "without its %s, which hostcfg cannot make, is an error with the remedy",
    async (_part, patch, clause) => {
      const plan = await planOf(patched(capture, patch), { kernel: { release: PACKAGED } });
      const [error] = plan.diagnostics.filter(({ severity }) => severity === "error");
      expect([error?.code, plan.applyable]).toEqual(["kernel-incomplete", false]);
      expect(error?.summary).toContain(clause);
      expect(error?.hint).toContain(PACKAGED);
    },
  );

  it("of which only an initrd is there does not count as a kernel", async () => {
    const plan = await planOf(capture, { kernel: { release: "5.3.0-24-generic" } });
    expect(codes(plan, "error")).toEqual(["kernel-incomplete"]);
  });
});

describe("holding the kernel's packages", () => {
  const deb = debOf("linux-image-5.3.0-acso", "5.3.0-acso-1");
  const held = "linux-image-5.3.0-acso\t5.3.0-acso-1\tamd64\thold\tinstalled\tok\n";

  it("comes after their installation", async () => {
    const plan = await planOf(capture, { kernel: { packages: [packageOf(deb)], hold: true } }, [deb]);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? [step.argv[0]] : []))).toEqual([
      "dpkg",
      "apt-mark",
    ]);
    expect(plan.changes.find(({ address }) => address.startsWith("kernel.hold."))).toMatchObject({
      address: "kernel.hold.linux-image-5.3.0-acso",
      after: "held",
    });
  });

  it("is nothing to do when they are held", async () => {
    const plan = await planOf(
      answering(capture, "dpkg-query", held),
      { kernel: { packages: [packageOf(deb)], hold: true } },
      [deb],
    );
    expect([plan.changes, plan.steps]).toEqual([[], []]);
  });

  it("is renewed when dpkg installs the package again, for that clears it", async () => {
    const broken = held.replace("installed", "half-configured");
    const host = answering(capture, "dpkg-query", broken);
    const plan = await planOf(host, { kernel: { packages: [packageOf(deb)], hold: true } }, [deb]);
    expect(plan.steps.flatMap((step) => (step.kind === "exec" ? [step.argv[0]] : []))).toEqual([
      "dpkg",
      "apt-mark",
    ]);
  });

  it("is taken back by hold: false", async () => {
    const plan = await planOf(
      answering(capture, "dpkg-query", held),
      { kernel: { packages: [packageOf(deb)], hold: false } },
      [deb],
    );
    expect(plan.steps).toMatchObject([{ argv: ["apt-mark", "unhold", "linux-image-5.3.0-acso"] }]);
  });

  it("finds the packages of a declared release by name", async () => {
    const plan = await planOf(capture, { kernel: { release: PACKAGED, hold: true } });
    const names = plan.changes
      .map(({ address }) => address)
      .filter((address) => address.startsWith("kernel.hold."));
    expect(names).toContain(`kernel.hold.linux-image-${PACKAGED}`);
  });

  it("is an error where there is nothing to hold", async () => {
    expect(codes(await planOf(capture, { kernel: { hold: true } }), "error")).toEqual(["hold-nothing"]);
  });
});
