import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { patched } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import { runWith } from "./fakes.ts";

const { capture } = recordedHost("pop-x570");
/** Neither what boots next nor this boot's options can be told. */
const blind = patched(capture, {
  "/proc/cmdline": null,
  "/boot/efi/loader/loader.conf": "default @saved\n",
  "/sys/firmware/efi/efivars/LoaderEntryLastBooted-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f": {
    kind: "file",
    error: "EIO",
  },
});

describe.each(["--why 0c:00.0 0d:00.0", "--separate 0c:00.0 0d:00.0"])("groups %s", (question) => {
  it("is answered where the groups can be predicted", async () => {
    expect(await runWith(ENGINE, `groups ${question}`, { host: capture })).toMatchObject({ exit: 0 });
  });

  it("fails with the reason where they cannot, and does not list groups instead", async () => {
    const ran = await runWith(ENGINE, `groups ${question}`, { host: blind });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain("error: cannot be answered: ");
    const json = await runWith(ENGINE, `groups ${question} --json`, { host: blind });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: "groups-unknown" } });
  });
});
