import fs from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { GENERATED } from "./generated.ts";
import { tellStory } from "./story.ts";

// Between `<!-- begin: NAME -->` and `<!-- end -->` a page holds what is made here: from the records that the program works
// with, or `screen NAME` from a run of it. UPDATE_GOLDEN=1 writes it anew.

const PAGES = [
  "README.md",
  ...fs.readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [join("docs", name)] : [])),
];
const PART = /(?<=<!-- begin: (?<name>[^\n]+) -->\n).*?(?=<!-- end -->)/gs;

/** The spec of the README is the one that its screens are made with. */
function specOfReadme(): string {
  const [, spec] = /^```yaml\n(.*?)^```$/ms.exec(fs.readFileSync("README.md", "utf8")) ?? [];
  if (spec === undefined) throw new Error("README.md has no spec");
  return spec;
}

const screens = tellStory(specOfReadme());

async function made(name: string): Promise<string> {
  const screen = /^screen (.*)$/.exec(name)?.[1];
  const told = screen === undefined ? undefined : (await screens).get(screen);
  if (told !== undefined) return `\n\`\`\`console\n${told}\n\`\`\`\n\n`;
  const make = GENERATED[name];
  if (make === undefined) throw new Error(`nothing makes "${name}"`);
  return `\n${make()}\n\n`;
}

describe.each(PAGES)("%s", (path) => {
  const page = fs.readFileSync(path, "utf8");
  const names = [...page.matchAll(PART)].map((part) => part.groups?.["name"] ?? "");

  it.runIf(names.length > 0)("shows what the program says and prints", async () => {
    const parts = new Map(await Promise.all(names.map(async (name) => [name, await made(name)] as const)));
    const whole = page.replaceAll(PART, (...match) => {
      const groups = match.at(-1) as unknown as { readonly name: string };
      return parts.get(groups.name) ?? "";
    });
    const config = await resolveConfig(path);
    expectGolden(path, await format(whole, { ...config, filepath: path }));
  });

  it("begins nothing that it does not end", () => {
    expect(page.match(/<!-- begin: /g)?.length ?? 0).toBe(page.match(/<!-- end -->/g)?.length ?? 0);
  });
});

describe("the README", () => {
  const readme = fs.readFileSync("README.md", "utf8");

  it("is read in five minutes", () => {
    const prose = readme.replaceAll(/^```.*?^```$|<!--.*?-->/gms, "");
    expect(prose.split(/\s+/).length).toBeLessThan(750);
  });

  it("begins with the two commands, and its spec has at most 12 lines", () => {
    const [demo, check] = readme.matchAll(/^ {4}(npm ci.*)$/gm);
    expect([demo?.[1], check?.[1]]).toEqual(["npm ci && npm run demo", "npm ci && npm test"]);
    expect(specOfReadme().trimEnd().split("\n").length).toBeLessThanOrEqual(12);
  });
});
