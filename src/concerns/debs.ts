import type { DebFact, Diagnostic } from "../model/index.ts";
import type { HostSpec } from "../spec/host-spec.gen.ts";
import { problemAt } from "./problem-at.ts";

/** What is wrong with the .deb files themselves, whatever the host. */
export function checkDebs(spec: HostSpec, debs: readonly DebFact[]): Diagnostic[] {
  return (spec.kernel?.packages ?? []).flatMap((entry, index): Diagnostic[] => {
    if (!("file" in entry)) return [];
    const at = ["kernel", "packages", index];
    const deb = debs.find(({ file }) => file === entry.file);
    if (deb === undefined) return [];
    if (!deb.content.known) {
      const hint = `put it at ${deb.path}, or correct the path (it is relative to the spec)`;
      return [problemAt([...at, "file"], "deb-unreadable", deb.content.why, hint)];
    }
    const { sha256 } = deb.content.value;
    if (sha256 !== entry.sha256) {
      return [
        problemAt(
          [...at, "sha256"],
          "deb-sha256",
          `${entry.file} does not match the spec: its sha256 is ${sha256}`,
          "if the file was replaced on purpose, write its sha256 into the spec; else fetch it again",
        ),
      ];
    }
    return deb.control.known ? [] : [problemAt([...at, "file"], "deb-control", deb.control.why)];
  });
}
