import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import type { Bootability } from "../../src/model/index.ts";
import { checkBoot } from "../../src/plan/check.ts";
import { probe } from "../../src/plan/probe.ts";

/** What `hostcfg check` finds on a recorded host. */
export async function checked(capture: Capture): Promise<Bootability> {
  const reader = new LinkReader(new CaptureTree(capture));
  return checkBoot({ reader, state: await probe(reader) });
}
