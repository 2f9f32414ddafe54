import { describe, expect, it } from "vitest";
import {
  BUILT_IN_TEXT,
  parseConfiguration,
  withOptions,
} from "../../../src/boot/kernelstub/configuration.ts";

const PATH = "/etc/kernelstub/configuration";
const switches = { esp_path: "/boot/efi", setup_loader: true, manage_mode: true, force_update: false };

function parsed(document: unknown): ReturnType<typeof parseConfiguration> {
  return parseConfiguration(PATH, JSON.stringify(document));
}

describe("reading kernelstub's configuration", () => {
  it.each([
    [
      "revision 3 with a list",
      { ...switches, kernel_options: ["quiet", "", "a=b"], live_mode: false, config_rev: 3 },
    ],
    [
      "revision 3 with a string, as some makers ship it",
      { ...switches, kernel_options: "quiet a=b", config_rev: 3 },
    ],
    ["revision 2 with a string", { ...switches, kernel_options: "quiet  a=b", config_rev: 2 }],
    ["revision 1 without live_mode", { ...switches, kernel_options: ["quiet a=b"], config_rev: 1 }],
  ])("takes %s", (_title, user) => {
    const fact = parsed({ default: {}, user });
    expect(fact.known && fact.value.options).toEqual(["quiet", "a=b"]);
    expect(fact.known && fact.value.liveMode).toBe(false);
  });

  it("takes the default part where there is no user part", () => {
    const fact = parsed({ default: { ...switches, kernel_options: ["quiet"], config_rev: 3 } });
    expect(fact.known && fact.value.options).toEqual(["quiet"]);
  });

  it("keeps a quoted option whole", () => {
    const fact = parsed({ user: { ...switches, kernel_options: 'dyndbg="file x +p" quiet', config_rev: 3 } });
    expect(fact.known && fact.value.options).toEqual(['dyndbg="file x +p"', "quiet"]);
  });

  it("knows what kernelstub works with when there is no file", () => {
    const fact = parseConfiguration(PATH, BUILT_IN_TEXT);
    expect(fact.known && [fact.value.options, fact.value.setupLoader]).toEqual([["quiet", "splash"], false]);
  });

  it.each([
    ["truncated JSON", '{"user": {"kernel_op', "not valid JSON"],
    ["a list", "[]", "not valid JSON with an object"],
    [
      "a comma too many",
      '{\n  "user": {\n    "config_rev": 3,\n  }\n}',
      "not valid JSON (line 4); kernelstub cannot read it either",
    ],
    ["neither part", "{}", 'neither a "user" nor a "default"'],
    [
      "an unknown revision",
      JSON.stringify({ user: { ...switches, kernel_options: [], config_rev: 4 } }),
      "config_rev 4",
    ],
    ["no revision", JSON.stringify({ user: { ...switches, kernel_options: [] } }), "config_rev missing"],
    [
      "options of another kind",
      JSON.stringify({ user: { ...switches, kernel_options: [1], config_rev: 3 } }),
      "kernel_options",
    ],
    [
      "no ESP",
      JSON.stringify({ user: { ...switches, esp_path: "", kernel_options: [], config_rev: 3 } }),
      "esp_path",
    ],
    [
      "a switch that is a word",
      JSON.stringify({ user: { ...switches, manage_mode: "yes", kernel_options: [], config_rev: 3 } }),
      "manage_mode",
    ],
  ])("says which file is wrong and how for %s", (_title, text, clause) => {
    const fact = parseConfiguration(PATH, text);
    expect(fact).toMatchObject({ known: false });
    expect(!fact.known && fact.why).toContain(PATH);
    expect(!fact.known && fact.why).toContain(clause);
  });
});

describe("writing kernelstub's configuration", () => {
  it("changes the user's options and keeps everything else, in kernelstub's own form", () => {
    const user = { kernel_options: ["quiet"], ...switches, config_rev: 3, unknown_key: { kept: true } };
    const text = JSON.stringify({ default: { kernel_options: ["splash"] }, user, other: 1 }, null, 2);
    const written = withOptions(text, ["quiet", "a=b"]);
    expect(written).toBe(
      text.replace(
        '"kernel_options": [\n      "quiet"\n    ]',
        '"kernel_options": [\n      "quiet",\n      "a=b"\n    ]',
      ),
    );
    expect(written.endsWith("\n")).toBe(false);
  });

  it("makes the user part from the default part, as kernelstub does", () => {
    const written: unknown = JSON.parse(withOptions(BUILT_IN_TEXT, ["a"]));
    expect(written).toMatchObject({
      default: { kernel_options: ["quiet", "splash"] },
      user: { kernel_options: ["a"], esp_path: "/boot/efi", config_rev: 3 },
    });
  });

  it("is read back as what was written", () => {
    const fact = parseConfiguration(PATH, withOptions(BUILT_IN_TEXT, ['a="b c"', "d"]));
    expect(fact.known && fact.value.options).toEqual(['a="b c"', "d"]);
  });
});
