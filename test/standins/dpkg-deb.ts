import { controlArchive } from "../support/deb.ts";
import type { Program } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";

/** dpkg-deb(1), only `--ctrl-tarfile FILE`: the control archive, unpacked, on stdout. */
export const dpkgDeb: Program = (args, { root }) => {
  const [option, file] = args;
  if (option !== "--ctrl-tarfile" || file === undefined || args.length !== 2)
    throw untaught("dpkg-deb", args);
  if (!root.exists(file)) {
    return failed(2, `dpkg-deb: error: failed to read archive '${file}': No such file or directory\n`);
  }
  return succeeded(controlArchive(root.read(file)).toString("utf8"));
};
