import { describe, expect, it } from "vitest";
import { placesOfPasswordHashes } from "../../scripts/password-hashes.ts";
import { recordedHosts } from "../support/recorded-hosts.ts";
import { captureOf } from "../support/host.ts";

const DIGEST = "Ab./9".repeat(20);

describe("the search for password hashes", () => {
  it.each([
    ["GRUB's", `password_pbkdf2 root grub.pbkdf2.sha512.10000.${"AB".repeat(40)}`],
    ["MD5", `root:$1$saltsalt$${DIGEST.slice(0, 22)}:19000::`],
    ["SHA-256", `root:$5$saltsalt$${DIGEST.slice(0, 43)}:`],
    ["SHA-512 with rounds", `root:$6$rounds=5000$saltsalt$${DIGEST.slice(0, 86)}:`],
    ["bcrypt", `root:$2b$12$${DIGEST.slice(0, 53)}`],
    ["yescrypt", `root:$y$j9T$saltsalt$${DIGEST.slice(0, 43)}`],
    ["argon2", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"],
  ])("finds one that is %s, in a text, in bytes, and in what a program said", (_method, line) => {
    const base64 = Buffer.concat([Buffer.from([0xff]), Buffer.from(line)]).toString("base64");
    const argv = ["getent", "shadow"];
    const answer = { ran: true, exitCode: 0, stdout: line, stderr: "" } as const;
    const capture = captureOf(
      { "/etc/a": `x\n${line}\n`, "/etc/b": { kind: "file", base64 }, "/etc/c": "root:*:19000::\n" },
      { queries: [{ argv, answer }] },
    );
    expect(placesOfPasswordHashes(capture)).toEqual(["/etc/a", "/etc/b", "getent shadow"]);
  });

  it("finds none in shell text, and none in the recorded hosts", () => {
    const shell = 'set "$1$2"; echo $6$x$y; cp $5$suffix$1 /tmp; prefix="$2b$12"\n';
    expect(placesOfPasswordHashes(captureOf({ "/etc/default/grub": shell }))).toEqual([]);
    for (const { capture } of recordedHosts()) expect(placesOfPasswordHashes(capture)).toEqual([]);
  });
});
