import type { Diagnostic } from "../model/index.ts";
import type { DraftStep, EspStandIn, Protected, Room, UnnumberedStep } from "./loader.ts";
import { warning } from "./problem.ts";
import { run } from "./run.ts";
import { mebibytes } from "./space.ts";
import { WAY_BACK_ADDRESS, wayBackChange } from "./way-back.ts";

const SERVES = [WAY_BACK_ADDRESS];

/**
 * Steps of a host whose tool refreshes its ESPs: before the first that does, what boots now is put aside and becomes the
 * default of each ESP. The tool sets its own default on an ESP once it has written all else there, so nothing has to be
 * given back; and before each further refresh the stand-in becomes the default again.
 *
 * @param steps In the order in which they run.
 * @param bytes What the refreshes themselves add to an ESP.
 */
export function protectEsps<S extends UnnumberedStep>(
  host: EspStandIn,
  steps: readonly S[],
  bytes: number,
): Protected<S> {
  const asTheyAre = { opening: [], steps, closing: [], changes: [], diagnostics: [] };
  const first = steps.find((step) => isRefresh(host, step));
  if (first === undefined || host.isHeld) return asTheyAre;
  const { aside, unprotected, uuids, on } = host;
  if (aside === undefined)
    return { ...asTheyAre, diagnostics: unprotected === undefined ? [] : [unprotected] };
  const full = aside.bytes.find((room) => room.free.known && room.bytes + bytes > room.free.value);
  if (full !== undefined) return { ...asTheyAre, diagnostics: [noRoom(full)] };
  const opening: DraftStep = run(
    "way-back",
    { does: "put-aside", on, esps: uuids, ...(aside.copy === undefined ? {} : { copy: aside.copy }) },
    {
      title:
        aside.copy === undefined
          ? `have ${aside.what} boot meanwhile`
          : `put ${aside.what}, aside on each ESP, and have it boot meanwhile`,
      serves: SERVES,
    },
  );
  const { stage: _stage, ...again } = run(
    "way-back",
    { does: "put-aside", on, esps: uuids },
    { title: "have what was put aside boot meanwhile", serves: SERVES },
  );
  const isThere = host.boots === "everywhere" && aside.copy === undefined;
  return {
    ...asTheyAre,
    opening: isThere ? [] : [opening],
    steps: steps.flatMap((step) =>
      step !== first && isRefresh(host, step) ? [{ ...step, ...again }, step] : [step],
    ),
    changes: isThere
      ? []
      : [
          wayBackChange(
            host.isNew,
            aside.copy === undefined ? "the same, booting meanwhile" : aside.what,
            "proxmox-boot-tool overwrites the files of what boots: meanwhile a copy boots; it stays in the menu",
          ),
        ],
  };
}

function isRefresh(host: EspStandIn, step: UnnumberedStep): boolean {
  return step.kind === "exec" && host.refreshes(step.action);
}

export function noRoom({ where, bytes }: Room): Diagnostic {
  return warning(
    "way-back-space",
    `${where} has no room for ${mebibytes(bytes)} of copies beside what this plan writes: if it is interrupted while proxmox-boot-tool overwrites what boots there, the host does not come up by itself`,
    "free space on that ESP, or keep a live USB stick at hand while it is applied",
  );
}
