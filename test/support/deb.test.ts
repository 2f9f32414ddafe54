import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acsKernelDebs } from "./acs-kernel.ts";
import { buildDeb, readDeb } from "./deb.ts";
import { gzipStored } from "./gzip.ts";
import { recordedHost } from "./recorded-hosts.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostcfg-deb-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("buildDeb", () => {
  it("writes what readDeb reads back: control, scripts, files with modes, links and the folders above them", () => {
    const file = join(folder, "small.deb");
    buildDeb(
      file,
      { Package: "small", Version: "1" },
      [
        { path: "/opt/small/run", content: "#!/bin/sh\n", mode: 0o755 },
        { path: "/opt/small/now", link: "run" },
      ],
      { postinst: "#!/bin/sh\nexit 0\n" },
    );
    const deb = readDeb(readFileSync(file));
    expect(deb.control).toBe("Package: small\nVersion: 1\n");
    expect(deb.scripts).toEqual({ postinst: "#!/bin/sh\nexit 0\n" });
    expect(deb.files.map(({ kind, path, mode, link }) => [kind, path, mode ?? link])).toEqual([
      ["folder", "/", 0o755],
      ["folder", "/opt", 0o755],
      ["folder", "/opt/small", 0o755],
      ["link", "/opt/small/now", "run"],
      ["file", "/opt/small/run", 0o755],
    ]);
  });

  it("refuses a name that does not fit its archive format instead of cutting it", () => {
    const path = `/${"x".repeat(100)}`;
    expect(() => {
      buildDeb(join(folder, "long.deb"), {}, [{ path, content: "" }]);
    }).toThrow("too long");
  });
});

describe("gzipStored", () => {
  it("writes what gunzip reads, over the size of one block too", () => {
    const sizes = fc.oneof(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 65_530, max: 131_080 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 255 }), (size, byte) => {
        const bytes = Buffer.alloc(size, byte);
        expect(gunzipSync(gzipStored(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("acsKernelDebs", () => {
  it("writes the very bytes whose sha256 stands in the spec of pop-x570", () => {
    const spec = readFileSync(recordedHost("pop-x570").spec, "utf8");
    const sums = acsKernelDebs(folder).map((file) =>
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    );
    expect([...spec.matchAll(/sha256: ([0-9a-f]{64})/g)].map(([, sum]) => sum)).toEqual(sums);
  });
});
