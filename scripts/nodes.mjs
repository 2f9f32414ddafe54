// Programs of Node.js as the npm registry ships them, each a package of its own; kept in .cache/nodes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../.cache/nodes", import.meta.url));

/** The LTS release in the executables, and the registry's digests of what was looked at. */
export const NODE = {
  version: "24.22.3",
  integrity: {
    x64: "sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==",
    arm64: "sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==",
  },
};

/** The one that hostcfg is packaged with. */
export function packagedNode(arch) {
  if (!Object.hasOwn(NODE.integrity, arch))
    throw new Error(`hostcfg is packaged for x64 and arm64, not ${arch}`);
  return nodePackage(NODE.version, arch, NODE.integrity[arch]);
}

/**
 * A folder with bin/node, LICENSE and CHANGELOG.md. npm compares what it fetches with the registry's digest; where one is
 * given here, the registry's must be that one.
 *
 * @param {string} version
 * @param {"x64" | "arm64"} arch
 * @param {string} [integrity]
 */
export function nodePackage(version, arch, integrity) {
  const folder = join(CACHE, `${version}-${arch}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const scratch = mkdtempSync(join(CACHE, "fetching-"));
  try {
    const argv = ["pack", "--json", "--pack-destination", scratch, `node-linux-${arch}@${version}`];
    const [packed] = JSON.parse(execFileSync("npm", argv, { encoding: "utf8", cwd: scratch }));
    if (integrity !== undefined && packed.integrity !== integrity)
      throw new Error(
        `Node.js ${version} for ${arch} is not the one that was looked at: ${packed.integrity}`,
      );
    execFileSync("tar", ["--extract", "--gzip", "--no-same-owner", "--file", packed.filename], {
      cwd: scratch,
    });
    renameSync(join(scratch, "package"), folder);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return folder;
}
