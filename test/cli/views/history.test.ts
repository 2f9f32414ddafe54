import { expect, it } from "vitest";
import { historyDocument, renderHistory } from "../../../src/cli/views/history.ts";
import { recordDocument, renderRecord } from "../../../src/cli/views/record.ts";
import { styleFor } from "../../../src/cli/style.ts";
import type { HistoryEntry } from "../../../src/journal/record.ts";
import { expectGolden } from "../../support/golden.ts";
import { FULL_PLAN } from "../plans.ts";

const plain = styleFor({ noColor: true, env: {}, isTerminal: false });
const at = "2026-01-02T03:04:05.000Z";
const none = { commandsEnded: [], kept: {}, left: {}, damage: [] };

const HISTORY: readonly HistoryEntry[] = [
  {
    ...none,
    id: "0001",
    at,
    by: "alice",
    result: "applied",
    plan: FULL_PLAN,
    steps: { 1: "done" },
    undoneBy: "0002",
  },
  { ...none, id: "0002", at, by: "alice", result: "applied", undoes: "0001", steps: {} },
  {
    ...none,
    id: "0003",
    at,
    by: "root\u001b[31m",
    result: "failed",
    why: "dpkg exited with 1",
    plan: FULL_PLAN,
    steps: { 1: "failed" },
  },
  { ...none, id: "0004", result: "cut", steps: {}, damage: ["plan.json is damaged"] },
];

it("lists the newest first, with what a damaged record still says", () => {
  expectGolden("test/cli/golden/history.txt", renderHistory(historyDocument(HISTORY), plain));
});

it("says that nothing was applied", () => {
  expect(renderHistory(historyDocument([]), plain)).toBe("Nothing was applied on this host.\n");
});

it("shows one record with its steps, logs and what stood there before", () => {
  const [, , failed] = HISTORY;
  if (failed === undefined) throw new Error("it is above");
  const document = recordDocument(failed, {
    images: [
      { name: "/boot/vmlinuz", path: "/boot/vmlinuz", kind: "symlink", target: "vmlinuz-5.3.0", step: 1 },
      { name: "/etc/x", path: "/etc/x", kind: "file", mode: 0o600, uid: 0, gid: 4, base64: "aGkK", step: 2 },
      { name: "/boot/efi/new", path: "/boot/efi/new", kind: "absent", step: 3 },
      {
        name: "/boot/efi/k",
        path: "/boot/efi/k",
        kind: "large-file",
        mode: 0o700,
        uid: 0,
        gid: 0,
        size: 9e6,
        sha256: "a".repeat(64),
        step: 4,
      },
    ],
    unnoted: [],
    damage: ["before/05-1.json is damaged"],
  });
  expectGolden("test/cli/golden/record.txt", renderRecord(document, plain, "/mnt"));
});
