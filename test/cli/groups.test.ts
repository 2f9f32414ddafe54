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

describe("groups of some devices", () => {
  it("are listed by address or class", async () => {
    const ofCard = await runWith(ENGINE, "groups --device 0d:00", { host: capture });
    expect(ofCard.stdout.match(/^Group .*/gm)).toEqual(["Group 30"]);
    expect(await runWith(ENGINE, "groups --class vga", { host: capture })).toMatchObject({
      exit: 0,
      stdout: ofCard.stdout,
    });
    const json = await runWith(ENGINE, "groups --class nvme --json", { host: capture });
    expect((JSON.parse(json.stdout) as { current: { groups: unknown[] } }).current.groups).toHaveLength(2);
  });

  it("are refused for an address or class that there is not, with what there is", async () => {
    const address = await runWith(ENGINE, "groups --device 7f:00", { host: capture });
    expect(address).toMatchObject({ exit: 1, stdout: "" });
    expect(address.stderr).toContain("no PCI device of this host has the address 7f:00");
    const named = await runWith(ENGINE, "groups --class gpu", { host: capture });
    expect(named).toMatchObject({ exit: 1, stdout: "" });
    expect(named.stderr).toContain("known: vga, display, 3d");
  });

  it("are no question about two devices", async () => {
    const ran = await runWith(ENGINE, "groups --class vga --why 0c:00 0d:00", { host: capture });
    expect(ran.stderr).toContain("--why and --separate ask about two devices");
  });
});
