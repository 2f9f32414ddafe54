import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { HostError } from "../../src/host/reader.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import type { Ran, Session } from "./fakes.ts";
import { runWith } from "./fakes.ts";

const { spec, capture } = recordedHost("debian-grub");
const SPEC = readFileSync(spec, "utf8");

function hostcfg(line: string, session: Session = {}): Promise<Ran> {
  const engine = { ...ENGINE, ...session.engine };
  return runWith(engine, line, { files: { "host.yaml": SPEC }, host: capture, ...session });
}

/** The lines with the names of the paths and programs, without the times, which differ. */
function asked({ stderr }: Ran): readonly string[] {
  return stderr.split("\n").flatMap((line) => /^ +\d+\.\d ms {2}(.*)/.exec(line)?.[1] ?? []);
}

describe("--debug", () => {
  it("lists what was read, what was not there and what was run, with the time of each", async () => {
    const ran = await hostcfg("plan --debug");
    expect(ran.stderr).toMatch(/^Asked of the host: \d+ paths, \d programs, \d+\.\d ms\n/);
    expect(asked(ran)).toEqual(
      expect.arrayContaining([
        "exit 0     dpkg --print-architecture",
        "there      /etc/os-release -> ../usr/lib/os-release",
        "read       /usr/lib/os-release",
        "listed     /boot",
        "not there  /usr/bin/kernelstub",
      ]),
    );
  });

  it("names each path once, however often the host was looked at", async () => {
    const paths = asked(await hostcfg("plan --debug")).filter((line) => line.includes("  /"));
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("says why the boot loader was chosen", async () => {
    expect((await hostcfg("check --debug")).stderr).toMatch(
      /\nBoot loader found: grub\n {2}this boot was started by GRUB .*\n {2}\/boot\/grub\/grub.cfg is there \(GRUB\)\n$/,
    );
  });

  it("says what the spec names beside what was found", async () => {
    const files = { "host.yaml": `${SPEC}bootLoader: grub\n` };
    expect((await hostcfg("plan --debug", { files })).stderr).toContain(
      "\nBoot loader of the spec: grub\nBoot loader found: grub\n",
    );
  });

  it.each(["plan", "verify", "check", "groups", "capture", "status", "history", "undo --plan-only"])(
    "leaves the result of %s as it is, as text and as JSON",
    async (command) => {
      for (const line of [command, `${command} --json`]) {
        const [without, withIt] = [await hostcfg(line), await hostcfg(`${line} --debug`)];
        expect([withIt.exit, withIt.stdout]).toEqual([without.exit, without.stdout]);
        expect(withIt.stderr).toContain("Asked of the host: ");
        expect(without.stderr).not.toContain("Asked of the host: ");
      }
    },
  );

  it("comes before the reason where the command fails", async () => {
    const probe = (): never => {
      throw new HostError("EIO", "/boot", "/boot: i/o error (EIO)");
    };
    const { exit, stdout, stderr } = await hostcfg("check --debug", { engine: { probe } });
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^Asked of the host: .*\nerror: \/boot: i\/o error \(EIO\)\n/);
  });

  it("lets nothing of the host reach the terminal raw", async () => {
    const entry = { kind: "directory", entries: ["config-\u001b[2J"] } as const;
    const paths = { ...capture.paths, "/boot": entry };
    const { stderr } = await hostcfg("check --debug", { host: { ...capture, paths } });
    expect(stderr.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
