import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { renderPlan } from "../src/cli/views/plan.ts";
import { PLAIN } from "../src/cli/style.ts";
import type { Capture } from "../src/host/capture.ts";
import { CaptureTree } from "../src/host/capture-tree.ts";
import { LinkReader } from "../src/host/link-reader.ts";
import type { BootLoaderName, Plan } from "../src/model/index.ts";
import { makePlan } from "../src/plan/make.ts";
import { probe } from "../src/plan/probe.ts";
import type { HostSpec } from "../src/spec/host-spec.gen.ts";
import { parseSpec } from "../src/spec/parse.ts";
import { expectGolden } from "./support/golden.ts";
import { patched } from "./support/planning.ts";
import { recordedHosts } from "./support/recorded-hosts.ts";

const SPEC = "examples/every-loader.yaml";
const RELEASE = "6.8.0-acso";

/** The recorded host with the kernel that the example is about, as `make deb-pkg` packages leave it. */
function withKernel(capture: Capture): Capture {
  if (capture.paths["/etc/pacman.conf"] !== undefined) return withNamedKernel(capture);
  return patched(capture, {
    [`/boot/vmlinuz-${RELEASE}`]: { kind: "file", text: `kernel ${RELEASE}\n`, modifiedAt: 0 },
    [`/boot/initrd.img-${RELEASE}`]: { kind: "file", text: `initrd of ${RELEASE}\n`, modifiedAt: 1 },
    [`/boot/config-${RELEASE}`]: "",
    [`/usr/lib/modules/${RELEASE}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
    [`/lib/modules/${RELEASE}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
  });
}

/** As a package of linux-acso's PKGBUILD leaves it: the image says its release (boot.rst, kernel_version). */
function withNamedKernel(capture: Capture): Capture {
  const image = `${`${" ".repeat(0x202)}HdrS`.padEnd(0x20e)}\x30\x02`.padEnd(0x430);
  const modules = {
    [`/usr/lib/modules/${RELEASE}/pkgbase`]: { kind: "file", text: "linux-acso\n", modifiedAt: 0 },
    [`/usr/lib/modules/${RELEASE}/modules.dep`]: { kind: "file", text: "\n", modifiedAt: 0 },
  } as const;
  const token = Object.keys(capture.paths)
    .map((path) => /^\/boot\/loader\/entries\/([0-9a-f]{32})-/.exec(path)?.[1])
    .find((one) => one !== undefined);
  // Where hooks have kernel-install copy it, nothing of it is in /boot itself.
  if (token !== undefined)
    return patched(capture, {
      ...modules,
      [`/boot/${token}/${RELEASE}/linux`]: `${image}${RELEASE} (builder@host)\0`,
      [`/boot/${token}/${RELEASE}/initrd`]: `initrd of ${RELEASE}\n`,
      [`/boot/loader/entries/${token}-${RELEASE}.conf`]: `version ${RELEASE}\noptions root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 rw quiet\nlinux /${token}/${RELEASE}/linux\ninitrd /${token}/${RELEASE}/initrd\n`,
    });
  return patched(capture, {
    "/boot/vmlinuz-linux-acso": {
      kind: "file",
      text: `${image}${RELEASE} (builder@host)\0`,
      modifiedAt: 0,
    },
    "/boot/initramfs-linux-acso.img": { kind: "file", text: `initrd of ${RELEASE}\n`, modifiedAt: 1 },
    // Nobody but its owner writes entries there.
    ...(capture.paths["/boot/loader/entries/arch.conf"] === undefined
      ? {}
      : {
          "/boot/loader/entries/acso.conf":
            "linux /vmlinuz-linux-acso\ninitrd /initramfs-linux-acso.img\noptions root=UUID=c2f1b7de-6f0b-4a68-8b43-3a9f8f1f2e77 rw quiet\n",
        }),
    ...modules,
  });
}

async function planFor(capture: Capture, bootLoader?: BootLoaderName): Promise<Plan> {
  const { spec, ...source } = parseSpec(SPEC, fs.readFileSync(SPEC));
  if (spec === undefined) throw new Error(`${SPEC} is not valid`);
  const declared: HostSpec = { ...spec, ...(bootLoader === undefined ? {} : { bootLoader }) };
  const state = await probe(new LinkReader(new CaptureTree(withKernel(capture))), declared);
  return makePlan({ source: { ...source, spec: declared }, state, debs: [], hostcfgVersion: "0.0.0" });
}

/** Those that the page shows. */
const SHOWN = [
  "conventional-bridge",
  "debian-grub",
  "intel-z390",
  "moved-card",
  "pop-x570",
  "proxmox-grub",
  "proxmox-grub-esps",
  "proxmox-zfs",
  "sd-boot-debian",
  "sd-boot-xbootldr",
  "two-identical-gpus",
  "ubuntu-grub",
];

const planned = await Promise.all(
  recordedHosts().map(async ({ name, capture }) => ({ name, capture, plan: await planFor(capture) })),
);
const driven = planned.flatMap(({ plan, ...host }) => {
  const loader = plan.host.bootLoader;
  return loader.known ? [{ ...host, plan, loader: loader.value }] : [];
});

describe("one spec on every loader", () => {
  it.each(driven)("is planned on $name ($loader), and the declared kernel boots next", ({ plan }) => {
    expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const { after } = plan.nextBoot;
    if (!after.known) throw new Error(after.why);
    expect(after.value.release).toEqual({ known: true, value: RELEASE });
    expect(after.value.options.split(" ")).toContain("iommu=pt");
    expect(after.value.options.split(" ")).not.toContain("quiet");
    expect(plan.rebootNeeded).toBe(true);
  });

  it.each(driven)("is planned alike on $name when the spec names $loader itself", async (host) => {
    const { steps, nextBoot } = await planFor(host.capture, host.loader);
    expect({ steps, nextBoot }).toEqual({ steps: host.plan.steps, nextBoot: host.plan.nextBoot });
  });

  it("is shown side by side in examples/every-loader.md", async () => {
    const shown = driven.filter(({ name }) => SHOWN.includes(name));
    const sections = shown.map(async ({ name, loader, plan }) => {
      const text = await renderPlan(plan, { ...PLAIN, columns: 110 }, true);
      return `## ${loader}: ${name}\n\n${text.trimEnd().replaceAll(/^(?=.)/gm, "    ")}\n`;
    });
    const page = [
      "# One spec, every loader\n",
      "What `hostcfg plan --details every-loader.yaml` prints on the recorded hosts in test/hosts, once the kernel",
      "6.8.0-acso is installed there. A test writes this page and keeps it true.\n",
      ...(await Promise.all(sections)),
    ];
    expectGolden("examples/every-loader.md", page.join("\n"));
  });
});
