import { describe, expect, it } from "vitest";
import {
  isAllowedQuery,
  neighbourQuery,
  pingQuery,
  unitQuery,
  versionsQuery,
} from "../../src/host/queries.ts";

describe("a query", () => {
  it.each([
    [unitQuery("ssh.service")],
    [unitQuery("getty@tty1.service")],
    [unitQuery(String.raw`srv-with\x2ddash.mount`)],
    [pingQuery("192.0.2.1")],
    [pingQuery("fe80::1%enp1s0")],
    [neighbourQuery("fe80::1", "br-lan.10")],
    [versionsQuery("linux-image-6.1.0-50-amd64")],
  ])("is run: %j", (argv) => {
    expect(isAllowedQuery(argv)).toBe(true);
  });

  it.each([
    [unitQuery("*.service")],
    [unitQuery("a b.service")],
    [["systemctl", "stop", "--", "ssh.service"]],
    [["systemctl", "show", "ssh.service"]],
    [pingQuery("gateway.example")],
    [pingQuery("-f")],
    [pingQuery("fe80::1%a/b")],
    [["ping", "-f", "192.0.2.1"]],
    [["ping", "-c", "1", "-W", "2", "192.0.2.1", "192.0.2.2"]],
    [["ip", "neigh", "flush", "to", "192.0.2.1", "dev", "eth0"]],
    [neighbourQuery("192.0.2.1", "eth0 nud none")],
    [["ip"]],
    [versionsQuery("--option=APT::Update::Pre-Invoke::=x")],
    [versionsQuery("linux*")],
    [["apt-cache", "madison", "linux-base"]],
    [["apt-cache", "gencaches"]],
  ])("is refused: %j", (argv) => {
    expect(isAllowedQuery(argv)).toBe(false);
  });
});
