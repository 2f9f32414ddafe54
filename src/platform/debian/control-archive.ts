import { TAR_BLOCK, tarHeader, tarSpace } from "../../archive/tar.ts";

/**
 * A file of a package's control archive (deb(5)), which is an uncompressed tar.
 *
 * @param file `control`, or e.g. `md5sums`.
 * @param archive As the program printed it, decoded as UTF-8.
 */
export function controlFile(archive: string, file = "control"): string | undefined {
  // Sizes in a tar count bytes.
  const bytes = Buffer.from(archive, "utf8");
  let at = 0;
  for (let header = tarHeader(bytes, at); header !== undefined; header = tarHeader(bytes, at)) {
    const content = at + TAR_BLOCK;
    if (header.name.replace(/^\.\//, "") === file)
      return bytes.toString("utf8", content, content + header.size);
    at = content + tarSpace(header.size);
  }
  return undefined;
}
