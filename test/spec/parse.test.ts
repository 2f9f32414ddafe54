import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/spec/parse.ts";

const SPEC = `apiVersion: hostcfg/v1
devices:
  vm-gpu: { id: "10de:2206" }
  host-gpu: &host
    id: "1002:731f"
    functions: [0, 1]
kernel: { release: !!str 6.10, hold: true }
bootSymlinks:
  /boot/vmlinuz: vmlinuz-6.10 # relative
kernelOptions:
  present: [amd_iommu=on, 'dyndbg="file a.c +p"']
iommuGroups:
  separate:
    - [host-gpu, vm-gpu]
`;

function parse(text: string) {
  return parseSpec("host.yaml", Buffer.from(text));
}

function codesOf(text: string): string[] {
  return parse(text).diagnostics.map(({ code }) => code);
}

describe("parseSpec", () => {
  it("gives the spec as plain values", () => {
    const { spec, diagnostics } = parse(SPEC);
    expect(diagnostics).toEqual([]);
    expect(spec).toEqual({
      apiVersion: "hostcfg/v1",
      devices: { "vm-gpu": { id: "10de:2206" }, "host-gpu": { id: "1002:731f", functions: [0, 1] } },
      kernel: { release: "6.10", hold: true },
      bootSymlinks: { "/boot/vmlinuz": "vmlinuz-6.10" },
      kernelOptions: { present: ["amd_iommu=on", 'dyndbg="file a.c +p"'] },
      iommuGroups: { separate: [["host-gpu", "vm-gpu"]] },
    });
  });

  it("names the path as given and the sha256 of the bytes", () => {
    const bytes = Buffer.from(`\u{feff}${SPEC}`);
    const { path, sha256 } = parseSpec("./specs/host.yaml", bytes);
    expect(path).toBe("./specs/host.yaml");
    expect(sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("gives the spec in spite of warnings", () => {
    const { spec, diagnostics } = parse('apiVersion: hostcfg/v1\ndevices: { vm-gpu: { id: "10de:2206" } }\n');
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([["warning", "unused-device"]]);
    expect(spec).toBeDefined();
  });

  it("gives the spec in spite of more warnings than it tells", () => {
    const devices = Array.from(
      { length: 150 },
      (_, number) => `  d${number}: { id: "10de:2206", nth: ${number + 1} }`,
    );
    const { spec, diagnostics } = parse(["apiVersion: hostcfg/v1", "devices:", ...devices].join("\n"));
    expect(spec).toBeDefined();
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.at(-1)).toMatchObject({ severity: "warning", code: "too-many-problems" });
  });

  it("tells an error behind more warnings than it tells", () => {
    const devices = Array.from(
      { length: 150 },
      (_, number) => `  d${number}: { id: "10de:2206", nth: ${number + 1} }`,
    );
    const { spec, diagnostics } = parse(["devices:", ...devices, "apiVersion: hostcfg/v2"].join("\n"));
    expect(spec).toBeUndefined();
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.map(({ code }) => code)).toContain("api-version");
  });

  it("repeats an aliased value wherever its alias stands", () => {
    const { spec } = parse(
      "apiVersion: hostcfg/v1\nbootSymlinks: { /vmlinuz: &image boot/vmlinuz-6.1, /vmlinuz.old: *image }\n",
    );
    expect(spec?.bootSymlinks).toEqual({
      "/vmlinuz": "boot/vmlinuz-6.1",
      "/vmlinuz.old": "boot/vmlinuz-6.1",
    });
  });

  it("tells what is wrong with YAML, schema and meaning in one go, in the order of the text", () => {
    const text = [
      "kernelOptions: { absent: [quiet], present: [quiet, a b] }",
      "hostname: !x a",
      "hostname: b",
      "colour: blue",
      "apiVersion: hostcfg/v9",
    ].join("\n");
    expect(codesOf(text)).toEqual([
      "option-contradiction",
      "option-blank",
      "yaml-tag",
      "duplicate-key",
      "unknown-key",
      "api-version",
    ]);
  });

  it("takes the first of two equal keys, so that the second changes nothing", () => {
    expect(codesOf("apiVersion: hostcfg/v1\nhostname: a\nhostname: [b]\n")).toEqual(["duplicate-key"]);
  });

  it("lets a quoted << be a key like any other", () => {
    expect(codesOf('apiVersion: hostcfg/v1\n"<<": a\n')).toEqual(["unknown-key"]);
  });

  it.each(["on", "OFF", "yes", "No"])("takes %s in quotes as text", (word) => {
    expect(parse(`apiVersion: hostcfg/v1\nhostname: "${word}"\n`).spec?.hostname).toBe(word);
  });

  it("takes as many bytes of options as the kernel's line holds, and not one more", () => {
    const line = (bytes: number) => {
      const options = [`a=${"x".repeat(1000)}`, `b=${"x".repeat(bytes - 1000 - 5)}`];
      return `apiVersion: hostcfg/v1\nkernelOptions: { present: [${options.join(", ")}] }\n`;
    };
    expect(codesOf(line(2047))).toEqual([]);
    expect(codesOf(line(2048))).toEqual(["options-too-long"]);
  });

  it("lets hugepages= repeat, for each belongs to the hugepagesz= before it", () => {
    const options = "hugepagesz=2M, hugepages=4, hugepagesz=1G, hugepages=4";
    expect(codesOf(`apiVersion: hostcfg/v1\nkernelOptions: { present: [${options}] }\n`)).toEqual([]);
  });

  it.each([
    ["another value", "console=tty0", "console=ttyS0"],
    ["another key that starts the same", "amd_iommu=on", "amd"],
    ["an empty value beside none", "quiet", "quiet="],
    ["a key inside of a value", "module_blacklist=quiet", "quiet"],
  ])("sees no contradiction in %s", (_what, present, absent) => {
    const text = `apiVersion: hostcfg/v1\nkernelOptions: { present: [${present}], absent: [${absent}] }\n`;
    expect(codesOf(text)).toEqual([]);
  });

  it("lets links point to other declared links as long as they end", () => {
    const links =
      "{ /vmlinuz: boot/vmlinuz, /boot/vmlinuz: ./vmlinuz-6.1, /boot/efi/vmlinuz: /boot/vmlinuz }";
    expect(codesOf(`apiVersion: hostcfg/v1\nbootSymlinks: ${links}\n`)).toEqual([]);
  });

  it("bounds what aliases repeat, however deep they nest", () => {
    const item = "{ id: *i, subsystem: *i, nth: 1 }";
    const text = (count: number) =>
      [
        'apiVersion: "hostcfg/v1"',
        'hostname: &i "1002:731f"',
        `devices: &d { a: ${item} }`,
        `x: [${Array.from({ length: count }, () => "*d").join(", ")}]`,
      ].join("\n");
    expect(codesOf(text(1000))).not.toContain("alias-bomb");
    expect(codesOf(text(3000))).toEqual(["alias-bomb"]);
  });

  it("does not let a key reach the prototype of anything", () => {
    parse(
      "__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\ndevices: { __proto__: { polluted: 1 } }\n",
    );
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("locate", () => {
  const { locate } = parse(SPEC);
  const textAt = (...args: Parameters<typeof locate>) => {
    const source = locate(...args);
    return source === undefined
      ? undefined
      : [source.line, source.text.slice(source.column - 1, source.endColumn - 1)];
  };

  it.each([
    [
      ["kernel", "release"],
      [7, "6.10"],
    ],
    [
      ["devices", "host-gpu", "functions", 1],
      [6, "1"],
    ],
    [
      ["bootSymlinks", "/boot/vmlinuz"],
      [9, "vmlinuz-6.10"],
    ],
    [
      ["kernelOptions", "present", 1],
      [11, `'dyndbg="file a.c +p"'`],
    ],
    [
      ["iommuGroups", "separate", 0, 1],
      [14, "vm-gpu"],
    ],
    [
      ["iommuGroups", "separate", 0],
      [14, "[host-gpu, vm-gpu]"],
    ],
  ])("finds the value at %j", (path, expected) => {
    expect(textAt(path)).toEqual(expected);
  });

  it.each([
    [
      ["kernel", "release"],
      [7, "release"],
    ],
    [
      ["devices", "host-gpu"],
      [4, "host-gpu"],
    ],
    [
      ["bootSymlinks", "/boot/vmlinuz"],
      [9, "/boot/vmlinuz"],
    ],
  ])("finds the key at %j", (path, expected) => {
    expect(textAt(path, "key")).toEqual(expected);
  });

  it("takes a list item, which has no key, by its value", () => {
    expect(textAt(["kernelOptions", "present", 0], "key")).toEqual([11, "amd_iommu=on"]);
  });

  it("gives the end of a value of several lines without the line break behind it", () => {
    expect(locate(["devices"])).toMatchObject({ line: 3, column: 3, endLine: 6, endColumn: 22 });
  });

  it.each([
    [["vfio"]],
    [["kernel", "release", "x"]],
    [["kernelOptions", "present", 2]],
    [["toString"]],
    [["devices", 0]],
  ])("finds nothing at %j", (path) => {
    expect(locate(path)).toBeUndefined();
  });
});
