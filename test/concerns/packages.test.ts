import { describe, expect, it } from "vitest";
import type { Capture } from "../../src/host/capture.ts";
import { versionsQuery } from "../../src/host/queries.ts";
import type { DebFact, ExecStep, Plan } from "../../src/model/index.ts";
import { answering, codes, debOf, packageOf, planOf } from "../support/planning.ts";
import { recordedHost } from "../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const image = debOf("linux-image-6.9.0-acso", "6.9.0-1");
const headers = debOf("linux-headers-6.9.0-acso", "6.9.0-1");

function installed(...lines: string[]) {
  const base = "linux-base\t4.9\tall\tinstall\tinstalled\tok\nlibc6\t2.36-9\tamd64\tinstall\tinstalled\tok\n";
  return answering(
    capture,
    "dpkg-query",
    base + lines.map((line) => `${line.replaceAll(" ", "\t")}\n`).join(""),
  );
}

/** The steps that install, without what keeps the default meanwhile. */
function installs({ steps }: Plan): ExecStep[] {
  return steps.flatMap((step) => (step.kind === "exec" && step.action.does === "install" ? [step] : []));
}

function spec(...debs: DebFact[]) {
  return { kernel: { packages: debs.map(packageOf) } };
}

/** What apt-cache says of a package, in a capture that asked. */
function offered(name: string, stdout: string | undefined): Capture {
  const answer =
    stdout === undefined
      ? ({ ran: false, why: "programs of this root may not run" } as const)
      : ({ ran: true, exitCode: 0, stdout, stderr: "" } as const);
  return { ...capture, queries: [...capture.queries, { argv: [...versionsQuery(name)], answer }] };
}

describe("packages by name and version", () => {
  const NAME = "linux-image-6.1.0-50-amd64";
  const ROWS = [
    ` ${NAME} | 6.1.176-1 | http://mirror.example/debian bookworm/main amd64 Packages`,
    ` ${NAME} | 6.1.192-1 | http://mirror.example/debian-security bookworm-security/main amd64 Packages`,
    ` ${NAME} | 6.1.192-1 | http://mirror.example/debian bookworm/main amd64 Packages`,
    ` ${NAME}-dbg | 6.1.999-1 | http://mirror.example/debian bookworm/main amd64 Packages`,
    "",
  ].join("\n");
  const declared = (version: string) => ({ kernel: { packages: [{ name: NAME, version }] } });
  const found = async (host: Capture, version: string) =>
    (await planOf(host, declared(version))).diagnostics.filter(({ code }) =>
      code.startsWith("package-version"),
    );

  it("that the apt sources have are installed", async () => {
    const plan = await planOf(offered(NAME, ROWS), declared("6.1.192-1"));
    expect(plan.applyable).toBe(true);
    expect(installs(plan)).toMatchObject([{ action: { from: "repository" } }]);
    expect(await found(offered(NAME, ROWS), "6.1.176-1")).toEqual([]);
  });

  it("that they have in other versions are an error, with those", async () => {
    expect(await found(offered(NAME, ROWS), "6.1.999-1")).toMatchObject([
      {
        severity: "error",
        code: "package-version-missing",
        hint: expect.stringMatching(/^they have 6\.1\.192-1, 6\.1\.176-1;/) as string,
        specPath: ["kernel", "packages", 0, "version"],
      },
    ]);
  });

  it("that they do not have at all are an error at the name", async () => {
    expect(await found(offered(NAME, ""), "6.1.192-1")).toMatchObject([
      {
        severity: "error",
        hint: expect.stringContaining("sudo apt update") as string,
        specPath: ["kernel", "packages", 0, "name"],
      },
    ]);
  });

  it.each([
    ["where apt may not be asked", offered(NAME, undefined)],
    ["in a capture that was never asked", capture],
  ])("are unknown %s, and that is said", async (_what, host) => {
    const [one, ...more] = await found(host, "6.1.192-1");
    expect(one).toMatchObject({ severity: "warning", code: "package-version-unknown" });
    expect(more).toEqual([]);
  });

  it("that are installed are not asked for", async () => {
    const host = installed(`${NAME} 6.1.192-1 amd64 install installed ok`);
    expect(await found(host, "6.1.192-1")).toEqual([]);
  });
});

