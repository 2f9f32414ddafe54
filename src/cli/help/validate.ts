import type { Help } from "../command.ts";
import { EXIT } from "../exit-codes.ts";

export const help: Help = {
  about: `Checks a spec (./host.yaml when none is named): its syntax, its keys and values, what
contradicts, and the .deb files it names with their checksums. All mistakes are shown at
once, each with its line and what to do about it.

It asks nothing of any host, so it runs anywhere: in an editor, in a commit hook, in CI.
Whether a device or a kernel of the spec exists on a host is what hostcfg plan tells.`,
  exits: [
    [EXIT.ok, "the spec is valid (there may be warnings)"],
    [EXIT.error, "it is not, or it could not be read"],
  ],
  examples: [
    ["before a commit", "hostcfg validate host.yaml"],
    ["for a program: the same as one JSON document", "hostcfg validate host.yaml --json"],
  ],
};
