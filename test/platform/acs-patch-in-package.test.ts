import { describe, expect, it } from "vitest";
import { acsPatchesInPackage } from "../../src/platform/acs-patch-in-package.ts";
import { known, unknown } from "../../src/facts/fact.ts";
import type { PackageSearch } from "../../src/archive/deb.ts";
import { HostError } from "../../src/host/reader.ts";
import { readerOf } from "../support/host.ts";

const FILE = "debs/kernel.deb";

function read(search: () => Promise<PackageSearch | undefined>) {
  return acsPatchesInPackage(
    Object.assign(readerOf({}), { searchPackage: search }),
    FILE,
    "/home/me/kernel.deb",
  );
}

describe("the kernels of a package", () => {
  it("are judged each by its own files, by System.map before the image", async () => {
    const files = [
      { path: "/boot/vmlinuz-2", found: ["pcie_acs_override"], packed: "xz" },
      { path: "/boot/vmlinuz-1", found: ["Linux version "], packed: "lz4" },
      { path: "/boot/System.map-1", found: ["pcie_acs_override"] },
      { path: "/boot/System.map-2", found: [] },
    ];
    expect(await read(() => Promise.resolve({ files }))).toEqual(
      known([
        {
          release: "1",
          answer: "carried",
          evidence: ["/boot/System.map-1 in kernel.deb lists its functions"],
        },
        {
          release: "2",
          answer: "carried",
          evidence: [
            "/boot/System.map-2 in kernel.deb does not list the kernel's functions",
            "/boot/vmlinuz-2 in kernel.deb, unpacked (xz), holds the option's name",
          ],
        },
      ]),
    );
  });

  it("are none in a package of headers", async () => {
    expect(await read(() => Promise.resolve({ files: [] }))).toEqual(known([]));
  });

  it("are unknown where the package cannot be read or is broken", async () => {
    const broken = { files: [], incomplete: "its data archive cannot be unpacked: it ends early" };
    expect(await read(() => Promise.resolve(broken))).toEqual(unknown(`${FILE}: ${broken.incomplete}`));
    expect(await read(() => Promise.reject(new HostError("EACCES", "/home/me/kernel.deb", "no")))).toEqual(
      unknown("reading /home/me/kernel.deb needs root"),
    );
    expect(await read(() => Promise.resolve(undefined))).toEqual(unknown("/home/me/kernel.deb is not there"));
  });
});
