import { describe, expect, it } from "vitest";
import { known, unknown } from "../../src/facts/fact.ts";
import { parseNeighbour, parseUnit, readHealth, trimNeighbour } from "../../src/facts/health.ts";
import type { Reader } from "../../src/host/reader.ts";
import { HostError } from "../../src/host/reader.ts";
import type { Fact, MountFact } from "../../src/model/index.ts";
import type { HostSpec } from "../../src/spec/host-spec.gen.ts";
import * as health from "../support/health.ts";
import type { CaptureOptions, Content } from "../support/host.ts";
import { readerOf } from "../support/host.ts";
import { IPV4_DEFAULT, IPV6_DEFAULT, routesOf } from "../support/routes.ts";

const { ANSWERED, SILENT, UNITS, failed, missing, neighbour, ping, said, unit } = health;
const NO_MOUNTS: Fact<readonly MountFact[]> = known([]);

const ask = (
  asked: NonNullable<HostSpec["health"]>,
  files: Record<string, Content>,
  queries: NonNullable<CaptureOptions["queries"]> = [],
  mounts: Fact<readonly MountFact[]> = NO_MOUNTS,
) => readHealth(readerOf(files, { queries }), { apiVersion: "hostcfg/v1", health: asked }, { mounts });

it("asks nothing where the spec names nothing", async () => {
  expect(await readHealth(readerOf({}), { apiVersion: "hostcfg/v1" }, { mounts: NO_MOUNTS })).toBeUndefined();
  expect(await ask({ gateway: false }, {})).toEqual({ units: [] });
});

describe("a unit", () => {
  it.each([
    ["running", "loaded", "active", "running", false],
    ["failed", "loaded", "failed", "failed", false],
    ["starting", "loaded", "activating", "start", true],
    ["again", "loaded", "activating", "auto-restart", false],
    ["stopped", "loaded", "inactive", "dead", false],
    ["queued", "loaded", "inactive", "dead", true],
    ["masked", "masked", "inactive", "dead", false],
    ["missing", "not-found", "inactive", "dead", false],
  ] as const)("is read: %s", (name, load, active, sub, queued) => {
    expect(parseUnit(UNITS[name])).toEqual({ load, active, sub, queued });
  });

  it.each([
    ["where systemctl is not there", missing("systemctl"), "systemctl is not installed"],
    [
      "where systemd does not run",
      failed(
        1,
        "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
      ),
      "System has not been booted with systemd as init system (PID 1). Can't operate. Failed to connect to bus: Host is down",
    ],
    [
      "in a chroot, where systemctl succeeds without an answer",
      failed(0, "Running in chroot, ignoring command 'show'\n"),
      "Running in chroot, ignoring command 'show'",
    ],
  ])("is unknown %s", async (_, answer, why) => {
    const found = await ask({ units: ["ssh.service"] }, {}, [unit("ssh.service", answer)]);
    expect(found?.units).toEqual([{ name: "ssh.service", state: unknown(why) }]);
  });

  it("is unknown on a capture from before, and where systemctl comes to no end", async () => {
    const before = await ask({ units: ["ssh.service"] }, {});
    expect(before?.units[0]?.state).toEqual(unknown("the capture does not hold the state of ssh.service"));

    const why = "systemctl did not answer within 60 s";
    const hanging: Reader = Object.assign(readerOf({}), {
      query: () => Promise.reject(new HostError("EQUERY", "systemctl", why)),
    });
    const spec: HostSpec = { apiVersion: "hostcfg/v1", health: { units: ["ssh.service"] } };
    const found = await readHealth(hanging, spec, { mounts: NO_MOUNTS });
    expect(found?.units[0]?.state).toEqual(unknown(why));
  });
});

