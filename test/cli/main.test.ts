import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { HostError } from "../../src/host/reader.ts";
import type { Looked } from "../../src/platform/new-initrd.ts";
import { captureOf } from "../support/host.ts";
import type { Session } from "./fakes.ts";
import { run, SPEC } from "./fakes.ts";

describe("the command line", () => {
  it("prints its version", async () => {
    expect(await run("--version")).toMatchObject({
      exit: 0,
      stdout: `hostcfg ${manifest.version}\n`,
      stderr: "",
    });
  });

  it("looks at a new initrd for its own programs, which hear why it must not be used", async () => {
    const asked: string[][] = [];
    const judge = (found: Looked, files = {}) =>
      run("judge-initrd /boot/.new /boot/initrd.img-6.1", {
        host: captureOf(files),
        engine: {
          lookAtNewInitrd: (_reader, ...paths) => {
            asked.push(paths);
            return Promise.resolve(found);
          },
        },
      });
    expect(await judge({})).toMatchObject({ exit: 0, stdout: "", stderr: "" });
    const fault = { fault: "cannot be read to its end" };
    expect(await judge(fault, { "/boot/initrd.img-6.1": "old" })).toMatchObject({
      exit: 1,
      stderr: "hostcfg: the new initrd cannot be read to its end: /boot/initrd.img-6.1 stays as it was\n",
    });
    expect((await judge(fault)).stderr).toContain("it does not become /boot/initrd.img-6.1");
    expect(await judge({ doubt: "is odd" })).toMatchObject({
      exit: 0,
      stderr: "hostcfg: whether the new initrd is whole is unknown: it is odd\n",
    });
    expect(asked[0]).toEqual(["/boot/.new", "/boot/initrd.img-6.1"]);
  });

  it("prints the help of a command without looking at anything", async () => {
    const ran = await run("plan --help", { files: {} });
    expect(ran).toMatchObject({ exit: 0, stderr: "", targets: [] });
    expect(ran.stdout).toContain("hostcfg plan [SPEC] [options]");
  });

  it("answers a mistyped command with what was meant and how it is called", async () => {
    const ran = await run("verfy host.yaml");
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toBe(
      'error: there is no command "verfy"\nhint: did you mean verify?\nusage: hostcfg COMMAND [options]; see hostcfg --help\n',
    );
  });

  it("answers a mistyped option with what was meant and how the command is called", async () => {
    const ran = await run("plan --jsno");
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toBe(
      "error: plan has no option --jsno\nhint: did you mean --json?\nusage: hostcfg plan [SPEC] [options]\n",
    );
  });

  it("gives a mistake in the call as JSON too, when JSON is asked for", async () => {
    const ran = await run("plan --json --rot /mnt");
    expect(ran).toMatchObject({ exit: 1, stderr: "" });
    expect(JSON.parse(ran.stdout)).toEqual({
      formatVersion: "1.0",
      error: { code: "unknown-option", message: "plan has no option --rot", hint: "did you mean --root?" },
      diagnostics: [],
    });
  });

  it("shows how to start when there is no spec at all", async () => {
    const ran = await run("plan", { files: {} });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain("error: there is no host.yaml in this folder\n");
    expect(ran.stderr).toContain("sudo hostcfg init");
  });

  it.each<[string, Session, string]>([
    ["plan nope.yaml", {}, "error: the spec nope.yaml does not exist\n"],
    [
      "plan -",
      {},
      "error: the spec - is no file: hostcfg does not read pipes or devices\nhint: save what comes from there in a file first, and name that\n",
    ],
    ["plan dir", { files: { "dir/file": "" } }, "error: the spec dir is a folder; name a file in it\n"],
    ["plan --capture nope.json", {}, "error: the capture nope.json does not exist\n"],
    ["plan --root nowhere", {}, "error: --root nowhere: there is no such folder\n"],
    ["plan --root host.yaml", {}, "error: --root host.yaml: there is no such folder\n"],
    [
      "plan --out dir",
      { files: { "host.yaml": SPEC, "dir/file": "" } },
      "error: --out dir is a folder; name a file in it\n",
    ],
    ["plan --out no/p.json", {}, "error: --out no/p.json: its folder does not exist\n"],
    [
      "plan p.json",
      { files: { "p.json": '{"formatVersion":"1.0"}' } },
      "error: p.json is a saved plan, not a spec\nhint: to carry it out: hostcfg apply p.json\n",
    ],
    [
      "verify p.json",
      { files: { "p.json": '{"formatVersion":"1.0"}' } },
      "error: p.json is a saved plan, not a spec\nhint: to carry it out: hostcfg apply p.json\n",
    ],
  ])("%s fails with one clear message", async (line, session, message) => {
    expect(await run(line, session)).toMatchObject({ exit: 1, stdout: "", stderr: message });
  });

  it("shows all that is wrong with a spec, and does not look at the host", async () => {
    const ran = await run("plan", {
      files: { "host.yaml": "apiVersion: hostcfg/v1\nkernl: {}\nhostnam: x\n" },
    });
    expect(ran).toMatchObject({ exit: 1, stdout: "", targets: [] });
    expect(ran.stderr).toContain("host.yaml:2:1: error[unknown-key]");
    expect(ran.stderr).toContain("host.yaml:3:1: error[unknown-key]");
    expect(ran.stderr).toContain("error: host.yaml is not a valid spec\n");
  });

  it("gives the mistakes of a spec inside the one JSON document", async () => {
    const ran = await run("plan --json", { files: { "host.yaml": "apiVersion: hostcfg/v1\nkernl: {}\n" } });
    expect(ran).toMatchObject({ exit: 1, stderr: "" });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code: "invalid-spec" },
      diagnostics: [{ code: "unknown-key", source: { line: 2 } }],
    });
  });

  it("refuses a file that is no capture, and says how to take one", async () => {
    const ran = await run("plan --capture c.json", {
      files: { "host.yaml": SPEC, "c.json": '{"formatVersion":"2.0","paths":{}}' },
      engine: {
        readCapture: () =>
          Promise.resolve({
            diagnostics: [{ severity: "error", code: "not-a-capture", summary: "no formatVersion" }],
          }),
      },
    });
    expect(ran).toMatchObject({ exit: 1, stdout: "" });
    expect(ran.stderr).toContain("error[not-a-capture]: no formatVersion\n");
    expect(ran.stderr).toContain("hint: take it again on the host: hostcfg capture --out c.json\n");
  });

  it.each([
    [
      "a saved plan",
      "p.json",
      '{"formatVersion":"1.0","steps":[]}',
      "p.json is not a capture: it is a saved plan\nhint: to carry it out: hostcfg apply p.json\n",
    ],
    [
      "a spec",
      "host.yaml",
      SPEC,
      "host.yaml is not a capture: it is a spec\nhint: a spec is named without an option: hostcfg plan host.yaml\n",
    ],
    [
      "a package",
      "x.deb",
      "!<arch>\n",
      "x.deb is not a capture: it is no JSON that hostcfg wrote\nhint: take a capture on the host: sudo hostcfg capture SPEC --out host.capture.json\n",
    ],
  ])(
    "refuses %s as a capture, and does not suggest to write over it",
    async (_what, name, content, stderr) => {
      const ran = await run(`groups --capture ${name}`, {
        files: { [name]: content },
        engine: { readCapture: () => Promise.resolve({ diagnostics: [] }) },
      });
      expect(ran).toMatchObject({ exit: 1, stdout: "", stderr: `error: ${stderr}` });
    },
  );

  it("sends a capture that stands where a spec belongs to --capture", async () => {
    const ran = await run("plan c.json", { files: { "c.json": '{"formatVersion":"1.0","takenAt":"now"}' } });
    expect(ran).toMatchObject({
      exit: 1,
      stderr:
        "error: c.json is a capture, not a spec\nhint: did you mean: hostcfg plan SPEC --capture c.json\n",
    });
  });

  describe("when the machine fails", () => {
    const failing = (error: Error): Session => ({
      engine: { probe: () => Promise.reject(error) },
    });

    it("tells what failed and the remedy, without a stack", async () => {
      const error = new HostError("EACCES", "/boot/efi", "/boot/efi: permission denied (EACCES)");
      expect(await run("plan", failing(error))).toMatchObject({
        exit: 1,
        stdout: "",
        stderr:
          "error: /boot/efi: permission denied (EACCES)\nhint: this needs root: put sudo in front of the command\n",
      });
    });

    it("gives it as JSON when JSON is asked for", async () => {
      const error = new HostError("EIO", "/boot", "/boot: i/o error (EIO)");
      const ran = await run("plan --json", failing(error));
      expect(JSON.parse(ran.stdout)).toMatchObject({
        error: { code: "EIO", message: "/boot: i/o error (EIO)" },
      });
    });

    it("calls only what nobody expected an internal error, and says how to report it", async () => {
      const ran = await run("plan", failing(new TypeError("x is not a function\nsecond line")));
      expect(ran).toMatchObject({ exit: 1, stdout: "" });
      expect(ran.stderr).toBe(
        "error: internal error: x is not a function\nhint: this is a bug in hostcfg: please report it with what HOSTCFG_DEBUG=1 prints and the file of hostcfg capture\n",
      );
    });

    it("shows the stack only with HOSTCFG_DEBUG=1, and nothing in it reaches the terminal raw", async () => {
      const ran = await run("plan", {
        ...failing(new TypeError("bad \u001b[2J")),
        env: { HOSTCFG_DEBUG: "1" },
      });
      expect(ran.stderr).toContain("TypeError: bad \\x1b[2J\n");
      expect(ran.stderr).toMatch(/ {4}at .*main\.test\.ts/);
    });
  });

  it("colours each stream by itself, and not at all with --no-color", async () => {
    const coloured = await run("plan nope", { terminal: true });
    expect(coloured.stderr).toContain("\u001b[31m");
    const plain = await run("plan nope --no-color", { terminal: true });
    expect(plain.stderr).not.toContain("\u001b");
  });
});
