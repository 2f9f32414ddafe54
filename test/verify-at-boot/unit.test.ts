import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  WANTED,
  WANTED_TARGET,
  UNIT,
  commandOf,
  isOwnUnit,
  unitText,
} from "../../src/verify-at-boot/unit.ts";
import { whyNoArgument, whyNoProgram } from "../../src/verify-at-boot/unit-words.ts";
import { posix } from "node:path";
import "../support/seed.ts";

const COMMAND = {
  executable: "/usr/bin/node",
  script: "/usr/lib/hostcfg/dist/hostcfg.js",
  spec: "/etc/hostcfg/host.yaml",
};
const path = fc.string({ unit: "binary", minLength: 1, maxLength: 15 }).map((text) => `/${text}`);

describe("the unit", () => {
  it("tells what it runs and verifies, whatever their paths", () => {
    fc.assert(
      fc.property(
        path.filter((one) => whyNoProgram(one) === undefined),
        path.filter((one) => whyNoArgument(one) === undefined),
        path.filter((one) => whyNoArgument(one) === undefined),
        fc.boolean(),
        (executable, path, spec, isExecutable) => {
          const command = { executable, script: isExecutable ? undefined : path, spec };
          const text = unitText(command);
          expect(commandOf(text)).toEqual(command);
          expect(isOwnUnit(text)).toBe(true);
          // No path adds a line of its own.
          expect(text.split("\n").length).toBe(unitText(COMMAND).split("\n").length);
        },
      ),
    );
  });

  it.each([
    ["/usr/bin/node /x/hostcfg.js verify /etc/host.yaml"],
    ["/usr/bin/node /x/hostcfg.js verify --record /a /b"],
    ["/usr/bin/node /x/hostcfg.js verify --record %E/host.yaml"],
    ["/bin/true"],
    [""],
  ])("that runs something else is not explained: %s", (line) => {
    expect(commandOf(`[Service]\nExecStart=${line}\n`)).toBeUndefined();
  });

  it("lets hostcfg ping the gateway", () => {
    expect(unitText(COMMAND)).toMatch(/^CapabilityBoundingSet=.*\bCAP_NET_RAW$/m);
    expect(unitText(COMMAND)).toMatch(/^RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK$/m);
  });

  it("names nothing but hostcfg where that is an executable", () => {
    const text = unitText({ executable: "/usr/bin/hostcfg", script: undefined, spec: "/etc/host.yaml" });
    expect(text).toContain("\nExecStart=/usr/bin/hostcfg verify --record /etc/host.yaml\n");
  });

  it("is started by a link that holds from outside of its root as well", () => {
    expect(posix.isAbsolute(WANTED_TARGET)).toBe(false);
    expect(posix.resolve(posix.dirname(WANTED), WANTED_TARGET)).toBe(UNIT);
  });

  // What verify reads would be hidden: systemd.exec(5).
  it.each([
    "PrivateDevices",
    "ProtectKernelModules",
    "ProtectKernelTunables",
    "ProtectKernelLogs",
    "PrivateNetwork",
  ])("does not have %s=", (option) => {
    expect(unitText(COMMAND)).not.toMatch(new RegExp(`^${option}=`, "m"));
  });
});