describe("the gateway", () => {
  const gateways = async (queries: Parameters<typeof ask>[2], four = [IPV4_DEFAULT], six: string[] = []) =>
    (await ask({ gateway: true }, routesOf(four, six), queries))?.gateways;
  const v0 = (answers: Fact<boolean>) => known([{ interface: "v0", address: "192.0.2.1", answers }]);
  const NOT_PERMITTED = failed(2, "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n");

  it("answers ping, or does not", async () => {
    expect(await gateways([ping(said(ANSWERED))])).toEqual(v0(known(true)));
    expect(await gateways([ping(said(SILENT, 1))])).toEqual(v0(known(false)));
    const busybox = "1 packets transmitted, 0 packets received, 100% packet loss\n";
    expect(await gateways([ping(said(busybox, 1))])).toEqual(v0(known(false)));
  });

  it.each([
    ["REACHABLE", "192.0.2.1 lladdr 02:a3:33:c1:ef:8c REACHABLE \n", known(true)],
    ["FAILED", "192.0.2.1 FAILED \n", known(false)],
    ["INCOMPLETE", "192.0.2.1 INCOMPLETE \n", known(false)],
    ["STALE", "192.0.2.1 lladdr 02:a3:33:c1:ef:8c STALE \n", unknown("ip neigh shows only STALE")],
    [
      "PERMANENT",
      "192.0.2.1 lladdr 02:a3:33:c1:ef:8c PERMANENT \n",
      unknown("ip neigh shows only PERMANENT"),
    ],
    ["nothing", "", unknown("ip neigh shows nothing of it")],
  ])("is judged by the kernel's neighbours where there is no ping: %s", async (_, text, fact) => {
    expect(parseNeighbour(text)).toEqual(fact);
    const found = await gateways([ping(missing("ping")), neighbour(said(text))]);
    const help = "to know it, install ping and run hostcfg as root on the running host";
    const answers = fact.known ? fact : unknown(`ping is not installed; ${fact.why}; ${help}`);
    expect(found).toEqual(v0(answers));
  });

  it.each([
    [
      "ping may not send",
      NOT_PERMITTED,
      missing("ip"),
      "socket: Operation not permitted; ip is not installed;",
    ],
    [
      "another ping may not send, and fails as for silence",
      failed(1, "ping: permission denied (are you root?)\n"),
      failed(1, 'Cannot find device "v0"\n'),
      'are you root?); Cannot find device "v0";',
    ],
  ])("is unknown, never silent, where nobody can tell: %s", async (_, byPing, byIp, why) => {
    const found = await gateways([ping(byPing), neighbour(byIp)]);
    const [one] = found?.known === true ? found.value : [];
    expect(one?.answers).toEqual({ known: false, why: expect.stringContaining(why) as unknown });
  });

  it("of a link-local address is asked on its interface", async () => {
    const found = await gateways([ping(said(ANSWERED), "fe80::1%v0")], [], [IPV6_DEFAULT]);
    expect(found).toEqual(known([{ interface: "v0", address: "fe80::1", answers: known(true) }]));
  });

  it("is asked by one route after the other, until one answers", async () => {
    const second = IPV4_DEFAULT.replace("v0", "v1").replace("010200C0", "FE0200C0");
    const silent = ping(said(SILENT, 1));
    const both = await gateways([silent, ping(said(ANSWERED), "192.0.2.254")], [IPV4_DEFAULT, second]);
    expect(both).toEqual(
      known([
        { interface: "v0", address: "192.0.2.1", answers: known(false) },
        { interface: "v1", address: "192.0.2.254", answers: known(true) },
      ]),
    );
    // The second question would be a gap.
    expect(await gateways([ping(said(ANSWERED))], [IPV4_DEFAULT, second])).toEqual(v0(known(true)));
  });

  it("is nobody on a tunnel, and unknown without a table or an answer in the capture", async () => {
    const tunnel = IPV4_DEFAULT.replace("010200C0\t0003", "00000000\t0001");
    const answers = unknown("its default route names no gateway");
    expect(await gateways([], [tunnel])).toEqual(known([{ interface: "v0", answers }]));
    expect(await gateways([], [])).toEqual(known([]));
    expect((await ask({ gateway: true }, {}))?.gateways).toEqual(unknown("/proc/net/route is not there"));
    expect(await gateways([])).toEqual(v0(unknown("the capture does not hold whether it answers")));
  });

  it("is recorded without the address of its card", () => {
    const text = "192.0.2.1 lladdr 02:a3:33:c1:ef:8c REACHABLE \n";
    expect(trimNeighbour(text)).toBe("192.0.2.1 REACHABLE \n");
    expect(parseNeighbour(trimNeighbour(text))).toEqual(parseNeighbour(text));
  });
});

describe("a mount point", () => {
  const mount = (mountPoint: string, type = "ext4"): MountFact => ({ source: "/dev/sda1", mountPoint, type });
  const files = {
    "/srv/data": { link: "/data/one" },
    "/data/one": { folder: true },
    "/srv/b": { folder: true },
  } as const;
  const isMounted = async (path: string, mounts: Fact<readonly MountFact[]>) =>
    (await ask({ mounted: { of: [path] } }, files, [], mounts))?.mounted?.[0]?.isMounted;

  it.each([
    ["by its own name", "/srv/a", [mount("/srv/a")], true],
    ["through a link", "/srv/data", [mount("/data/one")], true],
    ["on top of what systemd watches", "/srv/b", [mount("/srv/b", "autofs"), mount("/srv/b", "nfs4")], true],
    ["not where systemd only watches it", "/srv/b", [mount("/srv/b", "autofs")], false],
    ["not where only its parent is", "/srv/b", [mount("/srv")], false],
    ["not where it is no folder", "/srv/none", [mount("/srv/a")], false],
  ])("is mounted %s", async (_, path, mounts, expected) => {
    expect(await isMounted(path, known(mounts))).toEqual(known(expected));
  });

  it("is not looked at where the list has it, for its server may be away", async () => {
    const trap: Reader = Object.assign(readerOf({}), {
      realPath: () => {
        throw new Error("looked at");
      },
    });
    const spec: HostSpec = { apiVersion: "hostcfg/v1", health: { mounted: { of: ["/srv/nfs"] } } };
    const found = await readHealth(trap, spec, { mounts: known([mount("/srv/nfs", "nfs4")]) });
    expect(found?.mounted).toEqual([{ path: "/srv/nfs", isMounted: known(true) }]);
  });

  it("is unknown where the list is, or a capture does not tell where a link leads", async () => {
    expect(await isMounted("/srv/a", unknown("no list"))).toEqual(unknown("no list"));
    const gap: Reader = Object.assign(readerOf({}), {
      realPath: (path: string) => {
        throw new HostError("ECAPTURE", path, "not held");
      },
    });
    const spec: HostSpec = { apiVersion: "hostcfg/v1", health: { mounted: { of: ["/srv/a"] } } };
    const found = await readHealth(gap, spec, { mounts: NO_MOUNTS });
    expect(found?.mounted?.[0]?.isMounted).toEqual(unknown("the capture does not hold /srv/a"));
  });
});
