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

/** What the unit runs, and has judged; absolute paths. */
export interface UnitCommand {
  /** Node.js, or hostcfg itself where it is an executable. */
  readonly executable: string;
  /** dist/hostcfg.js; undefined where hostcfg is an executable. */
  readonly script: string | undefined;
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
export function unitText({ executable, script, spec }: UnitCommand): string {
  const program = script === undefined ? [executable] : [executable, script];
  const command = [...program, "verify", "--record", spec].map(wordOf).join(" ");
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
  const [executable, ...rest] = words ?? [];
  const [script, ...task] = rest.length === 4 ? rest : [undefined, ...rest];
  const [verify, record, spec, ...more] = task;
  if (executable === undefined || spec === undefined || more.length > 0) return undefined;
  return verify === "verify" && record === "--record" ? { executable, script, spec } : undefined;
}
