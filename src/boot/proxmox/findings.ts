import type { Diagnostic, HostState, ProxmoxEsp, ProxmoxFacts } from "../../model/index.ts";
import { PROXMOX_ESPS } from "../../facts/proxmox-esps.ts";
import { isUuid } from "../../host/queries.ts";
import { warning } from "../problem.ts";
import { staleEsps } from "./fresh.ts";
import type { Host } from "./host.ts";
import { hostOf, isUnseen, loaderOfEsps, loaderOn, passedOver } from "./host.ts";
import { CMDLINE, HOOKS, NEXT_BOOT_PIN, PIN } from "./probe.ts";
import { defaultOf } from "./refresh.ts";

/** What is to be known of the ESPs and of what proxmox-boot-tool reads, whatever is declared. Nothing is skipped. */
export function findings(state: HostState): readonly Diagnostic[] {
  const host = hostOf(state);
  const facts = state.bootLoader.proxmox;
  if (facts === undefined) return [];
  return [
    ...(isUnseen(facts)
      ? [
          unseen(facts),
          ...facts.esps.filter(({ unread }) => unread === true).flatMap((esp) => ofEsp(esp, facts)),
        ]
      : facts.esps.flatMap((esp) => ofEsp(esp, facts))),
    ...(host.known ? [...stale(state), ...ofPins(state), ...ofLine(host.value)] : []),
    ...ofHooks(facts),
  ];
}

/** What keeps each ESP from being refreshed or seen, one clause each. */
export function sayings(facts: ProxmoxFacts): string[] {
  return facts.esps.flatMap((esp) => saying(esp, facts) ?? []);
}

function saying({ uuid, content, unread }: ProxmoxEsp, facts: ProxmoxFacts): string | undefined {
  if (unread === true)
    return `ESP ${uuid} stands on the last line of ${PROXMOX_ESPS}, which ends without a line break, as the tool reads none`;
  if (!content.known) return `ESP ${uuid}: ${content.why}`;
  if (content.value !== "away") {
    const why = passedOver(content.value, facts);
    return why === undefined ? undefined : `ESP ${uuid}: ${why}`;
  }
  if (isUuid(uuid)) return `ESP ${uuid} is away: there is no /dev/disk/by-uuid/${uuid}`;
  const end = uuid.endsWith("\r") ? ": it ends with a carriage return" : "";
  return `the line ${JSON.stringify(uuid)} of ${PROXMOX_ESPS} names no ESP${end}`;
}

function unseen({ esps }: ProxmoxFacts): Diagnostic {
  const [why] = esps.flatMap(({ content }) => (content.known ? [] : [content.why]));
  return warning(
    "proxmox-esps-unseen",
    `nobody could look into proxmox-boot-tool's ESPs (${why ?? "there is none"}): what they start is inferred from what they are made from`,
    "run it as root, on the host itself",
  );
}

function ofEsp(esp: ProxmoxEsp, facts: ProxmoxFacts): Diagnostic[] {
  const said = saying(esp, facts);
  if (said === undefined) return [];
  const { uuid, content, unread } = esp;
  if (!content.known && unread === undefined)
    return [warning("proxmox-esps-unseen", said, "look why, and run it again as root")];
  if (
    unread === undefined &&
    content.known &&
    content.value !== "away" &&
    loaderOn(content.value, facts) !== loaderOfEsps(facts)
  )
    return [
      warning(
        "proxmox-esp-passed-over",
        `${said}; from one of GRUB on, proxmox-boot-tool takes all that stand behind it in ${PROXMOX_ESPS} for GRUB's, and hostcfg drives one kind`,
        "make all ESPs of one kind: sudo proxmox-boot-tool init PARTITION, or init PARTITION grub, one after the other",
      ),
    ];
  return [
    warning(
      "proxmox-esp-passed-over",
      `${said}; proxmox-boot-tool passes over it without an error, and it keeps what it has`,
      unread === true
        ? `end that line: echo | sudo tee -a ${PROXMOX_ESPS}, then sudo proxmox-boot-tool refresh`
        : content.known && content.value === "away"
          ? `connect its disk, or take it off the list: sudo proxmox-boot-tool clean`
          : `sudo proxmox-boot-tool init /dev/disk/by-uuid/${uuid}`,
    ),
  ];
}

/** Each ESP that is not as a refresh would leave it. */
function stale(state: HostState): Diagnostic[] {
  return staleEsps(state).map(({ uuid, why }) =>
    warning(
      "proxmox-esp-stale",
      `ESP ${uuid} is not what proxmox-boot-tool would make of it: ${why}`,
      "sudo proxmox-boot-tool refresh",
    ),
  );
}

/** A pin file is taken as it is: blanks and carriage returns are part of the name, and such a name is no entry's. */
function ofPins(state: HostState): Diagnostic[] {
  const host = hostOf(state);
  if (!host.known) return [];
  const { pin, nextBootPin } = host.value.files;
  return [
    [PIN, pin, "sudo proxmox-boot-tool kernel unpin"] as const,
    [NEXT_BOOT_PIN, nextBootPin, "sudo proxmox-boot-tool kernel unpin --next-boot"] as const,
  ].flatMap(([path, named, remedy]) =>
    named === undefined || /^\S+$/.test(named)
      ? []
      : named === ""
        ? [
            warning(
              "proxmox-pin-unreadable",
              `${path} is empty, and proxmox-boot-tool takes it for the pin all the same: the newest kernel is the default`,
              `${remedy} && sudo proxmox-boot-tool refresh`,
            ),
          ]
        : [
            warning(
              "proxmox-pin-unreadable",
              `the first line of ${path} is ${JSON.stringify(named)}: proxmox-boot-tool takes it with its blanks, so the default is ${JSON.stringify(defaultOf({ ...host.value.files, pin: named }))}, which is no entry`,
              `${remedy} && sudo proxmox-boot-tool refresh`,
            ),
          ],
  );
}

/** The tool reads the first line and no other. */
function ofLine({ files }: Host): Diagnostic[] {
  const unread =
    files.cmdline?.text
      .split("\n")
      .slice(1)
      .filter((line) => /^\s*[^\s#]/.test(line)) ?? [];
  return unread.length === 0
    ? []
    : [
        warning(
          "proxmox-line-unread",
          `proxmox-boot-tool reads only the first line of ${CMDLINE}, so ${JSON.stringify(unread[0])} is no option`,
          "put all options on the first line, or a # before the others",
        ),
      ];
}

function ofHooks({ hooks }: ProxmoxFacts): Diagnostic[] {
  return hooks.kernel
    ? []
    : [
        warning(
          "proxmox-hook-missing",
          `${HOOKS.kernel} is missing or may not be executed: proxmox-boot-tool refresh copies nothing then, and ends well`,
          `install proxmox-kernel-helper again, or: sudo chmod +x ${HOOKS.kernel}`,
        ),
      ];
}
