import { describe, expect, it } from "vitest";
import { parseSpec } from "../../src/spec/parse.ts";
import type { Session } from "./fakes.ts";
import { applying, run, savedPlanOf, SPEC } from "./fakes.ts";
import { FULL_PLAN } from "./plans.ts";

const open = (text: string) => ({ kind: "file", text, mode: 0o666 }) as const;
const APPLIED = { status: "applied", journal: "/var/lib/hostcfg/journal/1", steps: 4 } as const;
const WITH_DEB = `apiVersion: hostcfg/v1
kernel: { packages: [{ file: "debs/a b.deb", sha256: ${"a".repeat(64)} }] }
`;

describe("files that somebody else could change", () => {
  const session: Session = { files: { "host.yaml": open(SPEC) }, engine: applying(APPLIED) };

  it("are warned of by plan, with the command line that ends it", async () => {
    const { exit, stdout } = await run("plan --no-color", session);
    expect(exit).toBe(0);
    expect(stdout).toContain(
      "others could change the spec: /desk/host.yaml: everybody may write it (mode 0666)",
    );
    expect(stdout).toContain("sudo chmod go-w /desk/host.yaml");
  });

  it("are warned of by apply, which goes on", async () => {
    const { exit, stderr } = await run("apply --auto-approve --no-color", session);
    expect(exit).toBe(0);
    expect(stderr).toContain("others could change the spec: /desk/host.yaml");
  });

  it("are told by their code in JSON", async () => {
    const { stdout } = await run("plan --json", session);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
    expect(diagnostics.map(({ code }) => code)).toContain("spec-open-to-others");
  });

  it("are nobody's business where only a recorded host is planned for", async () => {
    const capture = JSON.stringify({
      formatVersion: "1.0",
      hostcfgVersion: "0",
      takenAt: "",
      privileged: true,
      paths: {},
      queries: [],
    });
    const { stdout } = await run("plan --json --capture c.json", {
      files: { "host.yaml": open(SPEC), "c.json": capture },
      engine: { readCapture: () => Promise.resolve({ capture: JSON.parse(capture) as never }) },
    });
    expect(stdout).not.toContain("spec-open-to-others");
  });

  it("are those of another user than root and who is behind sudo", async () => {
    const files = { "host.yaml": { kind: "file", text: SPEC, uid: 1000, gid: 1000 } } as const;
    expect((await run("plan", { files })).stdout).toContain("it belongs to user 1000");
    expect((await run("plan", { files, env: { SUDO_UID: "1000" } })).stdout).not.toContain("others could");
    expect((await run("plan", { files, env: { SUDO_UID: "1001" } })).stdout).toContain(
      "sudo chown root /desk/host.yaml",
    );
  });

  it("are the packages of the spec and their folders as well, each told once", async () => {
    const files = {
      "host.yaml": WITH_DEB,
      debs: { kind: "directory", mode: 0o777 },
      "debs/a b.deb": open(""),
    } as const;
    const { stdout } = await run("plan --json", { files, engine: { parseSpec } });
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: { code: string; summary: string; hint: string }[];
    };
    const found = diagnostics.filter(({ code }) => code === "deb-open-to-others");
    expect(found.map(({ summary, hint }) => [summary, hint])).toEqual([
      [
        "others could change the package debs/a b.deb: /desk/debs: everybody may write it (mode 0777)",
        "sudo chmod go-w /desk/debs",
      ],
      [
        "others could change the package debs/a b.deb: /desk/debs/a b.deb: everybody may write it (mode 0666)",
        "sudo chmod go-w '/desk/debs/a b.deb'",
      ],
    ]);
  });

  it("are the saved plan where one is applied, and not the spec that it was made from", async () => {
    const saved = JSON.stringify(FULL_PLAN);
    const { stderr } = await run("apply p.json --no-color", {
      files: { "p.json": open(saved), "host.yaml": open(SPEC) },
      engine: { ...applying(APPLIED), ...savedPlanOf(FULL_PLAN) },
    });
    expect(stderr).toContain("others could change the saved plan: /desk/p.json");
    expect(stderr).not.toContain("others could change the spec");
  });
});
