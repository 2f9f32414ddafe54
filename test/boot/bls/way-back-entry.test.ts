import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choose } from "../../../src/boot/bls/choice.ts";
import { withPassingDefault, withoutDefault } from "../../../src/boot/bls/entry-file.ts";
import { loaderSetting, parseEntry } from "../../../src/boot/bls/entry-text.ts";
import { inMenuOrder } from "../../../src/boot/bls/order.ts";
import {
  KEPT,
  LAST_WAY_BACK,
  WAY_BACK,
  isWayBack,
  isWayBackFile,
  namesWayBack,
  wayBackNote,
  wayBackText,
  withNote,
} from "../../../src/boot/bls/way-back-entry.ts";
import type { LoaderEntry } from "../../../src/model/index.ts";

const path = "/boot/efi/loader/entries/x.conf";
const nothing = { file: true, variablesKnown: true };

/** Ids as tokens and releases make them: a machine's id, a distribution's, or that of a person's own entry. */
const token = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{32}$/),
  fc.constantFrom("debian", "ubuntu", "arch", "alpine", "Default", "fedora", "aosc", "ab"),
);
const release = fc.tuple(fc.nat(9), fc.nat(20), fc.nat(200)).map((parts) => parts.join("."));
const entry = fc
  .record({
    token,
    version: release,
    sortKey: fc.option(fc.constantFrom("debian", "a", "z", "Pop"), { nil: undefined }),
  })
  .map((made): LoaderEntry => {
    const { version, sortKey } = made;
    const id = `${made.token}-${version}`;
    return { id, path, options: "", version, ...(sortKey === undefined ? {} : { sortKey }) };
  });

describe("the way back's entry", () => {
  const of: LoaderEntry = { id: "debian-6.1", path, title: "Debian", options: "root=UUID=1 ro" };

  it.each([LAST_WAY_BACK.id, KEPT])(
    "as %s comes last in any menu where the first boots, and takes no default away",
    (id) => {
      const { title, options } = parseEntry(wayBackText(of, { former: undefined }));
      const ours: LoaderEntry = { id, path, options, ...(title ? { title } : {}) };
      fc.assert(
        fc.property(fc.array(entry, { minLength: 1 }), (others) => {
          expect(inMenuOrder([ours, ...others]).at(-1)).toBe(ours);
          expect(choose([ours, ...others], nothing)?.entry).toBe(choose(others, nothing)?.entry);
          const all = { ...nothing, configured: "*" };
          expect(choose([ours, ...others], all)?.entry).toBe(choose(others, all)?.entry);
        }),
      );
    },
  );

  it("has none of the keys that would put it before others", () => {
    const { sortKey, version, machineId } = parseEntry(wayBackText(of, { former: "x" }));
    expect([sortKey, version, machineId]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    { former: undefined },
    { former: "debian-6.1.conf" },
    { former: undefined, rewritten: "6.1.0-26-amd64" },
    { former: "debian-*", rewritten: "6.1.0-26-amd64" },
  ])("notes %o, for a later run to read", (note) => {
    expect(wayBackNote(wayBackText(of, note))).toEqual(note);
  });

  it("has no note where somebody else wrote it", () => {
    expect(wayBackNote("title x\nlinux /a\n")).toBeUndefined();
  });

  it("is known by its files and by the default that names it, whichever loader it is for", () => {
    for (const { id, pattern } of [WAY_BACK, LAST_WAY_BACK]) {
      expect([isWayBackFile(`/efi/loader/entries/${id}.conf`), namesWayBack(pattern)]).toEqual([true, true]);
    }
    expect(isWayBackFile("/boot/EFI/hostcfg/way-back/vmlinuz")).toBe(true);
    expect([isWayBackFile(`/efi/loader/entries/${KEPT}.conf`), isWayBack(KEPT)]).toEqual([true, false]);
    expect(isWayBackFile("/boot/efi/EFI/hostcfg/6.1.0/vmlinuz")).toBe(false);
    expect(isWayBackFile("/boot/loader/entries/debian-6.1.conf")).toBe(false);
    expect([namesWayBack("debian-6.1.conf"), namesWayBack(undefined)]).toEqual([false, false]);
  });
});

describe("a default that passes", () => {
  it("leaves of a loader.conf without one the very bytes, whatever they are", () => {
    const line = fc.stringMatching(/^[ -~]*$/).filter((text) => !/^\s*default(\s|$)/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, ended) => {
        const text = lines.join("\n") + (ended && lines.length > 0 ? "\n" : "");
        const meanwhile = withPassingDefault(text, "x*");
        expect(loaderSetting(meanwhile, "default")).toBe("x*");
        expect(withoutDefault(meanwhile)).toBe(text);
      }),
    );
  });

  it("stands in the place of one that is there", () => {
    expect(withPassingDefault("timeout 3\ndefault  a.conf", "x*")).toBe("timeout 3\ndefault  x*");
  });
});

it("an entry takes another note, and is else the same", () => {
  const of: LoaderEntry = { id: "x", path, title: "X", options: "root=/dev/x ro" };
  const [one, other] = [{ former: "x", rewritten: "6.1" }, { former: undefined }];
  expect(withNote(wayBackText(of, one), other)).toBe(wayBackText(of, other));
  expect(withNote(wayBackText(of, other), one)).toBe(wayBackText(of, one));
});
