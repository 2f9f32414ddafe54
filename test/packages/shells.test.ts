import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

function complaints(program: string, ...argv: readonly string[]): string {
  const { error, stderr, status } = spawnSync(program, argv, {
    encoding: "utf8",
    env: { ...process.env, MAN_KEEP_STDERR: "1", LC_ALL: "C.UTF-8" },
  });
  if (error !== undefined) throw error;
  return status === 0 ? stderr : `exit ${status ?? "by signal"}: ${stderr}`;
}

describe("what is installed under /usr/share", () => {
  it.each([
    ["bash", "dist/share/bash-completion/completions/hostcfg"],
    ["zsh", "dist/share/zsh/vendor-completions/_hostcfg"],
    ["fish", "dist/share/fish/vendor_completions.d/hostcfg.fish"],
  ])("is read by %s without a complaint", (shell, file) => {
    expect(complaints(shell, "-n", file)).toBe("");
  });

  it.each(["man1/hostcfg.1", "man5/hostcfg-spec.5"])("is shown by man without a warning: %s", (page) => {
    expect(complaints("man", "--warnings", "-l", "-Tutf8", "-Z", `dist/share/man/${page}`)).toBe("");
  });
});

it("fish offers what belongs to a command", () => {
  const script =
    "source dist/share/fish/vendor_completions.d/hostcfg.fish; complete --do-complete 'hostcfg groups --acs-override '";
  const { stdout } = spawnSync("fish", ["-c", script], { encoding: "utf8" });
  expect(stdout.match(/^\S+/gm)?.toSorted()).toEqual(["absent", "assume", "auto"]);
});
