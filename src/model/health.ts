import type { Fact } from "./fact.ts";

/** What the spec's `health` asks of the running host, as it is now. Asked for a verification, never for a plan. */
export interface HealthFacts {
  /** In the spec's order. */
  readonly units: readonly { readonly name: string; readonly state: Fact<UnitState> }[];
  /** Of the default routes, up to the first that answers; only where the spec asks. */
  readonly gateways?: Fact<readonly GatewayFact[]>;
  /** In the spec's order; only where the spec asks. */
  readonly mounted?: readonly { readonly path: string; readonly isMounted: Fact<boolean> }[];
}

/** In the words of systemctl(1). */
export interface UnitState {
  /** E.g. `loaded`, `not-found`, `masked`. */
  readonly load: string;
  /** E.g. `active`, `activating`, `failed`. */
  readonly active: string;
  /** Of its kind of unit, e.g. `running`. */
  readonly sub: string;
  /** A job is waiting to change it, or at it. */
  readonly queued: boolean;
}

export interface GatewayFact {
  readonly interface: string;
  /** Absent where the route names no gateway, as on a tunnel. */
  readonly address?: string;
  readonly answers: Fact<boolean>;
}
