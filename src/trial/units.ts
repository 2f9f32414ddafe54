import { posix } from "node:path";
import { MARK } from "../cmdline.ts";
import { JUDGE, JUDGE_WANTED, LIMIT, LIMIT_WANTED } from "../boot/trial-files.ts";
import type { UnitCommand } from "../verify-at-boot/unit.ts";
import { wordOf } from "../verify-at-boot/unit-words.ts";

/** A file or link that is there as long as a trial is. */
export interface TrialFile {
  readonly path: string;
  readonly title: string;
  readonly content?: string;
  readonly target?: string;
}

/** What runs hostcfg, and the seconds after which the trial's boot ends. */
interface TrialUnits extends Pick<UnitCommand, "executable" | "script"> {
  readonly seconds: number;
}

export function trialFiles(units: TrialUnits): readonly TrialFile[] {
  return [
    { path: JUDGE, title: `write ${JUDGE}`, content: judgeText(units) },
    link(JUDGE_WANTED, JUDGE),
    { path: LIMIT, title: `write ${LIMIT}`, content: limitText(units) },
    link(LIMIT_WANTED, LIMIT),
  ];
}

function link(path: string, unit: string): TrialFile {
  const target = posix.basename(posix.dirname(path), ".wants");
  return {
    path,
    title: `have ${target} start ${posix.basename(unit)}`,
    target: posix.relative(posix.dirname(path), unit),
  };
}

const HEADING = "# Written by hostcfg try; hostcfg keep and hostcfg give-up take it away.\n";

/** After multi-user.target, as verify at boot: all that a boot brings up has been started then. */
function judgeText({ executable, script }: TrialUnits): string {
  const words = [executable, ...(script === undefined ? [] : [script]), "at-boot"];
  return `${HEADING}[Unit]
Description=Judge the trial of hostcfg, or take it back
After=multi-user.target graphical.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${words.map(wordOf).join(" ")}
# It waits for what comes late; the other unit ends the boot of a trial.
TimeoutStartSec=infinity
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

/**
 * Needs nothing but a shell, and is started before any file system but / is mounted: a boot that ends in emergency mode is
 * ended by it as well.
 */
function limitText({ seconds }: TrialUnits): string {
  return `${HEADING}[Unit]
Description=End the trial of hostcfg when its time is over
DefaultDependencies=no
IgnoreOnIsolate=yes
Conflicts=shutdown.target
Before=shutdown.target
ConditionKernelCommandLine=${MARK}=trial

[Service]
Type=simple
ExecStart=/bin/sh -c 'sleep ${seconds}; [ -e ${JUDGE} ] || exit 0; systemctl reboot; sleep 120; systemctl --force reboot; sleep 60; systemctl --force --force reboot'

[Install]
WantedBy=sysinit.target
`;
}
