import { describe, expect, it } from "vitest";
import { CLASS_NAMES } from "../../src/pci/selectors.ts";
import { entryAt, sectionsWith } from "../../src/spec/language.ts";
import { parseSpec } from "../../src/spec/parse.ts";

describe("entryAt", () => {
  it.each([
    [[], "object", ["apiVersion", "hostname", "bootLoader", "devices", "kernel"]],
    [["kernel", "release"], "string", []],
    [["devices", "vm-gpu"], "object", ["id", "subsystem", "class", "address"]],
    [["kernelOptions", "present", 3], "string", []],
    [["iommuGroups", "separate", 0, 1], "string", []],
    [["kernel", "packages", 0, "sha256"], "string", []],
    [["kernel", "packages", 0, "version"], "string", []],
  ])("knows what belongs at %j", (path, type, keys) => {
    const entry = entryAt(path);
    expect(entry?.type).toBe(type);
    expect(entry?.description).toMatch(/\S/u);
    expect(entry?.keys).toEqual(expect.arrayContaining(keys));
  });

  it("knows the keys of both forms of a package", () => {
    expect(entryAt(["kernel", "packages", 0])?.keys).toEqual(["file", "sha256", "name", "version"]);
  });

  it.each([
    [["colour"]],
    [["kernel", "release", "x"]],
    [["kernel", 0]],
    [["constructor"]],
    [["kernel", "__proto__"]],
  ])("knows nothing at %j", (path) => {
    expect(entryAt(path)).toBeUndefined();
  });
});

describe("sectionsWith", () => {
  it.each([
    ["release", ["kernel"]],
    ["absent", ["kernelOptions"]],
    ["devices", ["vfio"]],
    ["colour", []],
    ["toString", []],
  ])("finds the home of %s", (key, sections) => {
    expect(sectionsWith(key)).toEqual(sections);
  });
});

describe("the class of a selector", () => {
  const accepts = (name: string) => {
    const text = `apiVersion: hostcfg/v1\ndevices: { a: { class: "${name}" } }\niommuGroups: { isolated: [a] }\n`;
    return parseSpec("host.yaml", Buffer.from(text)).spec !== undefined;
  };

  it.each(Object.keys(CLASS_NAMES))("may be %s, which the resolver knows", (name) => {
    expect(accepts(name)).toBe(true);
  });

  it.each(["gpu", "0", "030", "03000", "VGA"])("may not be %s", (name) => {
    expect(accepts(name)).toBe(false);
  });
});
