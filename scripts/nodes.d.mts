type Arch = "x64" | "arm64";
export function packagedNode(arch: Arch): string;
export function nodePackage(version: string, arch: Arch, integrity?: string): string;
