import type { PackageAction, PackageRef } from "../../model/index.ts";
import type { Command } from "../platform.ts";

/** A kernel's package has mkinitcpio make two initrds, on a slow machine for minutes. */
const INSTALL_SECONDS = 3600;

/** The command line of pacman(8) for this. */
export function packageCommand(action: PackageAction): Command {
  return { argv: argvOf(action), timeoutSeconds: INSTALL_SECONDS };
}

function argvOf(action: PackageAction): readonly string[] {
  switch (action.does) {
    case "install":
      return action.from === "files"
        ? ["pacman", "-U", "--noconfirm", ...action.packages.map(({ file }) => file)]
        : ["pacman", "-S", "--noconfirm", ...action.packages.map(named)];
    case "remove":
      return ["pacman", "-R", "--noconfirm", ...action.packages.map(named)];
    case "hold":
    case "unhold":
      throw new Error("no program of pacman's holds a package, so no plan has such a step");
  }
}

function named({ name }: PackageRef): string {
  return name;
}
