import { describe, expect, it } from "vitest";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const [NEW, OLD] = ["6.1.0-26-amd64", "6.1.0-25-amd64"];

describe("boot symlinks", () => {
  it("that name another kernel are retargeted, the old target recorded", async () => {
    const plan = await planOf(capture, { bootSymlinks: { "/vmlinuz": `boot/vmlinuz-${OLD}` } });
    expect(plan.changes).toEqual([
      {
        address: "bootSymlinks./vmlinuz",
        action: "update",
        before: `boot/vmlinuz-${NEW}`,
        after: `boot/vmlinuz-${OLD}`,
        reason: "it points elsewhere",
        effect: "now",
      },
    ]);
    expect(plan.steps).toMatchObject([
      {
        kind: "symlink",
        path: "/vmlinuz",
        target: `boot/vmlinuz-${OLD}`,
        expect: { kind: "symlink", target: `boot/vmlinuz-${NEW}` },
      },
    ]);
  });

  it.each([`boot/vmlinuz-${NEW}`, `/boot/vmlinuz-${NEW}`])(
    "that end at the same file are equal, spelled %j or not",
    async (target) => {
      const plan = await planOf(capture, { bootSymlinks: { "/vmlinuz": target } });
      expect([plan.changes, plan.steps]).toEqual([[], []]);
      expect(plan.unchanged).toMatchObject([{ address: "bootSymlinks./vmlinuz" }]);
    },
  );

  it("that are missing are made", async () => {
    const plan = await planOf(capture, { bootSymlinks: { "/boot/vmlinuz": `vmlinuz-${OLD}` } });
    expect(plan.changes).toMatchObject([{ action: "create", before: null }]);
    expect(plan.steps).toMatchObject([{ expect: { kind: "absent" } }]);
  });

  it("that dangle are set right", async () => {
    const host = patched(capture, { "/vmlinuz": { kind: "symlink", target: "boot/vmlinuz-gone" } });
    const plan = await planOf(host, { bootSymlinks: { "/vmlinuz": `boot/vmlinuz-${NEW}` } });
    expect(plan.changes).toMatchObject([{ before: "boot/vmlinuz-gone", reason: "it dangles" }]);
  });

  it("to a file that is not there are refused, unless the plan brings it", async () => {
    const links = { "/vmlinuz": "boot/vmlinuz-6.9.0-acso" };
    expect(codes(await planOf(capture, { bootSymlinks: links }), "error")).toEqual(["symlink-dangling"]);
    const deb = debOf("linux-image-6.9.0-acso", "6.9.0-1");
    const plan = await planOf(capture, { bootSymlinks: links, kernel: { packages: [packageOf(deb)] } }, [
      deb,
    ]);
    expect(codes(plan, "error")).toEqual([]);
    const packages = plan.steps.findIndex((step) => step.kind === "exec" && step.action.does === "install");
    expect(plan.steps.slice(packages).map(({ kind }) => kind)).toContain("symlink");
  });

  it.each([
    ["a file", { "/vmlinuz": "a real kernel" }, "is a file"],
    ["a folder", { "/vmlinuz": { kind: "directory" as const, entries: [] } }, "is a directory"],
  ])("never replace %s", async (_title, patch, clause) => {
    const plan = await planOf(patched(capture, patch), {
      bootSymlinks: { "/vmlinuz": `boot/vmlinuz-${NEW}` },
    });
    expect(codes(plan, "error")).toEqual(["symlink-occupied"]);
    expect(plan.diagnostics[0]?.summary).toContain(clause);
    expect(plan.diagnostics[0]?.specPath).toEqual(["bootSymlinks", "/vmlinuz"]);
  });

  it("never replace a link to a folder, such as /lib on a merged-usr host", async () => {
    const host = patched(capture, { "/boot/kernels": { kind: "symlink", target: "/etc" } });
    const plan = await planOf(host, {
      bootSymlinks: { "/boot/kernels": `vmlinuz-${NEW}`, "/lib": `boot/vmlinuz-${NEW}` },
    });
    expect(codes(plan, "error")).toEqual(["symlink-occupied", "symlink-occupied"]);
    expect(plan.steps).toEqual([]);
  });

  it("in a folder that is not there are refused", async () => {
    const plan = await planOf(capture, { bootSymlinks: { "/boot/none/vmlinuz": `/boot/vmlinuz-${NEW}` } });
    expect(codes(plan, "error")).toEqual(["symlink-folder"]);
  });

  it("that already read so are left alone where the link that they name changes", async () => {
    const host = patched(capture, {
      "/boot/vmlinuz": { kind: "symlink", target: `vmlinuz-${NEW}` },
      "/vmlinuz": { kind: "symlink", target: "boot/vmlinuz" },
    });
    const plan = await planOf(host, {
      bootSymlinks: { "/vmlinuz": "boot/vmlinuz", "/boot/vmlinuz": `vmlinuz-${OLD}` },
    });
    expect(plan.changes.map(({ address }) => address)).toEqual(["bootSymlinks./boot/vmlinuz"]);
  });

  it("are refused on FAT, which has none", async () => {
    const plan = await planOf(capture, { bootSymlinks: { "/boot/efi/vmlinuz": `/boot/vmlinuz-${NEW}` } });
    expect(codes(plan, "error")).toEqual(["symlink-on-fat"]);
  });

  it("that name each other follow what is declared, so one apply is enough", async () => {
    const links = { "/vmlinuz.old": `boot/vmlinuz-${NEW}`, "/vmlinuz": "vmlinuz.old" };
    const plan = await planOf(capture, { bootSymlinks: links });
    // /vmlinuz ends at the new kernel today, and still will once /vmlinuz.old is retargeted.
    expect(plan.changes.map(({ address }) => address)).toEqual(["bootSymlinks./vmlinuz.old"]);
  });
});
