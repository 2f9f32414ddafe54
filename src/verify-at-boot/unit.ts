import { posix } from "node:path";
import { wordOf, wordsOf } from "./unit-words.ts";

/** Where a host's own units are, before those of packages (systemd.unit(5), "Unit file load path"). */
const UNITS = "/etc/systemd/system";
export const UNIT_NAME = "hostcfg-verify.service";
export const UNIT = `${UNITS}/${UNIT_NAME}`;
/** What `systemctl enable` makes of WantedBy=multi-user.target. */
export const WANTED = `${UNITS}/multi-user.target.wants/${UNIT_NAME}`;
/** As systemctl(1) takes it: relative, so that it holds from outside of the root too. */
export const WANTED_TARGET = posix.relative(posix.dirname(WANTED), UNIT);

/** The programs that the unit runs, and what it has them judge; absolute paths. */
export interface UnitCommand {
  readonly node: string;
  /** dist/hostcfg.js */
  readonly program: string;
  readonly spec: string;
}

const MARK = "# Written by hostcfg enable-verify";

export function isOwnUnit(text: string): boolean {
  return text.startsWith(MARK);
}

/**
 * The unit. When: after multi-user.target and graphical.target as systemd's own systemd-boot-check-no-failures.service,
 * since all that changes drivers at boot has run then; targets do not order themselves after units that are ordered after
 * them (systemd.target(5)). What it may touch: nothing but the state folder; what it must see forbids some of the usual
 * options: PrivateDevices= (the kernel's log is /dev/kmsg), ProtectKernelModules= (hides /lib/modules),
 * ProtectKernelTunables= (hides /proc/kallsyms), ProtectKernelLogs=, ProtectClock= (a list of devices), PrivateNetwork=
 * (network cards, the gateway) and MemoryDenyWriteExecute= (V8 compiles).
 */
export function unitText({ node, program, spec }: UnitCommand): string {
  const command = [node, program, "verify", "--record", spec].map(wordOf).join(" ");
  return `${MARK}; hostcfg disable-verify takes it away.
# Change it with: systemctl edit ${UNIT_NAME}
[Unit]
Description=Verify this boot against the spec of hostcfg
After=multi-user.target graphical.target

[Service]
Type=oneshot
# Satisfied, it stays active; anything else (unsatisfied 2, reboot pending 3, unknown 4, no verdict 1) is a failure.
RemainAfterExit=yes
ExecStart=${command}
TimeoutStartSec=5min
# Only hostcfg's own folder can be written.
StateDirectory=hostcfg
StateDirectoryMode=0700
UMask=0077
ProtectSystem=strict
ProtectHome=read-only
ReadOnlyPaths=/sys
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHostname=yes
# PCI configuration space beyond byte 64, the kernel's log, files that are not root's, a ping to the gateway.
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SYSLOG CAP_DAC_READ_SEARCH CAP_NET_RAW
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
KeyringMode=private

[Install]
WantedBy=multi-user.target
`;
}

/** What a unit runs, also after a person has edited it; undefined where only systemd could tell. */
export function commandOf(text: string): UnitCommand | undefined {
  const line = /^[ \t]*ExecStart[ \t]*=[ \t]*(?![ \t])(.*)$/gmu;
  const command = [...text.matchAll(line)].at(-1)?.[1];
  const words = command === undefined ? undefined : wordsOf(command);
  const [node, program, verify, record, spec, ...more] = words ?? [];
  if (node === undefined || program === undefined || spec === undefined || more.length > 0) return undefined;
  return verify === "verify" && record === "--record" ? { node, program, spec } : undefined;
}
