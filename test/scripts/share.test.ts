import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { bashCompletion } from "../../scripts/share/bash.ts";
import { fishCompletion } from "../../scripts/share/fish.ts";
import { hostcfgPage } from "../../scripts/share/hostcfg-page.ts";
import type { Schema } from "../../scripts/share/spec-keys.ts";
import { specPage } from "../../scripts/share/spec-page.ts";
import { zshCompletion } from "../../scripts/share/zsh.ts";
import { optionsOf } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";

const schema = JSON.parse(fs.readFileSync("schemas/host-v1.json", "utf8")) as Schema;
/** As a reader sees it: roff's way to write a dash undone. */
const read = (page: string): string => page.replaceAll("\\-", "-");

describe("the manual pages", () => {
  it("tell each command with each of its options and exit codes", () => {
    const page = read(hostcfgPage());
    for (const command of COMMANDS) {
      const [, section = ""] = page.split(`.SS "hostcfg ${command.name} `);
      const own = section.split(/^\.S[SH] /m)[0] ?? "";
      expect(own).not.toBe("");
      for (const option of command.options) expect(own, command.name).toMatch(`.B "--${option}`);
      for (const [code, meaning] of command.exits) expect(own).toMatch(`.B "${code}"\n${meaning}`);
    }
  });

  it("tell each key that the schema has, with the way to it", () => {
    const page = read(specPage(schema));
    const keys = [...page.matchAll(/^\.B "(.*)"$/gm)].map(([, key]) => key);
    expect(keys).toEqual(
      expect.arrayContaining([
        ...Object.keys(schema.properties ?? {}),
        "devices.NAME.nth",
        "kernel.packages[].sha256",
        "kernel.packages[].version",
        "vfio.bootDisplayAllowed",
        "iommuGroups.separate",
      ]),
    );
    expect(page).toContain("Version of the spec language. This is version 1. Value: hostcfg/v1. Required.");
  });

  it("hold no line that roff takes for a request by accident", () => {
    for (const page of [hostcfgPage(), specPage(schema)])
      expect(
        page.split("\n").filter((line) => /^[.'](?!(?:TH|SH|SS|PP|TP|BR?|I|RS|RE|EX|EE)\b)/.test(line)),
      ).toEqual([]);
  });
});

/** What bash offers for the last word, with stand-ins for the two functions of bash-completion that are used. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${bashCompletion()}
    _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; prev=\${words[cword-1]}; }
    __ltrim_colon_completions() { :; }
    compopt() { :; }
    _hostcfg_devices() { printf '%s\\n' 0c:00.0 0d:00.0; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _hostcfg
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", "hostcfg", ...words], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("the completion of bash", () => {
  it("offers the commands", () => {
    expect(offered("")).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
    expect(offered("enable")).toEqual(["enable-verify"]);
  });

  it.each(COMMANDS)("offers the options of $name and no others", (command) => {
    expect(offered(command.name, "-")).toEqual(optionsOf(command).map((option) => `--${option}`));
  });

  it("offers devices where devices are asked for, the words of a choice, and files for a spec", () => {
    expect(offered("groups", "--why", "0c:00.0", "0d")).toEqual(["0d:00.0"]);
    expect(offered("init", "--vm", "")).toEqual(["0c:00.0", "0d:00.0"]);
    expect(offered("groups", "--acs-override", "a")).toEqual(["auto", "assume", "absent"]);
    expect(offered("plan", "package.js")).toEqual(["package.json"]);
    expect(offered("plan", "--root", "schem")).toEqual(["schemas"]);
    expect(offered("apply", "--lock-timeout", "")).toEqual([]);
  });
});

describe.each([
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
])("the completion of %s", (_shell, completion) => {
  it.each(COMMANDS)("has $name with each of its options", (command) => {
    const lines = completion()
      .split("\n")
      .filter((line) => new RegExp(`^\\s*${command.name}\\) |from ${command.name}'`).test(line))
      .join("\n");
    for (const option of optionsOf(command))
      expect(lines).toMatch(new RegExp(`--${option}[[=]|-l ${option} `));
  });
});
