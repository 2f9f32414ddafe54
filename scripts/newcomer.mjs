// What a newcomer gets, with the executable of npm run package and no Node.js in PATH: a spec that changes nothing, one that
// hands a card over, the doctor's screen, and the figures. node scripts/newcomer.mjs; fails where a spec of init is not quiet.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const executable = at(`dist/hostcfg-linux-${process.arch}`);
const folder = mkdtempSync(join(tmpdir(), "hostcfg-newcomer-"));
/** Cards of recorded hosts that are handed over. */
const CARDS = { "pop-x570": "0d:00", "intel-z390": "05:00", "debian-grub": "01:00" };
const HOSTS = ["pop-x570", "debian-grub", "sd-boot-debian", "proxmox-9", "intel-z390"];

const recorded = (name) => ["--capture", at(`test/hosts/${name}/capture.json`)];
/** What it prints, whatever its exit code says of the host. */
const printed = (...argv) => {
  const { stdout, stderr } = spawnSync(executable, argv, {
    encoding: "utf8",
    env: { PATH: "" },
    cwd: folder,
  });
  if (stdout === "") throw new Error(`hostcfg ${argv.join(" ")} printed nothing: ${stderr}`);
  return stdout;
};
const hostcfg = (...argv) => {
  console.log(
    `$ hostcfg ${argv.map((word) => word.replace(at(""), "").replace(`${folder}/`, "")).join(" ")}`,
  );
  return printed(...argv);
};
const last = (text) => text.trimEnd().split("\n").at(-1) ?? "";
const lines = (text) => text.trimEnd().split("\n").length;

try {
  console.log(hostcfg("doctor", ...recorded("pop-x570")));
  for (const name of HOSTS) {
    const spec = join(folder, `${name}.yaml`);
    console.log(last(hostcfg("init", ...recorded(name), "--out", spec)));
    const end = last(hostcfg("plan", ...recorded(name), spec));
    console.log(`${end}\n`);
    if (!end.startsWith("No changes")) throw new Error(`a spec of init changes ${name}`);
  }
  for (const [name, card] of Object.entries(CARDS)) {
    const spec = join(folder, `${name}-vm.yaml`);
    console.log(last(hostcfg("init", ...recorded(name), "--vm", card, "--out", spec)));
    console.log(hostcfg("plan", ...recorded(name), spec));
  }

  console.log("lines of a plan of test/hosts/NAME/host.yaml");
  for (const name of HOSTS) {
    const plan = ["plan", ...recorded(name), at(`test/hosts/${name}/host.yaml`)];
    console.log(
      `  ${name.padEnd(16)}${lines(printed(...plan))}, with --details ${lines(printed(...plan, "--details"))}`,
    );
  }
  const words = readFileSync(at("README.md"), "utf8").split(/\s+/).length;
  console.log(`README.md: ${words} words`);
  const made = readdirSync(at("dist")).filter((name) => /^hostcfg(?:-linux-|_)/.test(name));
  for (const name of made)
    console.log(`dist/${name}: ${Math.round(statSync(at(`dist/${name}`)).size / 1e6)} MB`);
} finally {
  rmSync(folder, { recursive: true });
}
