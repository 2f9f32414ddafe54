import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/spec/include.ts";
import type { ParsedSpec } from "../../src/spec/parse.ts";
import { parseSpec } from "../../src/spec/parse.ts";

const V1 = "apiVersion: hostcfg/v1\n";

/** A host's spec at hosts/a.yaml over what stands at base.yaml. */
function over(base: string, host: string): ParsedSpec {
  const text = `${V1}include: ../base.yaml\n${host}`;
  return parseSpec("hosts/a.yaml", Buffer.from(text), (path) =>
    path === "base.yaml" ? Buffer.from(V1 + base) : { why: "does not exist" },
  );
}

const OWN = { apiVersion: "hostcfg/v1", include: "../base.yaml" };

describe("a spec that includes a base", () => {
  it("has the keys of both, and its own value where both have one", () => {
    const { spec, diagnostics } = over(
      "kernel: { release: 6.1.0-1, hold: true }\nhealth: { gateway: true }\n",
      "hostname: a\nkernel: { release: 6.1.0-2 }\n",
    );
    expect(diagnostics).toEqual([]);
    expect(spec).toEqual({
      ...OWN,
      hostname: "a",
      kernel: { release: "6.1.0-2", hold: true },
      health: { gateway: true },
    });
  });

  it("takes a list as one value", () => {
    const { spec } = over(
      "health: { units: [ssh.service, a.service] }\n",
      "health: { units: [b.service] }\n",
    );
    expect(spec?.health).toEqual({ units: ["b.service"] });
  });

  it("takes the selector of a device as one value, and the other devices from the base", () => {
    const { spec } = over(
      'devices:\n  gpu: { id: "10de:2206" }\n  nic: { id: "8086:1539" }\n',
      'devices:\n  gpu: { address: "0d:00" }\n',
    );
    expect(spec?.devices).toEqual({ gpu: { address: "0d:00" }, nic: { id: "8086:1539" } });
  });

  it("takes its own options of a name in place of all of the base's, and the base's others before its own", () => {
    const { spec, diagnostics } = over(
      'kernelOptions:\n  present: ["console=ttyS0", quiet, "console=tty0", panic=5]\n  absent: [splash, nosmt]\n',
      'kernelOptions:\n  present: ["console=hvc0", nosmt]\n  absent: [quiet]\n',
    );
    expect(diagnostics).toEqual([]);
    expect(spec?.kernelOptions).toEqual({
      present: ["panic=5", "console=hvc0", "nosmt"],
      absent: ["splash", "quiet"],
    });
  });

  it("has no list of options that its own took everything out of", () => {
    const { spec } = over("kernelOptions: { present: [quiet] }\n", "kernelOptions: { absent: [quiet] }\n");
    expect(spec?.kernelOptions).toEqual({ absent: ["quiet"] });
  });

  it("finds the packages of the base beside the base", () => {
    const sha = "0".repeat(64);
    const { spec } = over(`kernel:\n  packages: [{ file: debs/a.deb, sha256: "${sha}" }]\n`, "");
    expect(spec?.kernel?.packages).toEqual([{ file: "../debs/a.deb", sha256: sha }]);
  });

  it("says of each value in which file and line it stands", () => {
    const { locate } = over(
      "kernelOptions:\n  present: [quiet]\n",
      "kernelOptions:\n  present: [panic=5]\nkernel: {}\n",
    );
    const at = (...path: (string | number)[]) => {
      const { file, line } = locate(path) ?? {};
      return `${file ?? ""}:${line ?? 0}`;
    };
    expect(at("kernelOptions", "present", 0)).toBe("base.yaml:3");
    expect(at("kernelOptions", "present", 1)).toBe("hosts/a.yaml:4");
    expect(at("kernelOptions", "present")).toBe("hosts/a.yaml:4");
  });

  it("is another spec where its base is another one", () => {
    const [one, same, other] = ["kernel: { hold: true }\n", "kernel: { hold: true }\n", "kernel: {}\n"].map(
      (base) => digestOf(over(base, "")),
    );
    expect(one).toBe(same);
    expect(one).not.toBe(other);
  });

  it("includes nothing where it only names itself", () => {
    const text = Buffer.from(`${V1}include: a.yaml\n`);
    const { spec, diagnostics } = parseSpec("a.yaml", text, () => text);
    expect(spec).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(["include-nested"]);
  });

  it("keeps a base with keys like __proto__ as what they are: unknown keys", () => {
    const { spec, diagnostics } = over("__proto__: { hold: true }\n", "");
    expect(spec).toBeUndefined();
    expect(diagnostics.map(({ code, source }) => `${source?.file ?? ""} ${code}`)).toEqual([
      "base.yaml unknown-key",
    ]);
  });
});
