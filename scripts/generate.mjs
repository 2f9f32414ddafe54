// Makes code from schemas/: types for the spec (committed, they are read) and standalone validators (not
// committed). Compiling the validators ahead keeps ajv's code generation out of a process that runs as root.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const schema = (name) => JSON.parse(readFileSync(at(`schemas/${name}.json`), "utf8"));

const types = await compile(schema("host-v1"), "HostSpec", {
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  bannerComment: "/* Generated from schemas/host-v1.json by scripts/generate.mjs. Do not edit. */",
  format: true,
  style: { printWidth: 110 },
});
const typesFile = at("src/spec/host-spec.gen.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(typesFile, "utf8") !== types)
    throw new Error("host-spec.gen.ts is out of date: npm run generate");
} else writeFileSync(typesFile, types);

for (const [name, out, part] of [
  ["host-v1", "src/spec/validate-host.gen.js"],
  ["plan-v1", "src/journal/validate-plan.gen.js"],
  ["lock-v1", "src/plan/validate-lock.gen.js"],
  ["capture-v1", "src/host/validate-capture.gen.js"],
  // Of the document only what is also read back.
  ["status-v1", "src/verify-at-boot/validate-record.gen.js", "VerificationRecord"],
]) {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: false },
  });
  const whole = schema(name);
  const validator =
    part === undefined
      ? ajv.compile(whole)
      : ajv.addSchema(whole).compile({ $ref: `${whole.$id}#/$defs/${part}` });
  const source = standalone.default(ajv, validator);
  // ajv's "esm" output still calls require for its run-time helpers, so it is bundled into one plain module.
  await build({
    stdin: { contents: source, resolveDir: at("."), loader: "js" },
    outfile: at(out),
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["main"],
    logLevel: "warning",
  });
}
