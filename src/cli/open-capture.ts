import type { Capture } from "../host/capture.ts";
import { CaptureTree } from "../host/capture-tree.ts";
import { LinkReader } from "../host/link-reader.ts";
import type { Opened } from "./io.ts";

/** A recorded host as a target: it can be read and planned, never written. */
export function openCapture(capture: Capture): Opened {
  const tree = new CaptureTree(capture);
  return { tree, reader: () => new LinkReader(tree) };
}
