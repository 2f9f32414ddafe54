import fs from "node:fs";
import { join } from "node:path";
import { Story } from "./story.ts";

/** The running kernel, with an initrd that was made anew since kernelstub copied it. */
export function rebuiltStory(): Story {
  const spec = "apiVersion: hostcfg/v1\nkernel: { release: 5.3.0-7625-generic }\n";
  const story = new Story({ devices: false, spec });
  fs.writeFileSync(join(story.root, "boot/initrd.img-5.3.0-7625-generic"), "initrd, with more in it\n");
  return story;
}
