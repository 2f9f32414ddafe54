// Makes dist/hostcfg_VERSION_ARCH.deb of dist/hostcfg-linux-ARCH and of what the build made beside it:
// node scripts/deb.mjs [x64 | arm64]
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { packagedNode } from "./nodes.mjs";
import { changesOf, dateOf } from "./release-notes.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };
const MAINTAINER = "The hostcfg authors <hostcfg@hostcfg.invalid>";

const [arch = "x64"] = process.argv.slice(2);
const architecture = ARCHITECTURES[arch];
const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));
const date = dateOf();

const root = mkdtempSync(join(at(".cache"), "deb-"));
try {
  chmodSync(root, 0o755);
  place("usr/bin/hostcfg", at(`dist/hostcfg-linux-${arch}`), 0o755);
  for (const page of ["man/man1/hostcfg.1", "man/man5/hostcfg-spec.5"])
    write(`usr/share/${page}.gz`, packed(readFileSync(at(`dist/share/${page}`))));
  for (const completion of [
    "bash-completion/completions/hostcfg",
    "zsh/vendor-completions/_hostcfg",
    "fish/vendor_completions.d/hostcfg.fish",
  ])
    place(`usr/share/${completion}`, at(`dist/share/${completion}`));
  for (const name of readdirSync(at("schemas")))
    place(`usr/share/hostcfg/schemas/${name}`, at(`schemas/${name}`));
  const doc = "usr/share/doc/hostcfg";
  for (const folder of ["examples", "docs"])
    for (const entry of readdirSync(at(folder), { recursive: true, withFileTypes: true })) {
      const path = relative(at("."), join(entry.parentPath, entry.name));
      if (entry.isFile()) place(`${doc}/${path}`, at(path));
    }
  for (const name of ["README.md", "DIAGNOSTICS.md", "SECURITY.md"]) place(`${doc}/${name}`, at(name));
  write(`${doc}/copyright`, copyright());
  write(`${doc}/changelog.gz`, packed(changelog()));
  place("usr/share/lintian/overrides/hostcfg", at("scripts/deb/lintian-overrides"));
  const size = filesBelow("usr").reduce(
    (sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024),
    0,
  );
  write("DEBIAN/control", control(size));
  write("DEBIAN/md5sums", filesBelow("usr").map(digestLine).join(""));
  place("DEBIAN/prerm", at("scripts/deb/prerm"), 0o755);

  const deb = at(`dist/hostcfg_${version}_${architecture}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "-z3", "--build", root, deb], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(date.getTime() / 1000)) },
  });
} finally {
  rmSync(root, { recursive: true });
}

function place(path, from, mode = 0o644) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  copyFileSync(from, join(root, path));
  chmodSync(join(root, path), mode);
}

function write(path, content) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode: 0o644 });
}

/** As gzip -9n: no name and no time in it. */
function packed(content) {
  return gzipSync(content, { level: 9 });
}

function filesBelow(path) {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(below) : [below];
  });
}

/** For dpkg --verify, which knows no other digest. */
function digestLine(path) {
  const digest = createHash("md5")
    .update(readFileSync(join(root, path)))
    .digest("hex");
  return `${digest}  ${path}\n`;
}

/** What the executable was linked with, by the libraries' own versions of their symbols. */
function control(size) {
  return `Package: hostcfg
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 5.2)
Recommends: pci.ids
Section: admin
Priority: optional
Description: declarative configuration of a host's boot path
 One YAML file says which kernel a Linux host shall boot, with which options,
 which links in /boot name it, and which PCI devices must end up in different
 IOMMU groups. hostcfg shows what would change, changes it, and says after the
 reboot whether it came out.
 .
 It drives GRUB, systemd-boot with kernel-install, kernelstub and
 proxmox-boot-tool.
`;
}

function changelog() {
  const lines = changesOf(version).map((change) => `  * ${wrapped(change).join("\n    ")}`);
  return `hostcfg (${version}) unstable; urgency=medium\n\n${lines.join("\n")}\n\n -- ${MAINTAINER}  ${rfc2822(date)}\n`;
}

/** In lines of at most 76 characters. */
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = [lines.at(-1), word].filter((part) => part !== "").join(" ");
    if (line.length > 76 && lines.at(-1) !== "") lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

function rfc2822(when) {
  return when.toUTCString().replace("GMT", "+0000");
}

/** The licence of hostcfg, and of all that the executable brings along, in the words of each. */
function copyright() {
  const { packages } = JSON.parse(readFileSync(at("package-lock.json"), "utf8"));
  const shipped = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true);
  const parts = shipped.map(([path, { version, license }]) => {
    const file = readdirSync(at(path)).find((name) => /^licen[cs]e/i.test(name));
    const isCommon = file === undefined || license === "Apache-2.0";
    const text = isCommon ? "" : `\n\n${readFileSync(at(`${path}/${file}`), "utf8").trim()}`;
    return `== ${path.split("node_modules/").at(-1)} ${version}, ${license}${text}`;
  });
  const licence = readFileSync(at("LICENSE"), "utf8").trim();
  return [
    "hostcfg: a declarative configuration of a host's boot path",
    licence,
    "The executable holds these packages of npm. Where one is under the Apache License, version 2.0, Debian systems have\nits text in /usr/share/common-licenses/Apache-2.0.",
    ...parts,
    "The executable holds Node.js as well, which brings other works along:",
    readFileSync(join(packagedNode(arch), "LICENSE"), "utf8").trim(),
    "",
  ].join("\n\n");
}
