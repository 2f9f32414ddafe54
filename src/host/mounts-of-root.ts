/**
 * The lines of a process's /proc/PID/mounts (proc(5)) as they would read inside another root: only mounts at or
 * below the root's folder, by their place in it. A live procfs inside a root tells the mounts as *this* process
 * sees them, outside of it.
 */
export function mountsOfRoot(text: string, root: string): string {
  // The kernel writes blanks, tabs, line breaks and backslashes as octal (seq_path).
  const folder = root.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
  const lines = text.split("\n").flatMap((line) => {
    const [source, place, ...rest] = line.split(" ");
    if (place !== folder && place?.startsWith(`${folder}/`) !== true) return [];
    return [[source, place.slice(folder.length) || "/", ...rest].join(" ")];
  });
  return lines.map((line) => `${line}\n`).join("");
}
