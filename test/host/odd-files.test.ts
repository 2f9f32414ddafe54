import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import { LinkReader } from "../../src/host/link-reader.ts";
import { RootTree } from "../../src/host/root-tree.ts";
import { probe } from "../../src/plan/probe.ts";
import { makePlan } from "../../src/plan/make.ts";
import { materialise } from "../support/materialise.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";

const SPEC: HostSpec = { apiVersion: "hostcfg/v1", kernelOptions: { present: ["iommu=pt"] } };

/** Each third file that a probe of the host reads; the devices are left out. */
function filesOf(name: string): string[] {
  const { paths } = withoutDevices(recordedHost(name).capture);
  const files = Object.entries(paths).flatMap(([path, { kind }]) =>
    kind === "file" && !path.startsWith("/sys/") ? [path] : [],
  );
  return files.filter((_path, at) => at % 3 === 0);
}

describe.each(["debian-grub", "sd-boot-debian", "proxmox-zfs"])("on %s", (name) => {
  let work: string;
  let root: string;
  beforeAll(() => {
    work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-odd-files-"));
    root = join(work, "root");
    materialise(withoutDevices(recordedHost(name).capture), root);
  });
  afterAll(() => {
    fs.rmSync(work, { recursive: true });
  });

  /** What came of a plan with something else at the path. */
  async function planWith(path: string, make: (real: string) => void): Promise<string> {
    const real = join(root, path);
    const kept = join(work, "kept");
    fs.renameSync(real, kept);
    try {
      make(real);
      const state = await probe(new LinkReader(new RootTree({ root, commands: "none" })), SPEC);
      const source = {
        path: "x",
        sha256: "0".repeat(64),
        spec: SPEC,
        diagnostics: [],
        locate: () => undefined,
      };
      return typeof makePlan({ source, state, debs: [], hostcfgVersion: "0.0.0" }).applyable;
    } finally {
      fs.rmSync(real, { force: true });
      fs.renameSync(kept, real);
    }
  }

  it.each([
    ["a pipe that nobody writes to", (real: string) => execFileSync("mkfifo", [real])],
    [
      "more than any text has",
      (real: string) => {
        fs.writeFileSync(real, "");
        fs.truncateSync(real, 65 << 20);
      },
    ],
  ])("%s is what cannot be known, at any path", async (_what, make) => {
    for (const path of filesOf(name)) {
      expect(fs.existsSync(dirname(join(root, path)))).toBe(true);
      expect([path, await planWith(path, make)]).toEqual([path, "boolean"]);
    }
  });
});
