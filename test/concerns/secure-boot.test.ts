import { describe, expect, it } from "vitest";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("pop-x570");
const VARIABLE = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
const RELEASE = "5.3.0-7625-generic";
const secured = patched(capture, {
  [VARIABLE]: { kind: "file", base64: Buffer.from([6, 0, 0, 0, 1]).toString("base64") },
});

describe("Secure Boot", () => {
  it("forbids an unsigned kernel before anything is changed", async () => {
    const host = patched(secured, { [`/boot/vmlinuz-${RELEASE}`]: "no PE image" });
    const plan = await planOf(host, { kernel: { release: RELEASE } });
    expect(codes(plan, "error")).toEqual(["secure-boot-unsigned"]);
  });

  it("leaves open what a package brings: that is looked at once it is installed", async () => {
    const deb = debOf("linux-image-5.3.0-acso", "5.3.0-acso-1");
    const spec = { kernel: { release: "5.3.0-acso", packages: [packageOf(deb)] } };
    const plan = await planOf(secured, spec, [deb]);
    expect(codes(plan, "error")).toEqual([]);
    expect(codes(plan, "warning")).toContain("secure-boot-unknown");
  });

  it("warns where no kernel is declared and the one that boots next is another than runs and is unsigned", async () => {
    const spec = { kernelOptions: { present: ["quiet"] } };
    const running = (release: string) =>
      patched(secured, {
        "/proc/sys/kernel/osrelease": `${release}\n`,
        [`/boot/vmlinuz-${RELEASE}`]: "no PE image",
        "/boot/efi/EFI/Pop_OS-2105a9ac-da30-41ba-87a9-75437bae74c6/vmlinuz.efi": "no PE image",
      });
    const other = await planOf(running("5.0.0-other"), spec);
    expect([codes(other, "error"), codes(other, "warning")]).toEqual([
      [],
      expect.arrayContaining(["secure-boot-unsigned"]),
    ]);
    // What runs was started.
    expect(codes(await planOf(running(RELEASE), spec), "warning")).not.toContain("secure-boot-unsigned");
  });

  it("is open for a kernel that a package brings and that boots next without being declared", async () => {
    const deb = debOf("linux-image-6.99.0-1-amd64", "6.99");
    const plan = await planOf(secured, { kernel: { packages: [packageOf(deb)] } }, [deb]);
    expect(codes(plan, "warning")).toContain("secure-boot-unknown");
  });

  it("says nothing where it is off, or what boots next is signed or runs", async () => {
    expect(codes(await planOf(capture, { kernel: { release: RELEASE } }), "error")).toEqual([]);
    expect(codes(await planOf(secured, { kernelOptions: { present: ["quiet"] } }), "error")).toEqual([]);
  });
});
