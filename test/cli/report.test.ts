import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import type { Ran, Session } from "./fakes.ts";
import { runWith } from "./fakes.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture, spec } = recordedHost("debian-grub");
const files = { "host.yaml": fs.readFileSync(spec, "utf8"), "c.json": JSON.stringify(capture) };

function hostcfg(line: string, session: Session = {}): Promise<Ran> {
  return runWith(ENGINE, line, { ...session, files: { ...files, ...session.files } });
}

describe("hostcfg report", () => {
  it("writes the page where --out says, and says what the plan comes to", async () => {
    const ran = await hostcfg("report --capture c.json --out r.html");
    expect(ran.exit).toBe(0);
    expect(Object.keys(ran.written)).toEqual(["/desk/r.html"]);
    expect(ran.written["/desk/r.html"]).toMatch(/^<!doctype html>\n[^]*<\/html>\n$/);
    expect(ran.stdout).toMatch(/^Plan: .*\nWritten to r\.html, which only root can read\.\n$/);
    const own = await hostcfg("report --capture c.json --out r.html", { privileged: false });
    expect(own.stdout).toMatch(/\nWritten to r\.html: open it in a browser\.\n$/);
  });

  it("prints the same page without --out, and nothing else on stdout", async () => {
    const [to, out] = [
      await hostcfg("report --capture c.json --out r.html"),
      await hostcfg("report --capture c.json"),
    ];
    expect(out.stdout).toBe(to.written["/desk/r.html"]);
    expect(out.written).toEqual({});
  });

  it("prints its document as JSON, and still writes the page where one is asked for", async () => {
    const ran = await hostcfg("report --capture c.json --json --out r.html");
    expect(Object.keys(JSON.parse(ran.stdout) as object)).toEqual([
      "formatVersion",
      "plan",
      "groups",
      "planned",
      "devices",
      "pairs",
      "morePairs",
    ]);
    expect(Object.keys(ran.written)).toEqual(["/desk/r.html"]);
    expect((await hostcfg("report --capture c.json --json")).written).toEqual({});
  });

  it("makes the page of the running host too, without looking at a capture", async () => {
    const ran = await hostcfg("report --out r.html", { host: capture });
    expect(ran).toMatchObject({ exit: 0, targets: [{ kind: "host" }] });
  });

  it.each([
    ["report --capture c.json --out r.html --detailed-exitcode", 2],
    ["report none.yaml --capture c.json --out r.html --detailed-exitcode", 0],
    ["report bad.yaml --capture c.json --out r.html", 1],
  ])("%s exits as plan does", async (line, exit) => {
    const more = {
      "none.yaml": "apiVersion: hostcfg/v1\n",
      "bad.yaml":
        'apiVersion: hostcfg/v1\ndevices: { gone: { id: "dead:beef" } }\nvfio: { devices: [gone] }\n',
    };
    const ran = await hostcfg(line, { files: more });
    expect(ran.exit).toBe(exit);
    // Who is refused wants to see why.
    expect(Object.keys(ran.written)).toEqual(["/desk/r.html"]);
  });

  it("tells a person on stderr what is wrong, and not with --json", async () => {
    const more = { "bad.yaml": 'apiVersion: hostcfg/v1\ndevices: { gone: { id: "dead:beef" } }\n' };
    const ran = await hostcfg("report bad.yaml --capture c.json --out r.html", { files: more });
    expect(ran.stderr).toContain("error[device-not-found]");
    const json = await hostcfg("report bad.yaml --capture c.json --json", { files: more });
    expect(json.stderr).toBe("");
  });

  it("writes over an older page of its own, and over no other", async () => {
    const page = (await hostcfg("report --capture c.json")).stdout;
    const older = page.replace(/hostcfg \d+\.\d+\.\d+" \/>/, 'hostcfg 0.0.9" />');
    expect(older).not.toBe(page);
    const again = await hostcfg("report --capture c.json --out r.html", { files: { "r.html": older } });
    expect(again.exit).toBe(0);
    const other = await hostcfg("report --capture c.json --out r.html", {
      files: { "r.html": "<!doctype html>\n<html><body>mine</body></html>" },
    });
    expect(other).toMatchObject({ exit: 1, written: {} });
    expect(other.stderr).toContain("would overwrite a file that hostcfg did not write");
  });

  it("says what to do with a page that is given as a spec", async () => {
    const page = (await hostcfg("report --capture c.json")).stdout;
    const ran = await hostcfg("plan r.html", { files: { "r.html": page } });
    expect(ran.stderr).toBe(
      "error: r.html is a page of hostcfg report, not a spec\nhint: open it in a browser\n",
    );
  });

  it("shows the plan's errors and warnings on the page", async () => {
    const more = { "bad.yaml": 'apiVersion: hostcfg/v1\ndevices: { gone: { id: "dead:beef" } }\n' };
    const ran = await hostcfg("report bad.yaml --capture c.json", { files: more });
    expect(ran.stdout).toContain("device-not-found");
    expect(ran.stdout).toContain("It is not clear which device of this host is meant.");
  });
});
