import { describe, expect, it } from "vitest";
import type { ExecStep } from "../../../src/model/index.ts";
import { shellWords } from "../../../src/cli/shell-words.ts";
import { PLAIN } from "../../../src/cli/style.ts";
import { stepLines } from "../../../src/cli/views/steps.ts";

function shown(step: Partial<ExecStep>): readonly string[] {
  const whole: ExecStep = {
    id: 3,
    kind: "exec",
    title: "install the kernel",
    serves: [],
    action: { does: "install", family: "debian", from: "files", packages: [] },
    argv: ["dpkg", "--install"],
    inputs: [],
    touches: [],
    flushes: [],
    timeoutSeconds: 600,
    ...step,
  };
  return stepLines(whole, PLAIN).map((line) => line.written);
}

describe("a command of a plan", () => {
  it("is written over several lines when it is long, and is still the same command", () => {
    const argv = [
      "dpkg",
      "--install",
      ...["headers", "image", "libc-dev"].map((name) => `/srv/${name.repeat(8)} x.deb`),
    ];
    const command = shown({ argv }).filter(
      (line) => line.startsWith("     $") || line.startsWith("        "),
    );
    expect(command.length).toBeGreaterThan(1);
    expect(Math.max(...command.map((line) => line.length))).toBeLessThan(110);
    expect(command.join("").replace(/ \\ +/g, " ").trim()).toBe(`$ ${shellWords(argv)}`);
  });

  it("stays on one line when it is short", () => {
    expect(shown({})).toEqual(["  3. install the kernel", "     $ dpkg --install", "     time limit 10 min"]);
  });

  it("cannot forge a line of the plan with an argument", () => {
    expect(shown({ argv: ["dpkg", "a\nNo changes."] })[1]).toBe("     $ dpkg 'a\\nNo changes.'");
  });

  it("names what it reads with its digest, and each file that it rewrites", () => {
    const inputs = [{ path: "/srv/debs/linux.deb", sha256: "0123456789abcdef".repeat(4) }];
    expect(shown({ inputs, touches: ["/etc/a", "/etc/b"], timeoutSeconds: 45 }).slice(2)).toEqual([
      "     reads linux.deb (sha256 0123456789ab…)",
      "     rewrites /etc/a",
      "     rewrites /etc/b",
      "     time limit 45 s",
    ]);
  });
});
