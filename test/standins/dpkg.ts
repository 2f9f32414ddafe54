import type { Deb } from "../support/deb.ts";
import { readDeb } from "../support/deb.ts";
import { runHooks } from "./hooks.ts";
import type { Stanza } from "./package-database.ts";
import { parseStanzas, readDatabase, statusOf, writeDatabase } from "./package-database.ts";
import type { Machine, Program, Ran } from "./program.ts";
import { failed, succeeded, untaught } from "./program.ts";
import type { RootFolder } from "./root-folder.ts";

/**
 * dpkg(1), only `--print-architecture`, `--install FILE…` and `--remove NAME…`: unpacks all packages, then configures
 * them one after the other. A maintainer script is not run but read: it may do nothing else than run the hooks of
 * /etc/kernel. Packages with dependencies are refused.
 */
export const dpkg: Program = (args, machine) => {
  // What it decides, the handling of changed conffiles, no package here has.
  const [action, ...files] = args.filter((argument) => argument !== "--force-confold");
  if (action === "--print-architecture" && files.length === 0) return succeeded("amd64\n");
  if (action === "--remove" && files.length > 0)
    return inTurn(files.map((name) => () => remove(name, machine)));
  if ((action !== "--install" && action !== "-i") || files.length === 0) throw untaught("dpkg", args);
  const missing = files.find((file) => !machine.root.exists(file));
  if (missing !== undefined) {
    return failed(2, `dpkg: error: cannot access archive '${missing}': No such file or directory\n`);
  }
  const debs = files.map((file) => readDeb(machine.root.read(file)));
  return inTurn([
    ...debs.map((deb) => () => unpack(deb, machine)),
    ...debs.map((deb) => () => configure(deb, machine)),
  ]);
};

/** One after the other; a failure does not keep the others from their turn. */
function inTurn(steps: readonly (() => Ran)[]): Ran {
  const ran = steps.map((step) => step());
  return {
    exitCode: ran.some(({ exitCode }) => exitCode !== 0) ? 1 : 0,
    stdout: ran.map(({ stdout }) => stdout).join(""),
    stderr: ran.map(({ stderr }) => stderr).join(""),
  };
}

function unpack(deb: Deb, machine: Machine): Ran {
  const { root } = machine;
  const control = controlOf(deb);
  const { name, version } = identity(control);
  if (control.has("Depends") || control.has("Pre-Depends")) {
    throw new Error(`the stand-in for dpkg resolves no dependencies, and ${name} has some`);
  }
  const old = readDatabase(root).find((stanza) => stanza.get("Package") === name);
  const there = old !== undefined && statusOf(old)[2] !== "config-files";
  const before = runScript("preinst", deb, machine);
  if (before.exitCode !== 0) return before;
  for (const entry of deb.files) {
    if (entry.kind === "folder") root.makeFolder(entry.path);
    else if (entry.kind === "link") root.link(entry.path, entry.link ?? "");
    else root.replace(entry.path, entry.content ?? "", entry.mode);
  }
  root.makeFolder("/var/lib/dpkg/info");
  root.replace(
    `/var/lib/dpkg/info/${name}.list`,
    deb.files.map(({ path }) => `${path === "/" ? "/." : path}\n`).join(""),
  );
  record(root, control, "unpacked");
  return succeeded(
    `${there ? "" : `Selecting previously unselected package ${name}.\n`}Unpacking ${name} (${version})${there ? ` over (${old.get("Version") ?? ""})` : ""} ...\n`,
  );
}

function configure(deb: Deb, machine: Machine): Ran {
  const control = controlOf(deb);
  const { name, version } = identity(control);
  record(machine.root, control, "half-configured");
  const script = runScript("postinst", deb, machine);
  const stdout = `Setting up ${name} (${version}) ...\n${script.stdout}`;
  if (script.exitCode !== 0) {
    const complaint = `dpkg: error processing package ${name} (--install):\n installed ${name} package post-installation script subprocess returned error exit status ${script.exitCode}\n`;
    return failed(1, script.stderr + complaint, stdout);
  }
  record(machine.root, control, "installed");
  return succeeded(stdout, script.stderr);
}

/**
 * The scripts of a kernel image by `make deb-pkg` run the hooks of prerm.d before and of postrm.d after its files go;
 * folders go where nothing else is in them, and what has a postrm stays known as config-files (dpkg(1)).
 */
function remove(name: string, machine: Machine): Ran {
  const { root } = machine;
  const database = readDatabase(root);
  const at = database.findIndex((stanza) => stanza.get("Package") === name);
  const stanza = database[at];
  if (stanza === undefined)
    return succeeded("", `dpkg: warning: ignoring request to remove ${name} which isn't installed\n`);
  const release = /^linux-image-(.+)$/.exec(name)?.[1];
  const hooks = (folder: string): Ran =>
    release === undefined ? succeeded() : runHooks(`/etc/kernel/${folder}`, release, machine);
  const before = hooks("prerm.d");
  if (before.exitCode !== 0) return before;
  const list = `/var/lib/dpkg/info/${name}.list`;
  const paths = root.exists(list) ? root.text(list).trimEnd().split("\n") : [];
  for (const path of paths.toReversed()) {
    if (path === "/.") continue;
    if (!root.isFolder(path)) root.remove(path);
    else if (root.names(path).length === 0) root.removeFolder(path);
  }
  const after = hooks("postrm.d");
  const gone = new Map(stanza).set("Status", "deinstall ok config-files");
  writeDatabase(root, release === undefined ? database.toSpliced(at, 1) : database.with(at, gone));
  return inTurn([
    () => succeeded(`Removing ${name} (${stanza.get("Version") ?? ""}) ...\n`),
    () => before,
    () => after,
  ]);
}

/** A script in the style of `make deb-pkg`: nothing but run-parts with the release as its first argument. */
function runScript(name: "preinst" | "postinst", deb: Deb, machine: Machine): Ran {
  const script = deb.scripts[name];
  if (script === undefined) return succeeded();
  const found = /^run-parts --arg="([^"]+)" .*(\/etc\/kernel\/\w+\.d)$/m.exec(script);
  const [, release, folder] = found ?? [];
  if (release === undefined || folder === undefined) {
    throw new Error(`the stand-in for dpkg runs no shell, and this ${name} needs one:\n${script}`);
  }
  return runHooks(folder, release, machine);
}

/** A hold is forgotten: to install is to want it installed. */
function record(root: RootFolder, control: Stanza, state: string): void {
  const database = readDatabase(root);
  const { name } = identity(control);
  const at = database.findIndex((stanza) => stanza.get("Package") === name);
  const { Package = name, ...fields } = Object.fromEntries(control);
  const stanza: Stanza = new Map([
    ["Package", Package],
    ["Status", `install ok ${state}`],
    ...Object.entries(fields),
  ]);
  writeDatabase(root, at === -1 ? [...database, stanza] : database.with(at, stanza));
}

function controlOf(deb: Deb): Stanza {
  const [control] = parseStanzas(deb.control);
  if (control === undefined) throw new Error("a package without a control file");
  return control;
}

function identity(control: Stanza): { name: string; version: string } {
  return { name: control.get("Package") ?? "", version: control.get("Version") ?? "" };
}
