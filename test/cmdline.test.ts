import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOption, sameOption, splitLine } from "../src/cmdline.ts";

describe("splitting a line as the kernel does", () => {
  it.each([
    ["quiet splash", ["quiet", "splash"]],
    ["  quiet\t splash\n", ["quiet", "splash"]],
    ['dyndbg="file a.c +p" quiet', ['dyndbg="file a.c +p"', "quiet"]],
    ['"dyndbg=file a.c +p" quiet', ['"dyndbg=file a.c +p"', "quiet"]],
    ['a="never closed b', ['a="never closed b']],
    ["", []],
  ])("%j becomes %j", (line, options) => {
    expect(splitLine(line)).toEqual(options);
  });

  it("loses nothing: the options joined and split again are the same", () => {
    const option = fc.stringMatching(/^[a-z_.-]{1,8}(=[A-Za-z0-9:,./-]{0,12}|="[a-z ]{0,8}")?$/);
    fc.assert(
      fc.property(fc.array(option), (options) => {
        expect(splitLine(options.join(" "))).toEqual(options);
      }),
    );
  });
});

describe("reading one option", () => {
  it.each([
    ["quiet", "quiet", undefined],
    ["pcie-acs-override=downstream", "pcie_acs_override", "downstream"],
    ["root=UUID=2105a9ac", "root", "UUID=2105a9ac"],
    ["loglevel=", "loglevel", ""],
    ['a="b c"', "a", "b c"],
    ['"a=b c"', "a", "b c"],
    ["module.some-param=with-dash", "module.some_param", "with-dash"],
  ])("%j has the name %j and the value %j", (spelling, name, value) => {
    expect(parseOption(spelling)).toEqual({ name, value });
  });

  it("cannot tell two spellings apart that the kernel cannot tell apart", () => {
    expect(sameOption('dyndbg="file x +p"', '"dyndbg=file x +p"')).toBe(true);
    expect(sameOption("pcie-acs-override=id", "pcie_acs_override=id")).toBe(true);
    expect(sameOption("a=b-c", "a=b_c")).toBe(false);
    expect(sameOption("quiet", "quiet=")).toBe(false);
  });
});
