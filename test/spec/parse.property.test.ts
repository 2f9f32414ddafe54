import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/model/index.ts";
import { CODES } from "../../src/spec/codes.ts";
import { parseSpec } from "../../src/spec/parse.ts";

const SPEC = `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "10de:2206", functions: [0, 1] }
  host-gpu: &host
    id: '1002:731f'
kernel:
  packages:
    - { name: linux-image-amd64, version: "6.1.192-1" }
  hold: true
bootSymlinks:
  /boot/vmlinuz: vmlinuz-6.1.0-50-amd64 # relative
kernelOptions:
  present: [amd_iommu=on, 'dyndbg="file a.c +p"']
  absent:
    - quiet
iommuGroups:
  separate:
    - [host-gpu, vm-gpu]
  acsOverrideReason: >
    lab machine
`;

/** What YAML gives a meaning to, and what the checks look for. */
const PIECE = fc.constantFrom(
  ...[
    "\n",
    "\n  ",
    "\n- ",
    "\t",
    "\r",
    " ",
    ": ",
    "? ",
    "- ",
    ", ",
    "#",
    "|",
    ">",
    "%YAML 1.1\n",
    "---\n",
    "...\n",
  ],
  ...[
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "\\",
    "\\x00",
    "\0",
    "&a ",
    "*a",
    "&host ",
    "*host",
    "!!str ",
    "!x ",
    "<<: ",
  ],
  ...[
    "6.10",
    "on",
    "null",
    "~",
    "0x10",
    "..",
    "/",
    "--",
    "é",
    "\u{1f600}",
    "\u{feff}",
    "\x1b",
    "__proto__",
    "present",
  ],
);

/** A valid spec with a few slices replaced. */
const MUTATED = fc
  .array(
    fc.record({
      at: fc.nat(SPEC.length),
      removed: fc.nat(12),
      inserted: fc.array(PIECE, { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((cuts) =>
    cuts.reduce(
      (text, { at, removed, inserted }) => text.slice(0, at) + inserted.join("") + text.slice(at + removed),
      SPEC,
    ),
  );

const SEED = { seed: 20260101, numRuns: 500 };

function expectSound(bytes: Uint8Array): void {
  const { spec, diagnostics } = parseSpec("host.yaml", bytes);
  expect(spec === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
  const lines = new TextDecoder().decode(bytes).split("\n");
  for (const diagnostic of diagnostics) expectSoundDiagnostic(diagnostic, lines);
  if (spec !== undefined)
    expect(parseSpec("host.json", Buffer.from(JSON.stringify(spec))).spec).toEqual(spec);
}

function expectSoundDiagnostic({ code, summary, hint, source }: Diagnostic, lines: readonly string[]): void {
  expect(Object.keys(CODES)).toContain(code);
  expect(summary).not.toBe("");
  expect(hint).toBeDefined();
  if (source === undefined) throw new Error(`${code} has no place`);
  const { line, column, endLine, endColumn, text } = source;
  expect(line).toBeGreaterThanOrEqual(1);
  expect(endLine).toBeLessThanOrEqual(lines.length);
  expect(column).toBeGreaterThanOrEqual(1);
  // A line break may be the thing that is wrong; it stands behind the text of its line.
  expect(column).toBeLessThanOrEqual(text.length + 2);
  expect(
    [endLine - line, endColumn - column].find((difference) => difference !== 0) ?? 0,
  ).toBeGreaterThanOrEqual(0);
}

describe("parseSpec for whatever bytes", () => {
  it("answers with a spec or with errors at their places", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), expectSound), SEED);
  });

  it("answers so for any mixture of what YAML gives a meaning to", () => {
    const text = fc.array(PIECE, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (mixture) => {
        expectSound(Buffer.from(mixture));
      }),
      SEED,
    );
  });

  it("answers so for a valid spec with slips in it", () => {
    fc.assert(
      fc.property(MUTATED, (text) => {
        expectSound(Buffer.from(text));
      }),
      SEED,
    );
  });
});

describe("parseSpec for valid specs", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/u);
  const id = fc.stringMatching(/^[0-9a-f]{4}:[0-9a-f]{4}$/u);
  const selector = fc.record({ id, nth: fc.integer({ min: 1, max: 9 }) });
  const option = fc.stringMatching(/^[a-z_.]{1,9}(=([\x21\x23-\x7e]{0,12}|"[\x20\x21\x23-\x7e]{0,12}"))?$/u);
  const document = fc.record(
    {
      apiVersion: fc.constant("hostcfg/v1"),
      hostname: fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,20}[A-Za-z0-9])?$/u),
      devices: fc.dictionary(name, selector),
      kernel: fc.record({
        release: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+_~-]{0,20}$/u),
        hold: fc.boolean(),
      }),
      kernelOptions: fc.record({ present: fc.array(option, { maxLength: 9 }) }),
    },
    { requiredKeys: ["apiVersion"] },
  );

  it("gives what was written, JSON being YAML", () => {
    fc.assert(
      fc.property(document, (written) => {
        const { spec } = parseSpec("host.yaml", Buffer.from(JSON.stringify(written, undefined, 2)));
        expect(spec).toEqual(written);
      }),
      SEED,
    );
  });
});
