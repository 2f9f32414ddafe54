import fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { run } from "../../src/boot/run.ts";
import type { Action, HostState, Plan, Step } from "../../src/model/index.ts";
import { probe } from "../../src/plan/probe.ts";
import { bootProblems } from "../../src/simulate/proof.ts";
import { kernelByName } from "../../src/platform/debian/kernel-of.ts";
import { prefixStates } from "../../src/simulate/step.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { actsOf, inFolder } from "../faults/support/acts.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "../support/materialise.ts";
import type { Patch } from "../support/planning.ts";
import { codes, debOf, packageOf, patched, planOf } from "../support/planning.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { undoPlan } from "../support/story.ts";

type Wish = Omit<HostSpec, "apiVersion">;
interface Made {
  readonly plan: Plan;
  readonly state: HostState;
}

const EXTRA = "6.8.0-acso";
const KERNEL: Patch = {
  [`/boot/vmlinuz-${EXTRA}`]: { kind: "file", text: `kernel ${EXTRA}\n`, modifiedAt: 0 },
  [`/boot/initrd.img-${EXTRA}`]: { kind: "file", text: `initrd of ${EXTRA}\n`, modifiedAt: 1 },
  [`/boot/config-${EXTRA}`]: "",
  [`/usr/lib/modules/${EXTRA}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
};
const DEB = debOf(`linux-image-${EXTRA}`, "1");
const PINNED = { kernel: { release: "6.8.0-76060800daily20240311-generic" } };

async function made(host: string, wish: Wish, patch: Patch = {}): Promise<Made> {
  const capture = patched(recordedHost(host).capture, patch);
  const state = await probe(new LinkReader(new CaptureTree(capture)), { apiVersion: "hostcfg/v1", ...wish });
  return { plan: await planOf(capture, wish, wish.kernel?.packages === undefined ? [] : [DEB]), state };
}

const problemsOf = ({ plan, state }: Made, steps: readonly Step[] = plan.steps, mends = false): string[] =>
  bootProblems({ ...plan, steps }, prefixStates(state, steps), mends).map(({ summary }) => summary);

const HOSTS = [
  "sd-boot-debian",
  "sd-boot-xbootldr",
  "debian-grub",
  "ubuntu-grub",
  "intel-z390",
  "pop-x570",
  "proxmox-zfs",
];
const WAYS: readonly (readonly [what: string, patch: Patch, more: NonNullable<Wish["kernel"]>])[] = [
  ["that is there", KERNEL, {}],
  ["without an initrd", { ...KERNEL, [`/boot/initrd.img-${EXTRA}`]: null }, {}],
  ["of a package", {}, { packages: [packageOf(DEB)] }],
  ["of a package that replaces it", KERNEL, { packages: [packageOf(DEB)] }],
];

describe("a plan for a kernel", () => {
  it.each(HOSTS.flatMap((host) => WAYS.map((way) => [...way, host] as const)))(
    "%s is proven, on %4$s",
    async (_what, patch, more, host) => {
      const one = await made(
        host,
        { kernel: { release: EXTRA, ...more }, kernelOptions: { present: ["zz=1"] } },
        patch,
      );
      expect([one.plan.applyable, problemsOf(one)]).toEqual([true, []]);
    },
  );

  it("says which step would break what, and only the first time", async () => {
    const one = await made("intel-z390", PINNED);
    const steps = one.plan.steps.filter(({ kind }) => kind !== "copyFile");
    expect(problemsOf(one, steps)).toEqual([
      expect.stringMatching(
        /^after step \d+ \(make hostcfg-.* the default\) the host would not come up: the default is hostcfg-.*, and there is no such entry$/,
      ),
    ]);
  });
});

describe("what cannot be told", () => {
  const installing = (from: "repository" | "files", name: string): Step => {
    const kernel = kernelByName(name);
    const one = { name, version: "1", file: "/x.deb", ...(kernel === undefined ? {} : { kernel }) };
    const action: Action =
      from === "files"
        ? { does: "install", family: "debian", from, packages: [one] }
        : { does: "install", family: "debian", from, packages: [one] };
    return { id: 1, ...run("packages", action, { title: "", serves: [] }) };
  };

  it.each([
    ["a metapackage", installing("repository", "linux-generic")],
    ["a metapackage of Proxmox", installing("files", "proxmox-default-kernel")],
  ])("is no reason to refuse a plan, and proves nothing of what follows: %s", async (_what, step) => {
    const one = await made("debian-grub", { kernel: { release: "6.1.0-25-amd64" } });
    const remove: Step = {
      kind: "remove",
      id: 2,
      title: "remove it",
      serves: [],
      path: "/boot/vmlinuz-6.1.0-26-amd64",
      expect: { kind: "absent" },
    };
    const before = {
      ...one,
      plan: { ...one.plan, nextBoot: { ...one.plan.nextBoot, after: one.plan.nextBoot.before } },
    };
    expect(problemsOf(before, [remove])).toHaveLength(1);
    expect(problemsOf(before, [step, remove])).toEqual([]);
  });

  it.each([
    ["headers", "linux-headers-6.1.0-26-amd64"],
    ["microcode, which may have initrds made anew", "intel-microcode"],
  ])("is not what packages without a kernel leave: %s", async (_what, name) => {
    for (const host of HOSTS) {
      const one = await made(host, {});
      const nextBoot = { ...one.plan.nextBoot, after: one.plan.nextBoot.before };
      const install = installing("files", name);
      expect([host, problemsOf({ ...one, plan: { ...one.plan, nextBoot } }, [install])]).toEqual([host, []]);
    }
  });

  it("is whether a removed kernel's initrd stays, but not that what boots next is gone", async () => {
    const one = await made("debian-grub", {}, { "/etc/kernel/postinst.d/zz-update-grub": null });
    const removing = (release: string): Step => ({
      id: 1,
      ...run(
        "packages",
        {
          does: "remove",
          family: "debian",
          packages: [{ name: `linux-image-${release}`, kernel: { release, part: "image" } }],
        },
        { title: "", serves: [] },
      ),
    });
    expect(problemsOf(one, [removing("6.1.0-25-amd64")])).toEqual([]);
    expect(problemsOf(one, [removing("6.1.0-26-amd64")])).not.toEqual([]);
    // Its hook may make a menu without it.
    expect(problemsOf(await made("debian-grub", {}), [removing("6.1.0-26-amd64")])).toEqual([]);
  });
});

describe("a host that is broken before the first step", () => {
  const GONE: Patch = { "/boot/initrd.img-6.1.0-26-amd64": null };

  it("is judged by the end of a plan that mends it", async () => {
    const one = await made("debian-grub", { kernel: { release: "6.1.0-25-amd64" } }, GONE);
    expect(problemsOf(one, one.plan.steps, true)).toEqual([]);
    expect(problemsOf(one, one.plan.steps.slice(0, -1), true)).toEqual([
      expect.stringMatching(/would not come up: .* the initrd that .* names is missing$/),
    ]);
  });

  it("is left to the apply where the plan does not mend it", async () => {
    const one = await made("debian-grub", { kernelOptions: { present: ["zz=1"] } }, GONE);
    expect(problemsOf(one)).toEqual([expect.stringContaining("this plan does not mend that")]);
  });
});

describe("an undo", () => {
  it("is refused where what booted before the apply is not whole any more", async () => {
    await inFolder(async (folder) => {
      const root = join(folder, "root");
      materialise(withoutDevices(recordedHost("intel-z390").capture), root);
      const host = new StandInHost(root);
      const told = { name: "", first: PINNED, second: {}, make: () => undefined };
      const [act] = await actsOf(told, folder);
      expect((await act?.run(host))?.status).toBe("applied");
      expect(codes(await undoPlan(host, "0001"), "error")).toEqual([]);
      const entry = fs.readFileSync(join(root, "boot/efi/loader/entries/Pop_OS-current.conf"), "utf8");
      fs.rmSync(join(root, "boot/efi", /^initrd (.*)$/m.exec(entry)?.[1] ?? ""));
      const plan = await undoPlan(host, "0001");
      expect([plan.applyable, codes(plan, "error")]).toEqual([false, ["unsafe-order"]]);
      expect(plan.diagnostics[0]?.hint).toContain("declare in a spec what to boot");
    });
  });
});
