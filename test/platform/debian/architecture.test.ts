import { describe, expect, it } from "vitest";
import { readArchitecture } from "../../../src/platform/debian/architecture.ts";
import { known, unknown } from "../../../src/facts/fact.ts";
import { ARCHITECTURE_QUERY } from "../../../src/host/queries.ts";
import type { QueryAnswer } from "../../../src/host/reader.ts";
import { HostError } from "../../../src/host/reader.ts";
import { readerOf } from "../../support/host.ts";

const STATUS = "Package: dpkg\nStatus: install ok installed\nArchitecture: arm64\nVersion: 1.21.22\n";

function readerWith(answer: QueryAnswer, status: string | undefined = STATUS) {
  const files: Record<string, string> = status === "" ? {} : { "/var/lib/dpkg/status": status };
  return readerOf(files, { queries: [{ argv: ARCHITECTURE_QUERY, answer }] });
}

const NOT_RUN = { ran: false, why: "commands of another root are not run" } as const;

describe("readArchitecture", () => {
  it("asks dpkg", async () => {
    const reader = readerWith({ ran: true, exitCode: 0, stdout: "amd64\n", stderr: "" });
    expect(await readArchitecture(reader)).toEqual(known("amd64"));
  });

  it("does not know it, and looks nowhere else, where dpkg is killed", async () => {
    const killed = new HostError("EQUERY", "dpkg", "dpkg was killed by SIGINT");
    const reader = Object.assign(readerWith(NOT_RUN), {
      query: () => Promise.reject(killed),
    });
    expect(await readArchitecture(reader)).toEqual(unknown(killed.message));
  });

  it("takes the architecture of the installed dpkg where it cannot be asked", async () => {
    expect(await readArchitecture(readerWith(NOT_RUN))).toEqual(known("arm64"));
  });

  it.each<[string, QueryAnswer, string, string]>([
    ["there is no dpkg", NOT_RUN, "", "this host has no dpkg"],
    [
      "the database does not hold dpkg",
      NOT_RUN,
      "Package: x\nStatus: install ok installed\n",
      "the package dpkg is not in the package database",
    ],
    [
      "dpkg fails",
      { ran: true, exitCode: 2, stdout: "", stderr: "dpkg: error: x\n" },
      STATUS,
      "dpkg: error: x",
    ],
    [
      "dpkg says nothing",
      { ran: true, exitCode: 0, stdout: "\n", stderr: "" },
      STATUS,
      "dpkg names no architecture",
    ],
  ])("does not know it where %s", async (_, answer, status, why) => {
    expect(await readArchitecture(readerWith(answer, status))).toEqual(unknown(why));
  });
});
