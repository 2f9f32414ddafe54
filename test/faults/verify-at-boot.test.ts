import { describe, expect, it } from "vitest";
import { unfinishedNow } from "../../src/journal/history.ts";
import { UNIT, WANTED } from "../../src/verify-at-boot/unit.ts";
import { FaultyHost, Killed } from "../support/faulty-host.ts";
import { recordedHost, withoutDevices } from "../support/recorded-hosts.ts";
import { BootVerifiedHost } from "../support/verify-at-boot.ts";

const GRUB = withoutDevices(recordedHost("debian-grub").capture);

describe("verify at boot on one host", () => {
  it("killed at any moment, enabling once more finishes it, and nothing else is unfinished then", async () => {
    let kills = 0;
    for (let at = 1; at < 100; at++) {
      const one = new BootVerifiedHost(GRUB);
      try {
        const ended = await one
          .carryOut("enable-verify", new FaultyHost(one.host, { at, code: "KILL" }))
          .catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
            return undefined;
          });
        if (ended !== undefined) break;
        kills++;
        await one.carryOut("enable-verify");
        expect(await one.carryOut("enable-verify")).toEqual({ status: "nothing-to-do" });
        expect(unfinishedNow(one.host.reader())).toBeUndefined();
        expect(one.host.reader().realPath(WANTED)).toBe(UNIT);
      } finally {
        one.remove();
      }
    }
    expect(kills).toBeGreaterThan(8);
  });
});
