// Writes what a system keeps under /usr/share beside a program: manual pages and completions, each made from the record
// that the program itself works with. node share.mjs FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bashCompletion } from "./share/bash.ts";
import { fishCompletion } from "./share/fish.ts";
import { hostcfgPage } from "./share/hostcfg-page.ts";
import type { Schema } from "./share/spec-keys.ts";
import { specPage } from "./share/spec-page.ts";
import { zshCompletion } from "./share/zsh.ts";

const [folder = "dist/share"] = process.argv.slice(2);
const schema = JSON.parse(readFileSync("schemas/host-v1.json", "utf8")) as Schema;
const files = {
  "man/man1/hostcfg.1": hostcfgPage(),
  "man/man5/hostcfg-spec.5": specPage(schema),
  "bash-completion/completions/hostcfg": bashCompletion(),
  "zsh/vendor-completions/_hostcfg": zshCompletion(),
  "fish/vendor_completions.d/hostcfg.fish": fishCompletion(),
};
for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
