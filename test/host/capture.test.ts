import { describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import { CaptureTree } from "../../src/host/capture-tree.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { RecordingTree } from "../../src/host/recorder.ts";
import type { Reader } from "../../src/host/reader.ts";
import { HostError } from "../../src/host/reader.ts";
import { captureOf } from "../support/host.ts";

const original = captureOf(
  {
    "/etc/hostname": "pop\n",
    "/boot/vmlinuz": { link: "vmlinuz-1" },
    "/boot/vmlinuz-1": { kind: "file", size: 9, mode: 0o600, digest: { sha256: "ab".repeat(32), size: 9 } },
    "/boot/vmlinuz-2": { kind: "file", size: 5000, head: Buffer.from("MZ kernel").toString("base64") },
    "/boot/secret": { kind: "file", size: 3, error: "EACCES" },
    "/raw": { kind: "file", base64: Buffer.from([0xff, 0x00]).toString("base64") },
    "/boot/efi": { kind: "directory", freeBytes: 1000 },
    "/proc/kallsyms": {
      kind: "file",
      searches: [
        { texts: ["a", "b"], answer: { found: ["b"] } },
        { texts: ["c"], answer: { found: [], packed: "xz", incomplete: "it ends early" } },
      ],
    },
  },
  {
    queries: [
      {
        argv: ["dpkg", "--print-architecture"],
        answer: { ran: true, exitCode: 0, stdout: "amd64\n", stderr: "" },
      },
    ],
  },
);

/** Everything that a reader can be asked about this host. */
async function everything(reader: Reader): Promise<unknown> {
  const refused = (): unknown => {
    try {
      return reader.readFile("/boot/secret");
    } catch (error) {
      return error instanceof HostError && error.code;
    }
  };
  return [
    reader.readText("/etc/hostname"),
    reader.stat("/boot/vmlinuz"),
    reader.digest("/boot/vmlinuz"),
    reader.readFile("/raw"),
    [reader.head("/boot/vmlinuz-2", 9), reader.head("/etc/hostname", 2), reader.head("/raw", 100)].map(
      (bytes) => bytes?.toString(),
    ),
    reader.list("/boot"),
    reader.stat("/boot/none"),
    reader.freeBytes("/boot/efi"),
    refused(),
    await reader.search("/proc/kallsyms", ["a", "b"]),
    await reader.search("/proc/kallsyms", ["c"]),
    await reader.search("/etc/hostname", ["pop", "deb"]),
    await reader.search("/boot/none", ["a"]),
    await reader
      .search("/boot/secret", ["a"])
      .catch((error: unknown) => error instanceof HostError && error.code),
    await reader.query(["dpkg", "--print-architecture"]),
  ];
}

function recording(capture: Capture): RecordingTree {
  return new RecordingTree(new CaptureTree(capture));
}

describe("a recorded host", () => {
  it("answers all that was recorded from the record alone, refusals included", async () => {
    const recorder = recording(original);
    const answers = await everything(new LinkReader(recorder));
    const again: Capture = { ...original, ...recorder.recorded() };
    expect(await everything(new LinkReader(new CaptureTree(again)))).toEqual(answers);
    expect(answers).toContain("EACCES");
  });

  it("knows in which order it was asked, how long the answers took, and what there was none to", async () => {
    let now = 0;
    const recorder = new RecordingTree(new CaptureTree(original), () => (now += 1));
    const reader = new LinkReader(recorder);
    reader.readText("/etc/hostname");
    await reader.query(["dpkg", "--print-architecture"]);
    expect(() => reader.readFile("/boot/secret")).toThrow("EACCES");
    await expect(reader.query(["dpkg", "--version"])).rejects.toThrow(HostError);
    const asked = recorder.asked().map(({ subject, milliseconds, error }) => [subject, milliseconds, error]);
    expect(asked).toEqual([
      ["/etc", 1, undefined],
      ["/etc/hostname", 2, undefined],
      [["dpkg", "--print-architecture"], 1, undefined],
      ["/boot", 1, undefined],
      ["/boot/secret", 2, "EACCES"],
      [["dpkg", "--version"], 1, "ECAPTURE"],
    ]);
  });

  it("fails loudly on a question that was never asked, instead of asking this machine", async () => {
    const recorder = recording(original);
    new LinkReader(recorder).readText("/etc/hostname");
    const reader = new LinkReader(new CaptureTree({ ...original, ...recorder.recorded() }));
    const gap = expect.objectContaining({ code: "ECAPTURE" }) as HostError;
    expect(() => reader.stat("/boot/vmlinuz")).toThrow(gap);
    expect(() => reader.list("/etc")).toThrow(gap);
    expect(() => new LinkReader(new CaptureTree(original)).head("/boot/vmlinuz-2", 4096)).toThrow(gap);
    const whole = new LinkReader(new CaptureTree(original));
    await expect(whole.search("/proc/kallsyms", ["a"])).rejects.toThrow(gap);
    await expect(whole.search("/boot/vmlinuz-2", ["a"])).rejects.toThrow(gap);
    await expect(whole.searchPackage("/etc/hostname", ["a"])).rejects.toThrow(gap);
    await expect(reader.query(["dpkg", "--print-architecture"])).rejects.toThrow(gap);
  });

  it("knows from a folder's listing what is not in it", () => {
    const recorder = recording(original);
    new LinkReader(recorder).list("/boot");
    const reader = new LinkReader(new CaptureTree({ ...original, ...recorder.recorded() }));
    expect(reader.stat("/boot/not-there/below")).toBeUndefined();
  });
});
