import { afterEach, describe, expect, it } from "vitest";
import { APPLY, GRUB, KERNELSTUB } from "../rig/cut-stories.ts";
import type { CutStory } from "../rig/cut-stories.ts";
import { Figures } from "../rig/figures.ts";
import { writeSpec } from "../rig/grub.ts";
import type { Machine } from "../rig/machine.ts";
import { cutTool } from "../rig/tool-run.ts";
import type { StoppedTool } from "../rig/tool-stops.ts";

const LONG = 60 * 60 * 1000;
const WRITING = ["openat", "write", "rename", "renameat", "renameat2", "unlink", "unlinkat", "ftruncate"];
const PINNED = "/boot/initrd.img-5.3.0-acso";
const MENU = "/boot/grub/grub.cfg";

const DPKG: StoppedTool = {
  program: "/usr/bin/dpkg",
  calls: ["rename", "link", "unlink", "rmdir", "symlink", "mkdir"],
};
const UPDATE_INITRAMFS: StoppedTool = {
  program: "/usr/sbin/update-initramfs",
  calls: WRITING,
  paths: [PINNED, `${PINNED}.new`, `${PINNED}.bak`, `${PINNED}.dpkg-bak`],
};
const KERNELSTUB_ITSELF: StoppedTool = { program: "/usr/bin/kernelstub", calls: WRITING };
const UPDATE_GRUB: StoppedTool = {
  program: "/usr/sbin/update-grub",
  calls: WRITING,
  paths: [MENU, `${MENU}.new`],
};
const OPTIONS_ONLY = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

interface Cut {
  readonly name: string;
  readonly story: CutStory;
  readonly tool: StoppedTool;
  readonly spec?: string;
}

let machine: Machine | undefined;
async function made({ story, spec }: Cut): Promise<Machine> {
  machine = await story.make();
  await machine.powerOn(story.firstBoot);
  if (spec !== undefined) await writeSpec(machine, spec);
  return machine;
}

afterEach(async () => {
  await machine?.discard();
  machine = undefined;
});

describe("an apply that is cut in the middle of a program's work", () => {
  it.each<Cut>([
    { name: "dpkg's", story: KERNELSTUB, tool: DPKG },
    { name: "update-initramfs's", story: KERNELSTUB, tool: UPDATE_INITRAMFS },
    { name: "kernelstub's", story: KERNELSTUB, tool: KERNELSTUB_ITSELF },
    {
      name: "kernelstub's, where it makes the entry that boots",
      story: KERNELSTUB,
      tool: KERNELSTUB_ITSELF,
      spec: OPTIONS_ONLY,
    },
    {
      name: "update-grub's",
      story: GRUB,
      tool: UPDATE_GRUB,
      spec: "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n",
    },
  ])(
    "$name, leaves a host that comes up, and the next apply finishes",
    async (cut) => {
      const figures = new Figures(`${cut.story.name}, in ${cut.name}`);
      const wrong = await cutTool(cut.story, await made(cut), cut.tool, APPLY, figures);
      figures.keep();
      expect(wrong).toEqual([]);
    },
    LONG,
  );
});