describe("packages from files", () => {
  it("that are missing are installed in one transaction, headers with the image", async () => {
    const plan = await planOf(capture, spec(headers, image), [headers, image]);
    expect(plan.changes.map(({ address, action, after }) => [address, action, after])).toEqual([
      ["kernel.packages.linux-headers-6.9.0-acso", "create", "6.9.0-1"],
      ["kernel.packages.linux-image-6.9.0-acso", "create", "6.9.0-1"],
    ]);
    expect(installs(plan)).toMatchObject([
      {
        argv: ["dpkg", "--force-confold", "--install", headers.path, image.path],
        inputs: [{ path: headers.path }, { path: image.path, sha256: "a".repeat(64) }],
      },
    ]);
  });

  it("that are installed in that version are left alone, for dpkg would build the initrd again", async () => {
    const host = installed("linux-image-6.9.0-acso 6.9.0-1 amd64 install installed ok");
    const plan = await planOf(host, spec(headers, image), [headers, image]);
    expect(plan.steps).toMatchObject([{ argv: ["dpkg", "--force-confold", "--install", headers.path] }]);
    expect(plan.unchanged).toMatchObject([{ address: "kernel.packages.linux-image-6.9.0-acso" }]);
  });

  it.each([
    ["install half-configured ok", "update", "dpkg has it half-configured, not installed"],
    ["install unpacked ok", "update", "dpkg has it unpacked, not installed"],
    ["install installed reinstreq", "update", "dpkg has it installed, not installed"],
    ["deinstall config-files ok", "create", "not installed"],
  ])("that dpkg has in the state %j are installed again", async (state, action, reason) => {
    const host = installed(`linux-image-6.9.0-acso 6.9.0-1 amd64 ${state}`);
    expect((await planOf(host, spec(image), [image])).changes).toMatchObject([{ action, reason }]);
  });

  it("in an older version than the installed one are installed with a warning", async () => {
    const host = installed("linux-image-6.9.0-acso 6.9.0-2 amd64 install installed ok");
    const plan = await planOf(host, spec(image), [image]);
    expect(plan.changes).toMatchObject([{ action: "update", before: "6.9.0-2", after: "6.9.0-1" }]);
    expect(codes(plan, "warning")).toEqual(["package-downgrade"]);
  });

  it("for another architecture are refused", async () => {
    const arm = debOf("linux-image-6.9.0-acso", "6.9.0-1", "", "arm64");
    expect(codes(await planOf(capture, spec(arm), [arm]), "error")).toEqual(["package-architecture"]);
  });

  it("whose dependency is surely too old are refused, since dpkg would leave them half-configured", async () => {
    const needy = debOf("linux-image-6.9.0-acso", "6.9.0-1", "libc6 (>= 2.39), linux-base");
    const plan = await planOf(installed(), spec(needy), [needy]);
    expect(codes(plan, "error")).toEqual(["package-dependency"]);
    expect(plan.diagnostics[0]?.summary).toContain("libc6 (>= 2.39)");
  });

  it("whose dependency another declared package brings are fine", async () => {
    const needy = debOf("linux-headers-6.9.0-acso", "6.9.0-1", "linux-image-6.9.0-acso (= 6.9.0-1)");
    expect(codes(await planOf(installed(), spec(needy, image), [needy, image]), "error")).toEqual([]);
  });

  it("whose file was deleted after the installation are known by its name", async () => {
    const why = { known: false as const, why: "it is not there" };
    const gone: DebFact = { ...image, content: why, control: why };
    const host = installed("linux-image-6.9.0-acso 6.9.0-1 amd64 install installed ok");
    const plan = await planOf(host, spec(gone), [gone]);
    expect([plan.changes, codes(plan, "error")]).toEqual([[], []]);
    expect(plan.unchanged).toMatchObject([{ address: "kernel.packages.linux-image-6.9.0-acso" }]);
    const older = installed("linux-image-6.9.0-acso 6.9.0-0 amd64 install installed ok");
    expect(codes(await planOf(older, spec(gone), [gone]), "error")).toEqual(["deb-unreadable"]);
  });

  it("that are not what the spec means, or not there, stop everything, each named", async () => {
    const other: DebFact = { ...image, content: { known: true, value: { sha256: "b".repeat(64), size: 1 } } };
    const gone: DebFact = {
      ...headers,
      content: { known: false, why: "it is not there" },
      control: { known: false, why: "it is not there" },
    };
    const plan = await planOf(capture, spec(gone, other), [gone, other]);
    expect(codes(plan, "error")).toEqual(["deb-unreadable", "deb-sha256"]);
    expect(plan.steps).toEqual([]);
    expect(plan.diagnostics.map(({ specPath }) => specPath)).toEqual([
      ["kernel", "packages", 0, "file"],
      ["kernel", "packages", 1, "sha256"],
    ]);
  });

  it("declared twice are a mistake, and linux-libc-dev is needless", async () => {
    const libc = debOf("linux-libc-dev", "6.9.0-1");
    const plan = await planOf(capture, spec(image, image, libc), [image, libc]);
    expect(codes(plan, "error")).toEqual(["package-twice"]);
    expect(codes(plan, "warning")).toEqual(["needless-package"]);
  });
});

describe("a package of debug symbols", () => {
  it("brings no kernel", async () => {
    const dbg = debOf("linux-image-6.9.0-acso-dbg", "6.9.0-1");
    const plan = await planOf(
      capture,
      { ...spec(dbg), bootSymlinks: { "/vmlinuz": "boot/vmlinuz-6.9.0-acso-dbg" } },
      [dbg],
    );
    expect(codes(plan, "error")).toEqual(["symlink-dangling"]);
  });
});

describe("packages by name and version", () => {
  it("come from the host's apt sources", async () => {
    const plan = await planOf(capture, {
      kernel: { packages: [{ name: "linux-image-6.1.0-27-amd64", version: "6.1.115-1" }] },
    });
    const [step, ...others] = installs(plan);
    const argv = step?.argv ?? [];
    expect([others, step?.inputs, argv.slice(0, 2)]).toEqual([[], [], ["apt-get", "install"]]);
    // It must neither remove what the plan does not show nor stop at a hold that is set again.
    expect(argv).toEqual(expect.arrayContaining(["--no-remove", "--allow-change-held-packages"]));
    expect(argv.at(-1)).toBe("linux-image-6.1.0-27-amd64=6.1.115-1");
  });
});
