import type { PackageAction, PackageRef } from "../../model/index.ts";
import type { Command } from "../platform.ts";

/** A kernel's package runs depmod and update-initramfs, on a slow machine for minutes. */
const INSTALL_SECONDS = 3600;
const SELECTION_SECONDS = 60;

/** Held for as long as a front end works on the packages; dpkg takes it too, but for a child of such a front end. */
const FRONT_END = "/var/lib/dpkg/lock-frontend";
/** Held by dpkg itself, and by front ends while they read and write its database. */
const DATABASE = "/var/lib/dpkg/lock";
/** Held by whoever downloads or clears away packages. */
const ARCHIVES = "/var/cache/apt/archives/lock";

/** The command line of dpkg(1), apt-get(8) or apt-mark(8) for this. */
export function packageCommand(action: PackageAction): Command {
  const { packages } = action;
  switch (action.does) {
    case "install":
      return {
        argv:
          action.from === "files"
            ? ["dpkg", "--force-confold", "--install", ...action.packages.map(({ file }) => file)]
            : ["apt-get", "install", ...APT_OPTIONS, ...packages.map(versioned)],
        timeoutSeconds: INSTALL_SECONDS,
      };
    case "remove":
      return { argv: ["dpkg", "--remove", ...packages.map(named)], timeoutSeconds: INSTALL_SECONDS };
    case "hold":
    case "unhold":
      return {
        argv: ["apt-mark", action.does, ...packages.map(named)],
        timeoutSeconds: SELECTION_SECONDS,
      };
  }
}

const APT_OPTIONS = [
  "--yes",
  "--no-install-recommends",
  // Nothing that the plan does not show: apt then gives up instead.
  "--no-remove",
  "--allow-downgrades",
  // A held package that is declared in another version; the hold is set again afterwards.
  "--allow-change-held-packages",
  "--option=Dpkg::Options::=--force-confold",
];

function named({ name }: PackageRef): string {
  return name;
}

function versioned({ name, version }: PackageRef): string {
  return version === undefined ? name : `${name}=${version}`;
}

/**
 * The command line with a search path for what the program starts: apt-get gives dpkg, and with that all hooks, a path of
 * its own (apt.conf(5), DPkg::Path). The others hand theirs on.
 */
export function withSearchPath(
  action: PackageAction,
  argv: readonly string[],
  path: string,
): readonly string[] {
  return action.does === "install" && action.from === "repository"
    ? argv.toSpliced(1, 0, `--option=DPkg::Path=${path}`)
    : argv;
}

/**
 * The files that the program locks before it changes packages, each with a record lock (fcntl(2)). dpkg (1.19.1 and
 * later) takes the first two and fails at once where it cannot; so do apt-get(8), and apt-mark(8), which runs
 * `dpkg --set-selections`.
 */
export function packageLocks(action: PackageAction): readonly string[] {
  const both = [FRONT_END, DATABASE];
  return action.does === "install" && action.from === "repository" ? [...both, ARCHIVES] : both;
}
