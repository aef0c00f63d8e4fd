import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';

/**
 * State of a key at the Core: KMIP's (1 Pre-Active, 2 Active, 3 Deactivated, 4 Compromised, 5 Destroyed, 6 Destroyed
 * Compromised), and 16 Suspended, which KMIP has no number for.
 */
export type KeyState = 1 | 2 | 3 | 4 | 5 | 6 | 16;

export const KEY_STATE = {
  preActive: 1,
  active: 2,
  deactivated: 3,
  compromised: 4,
  destroyed: 5,
  destroyedCompromised: 6,
  suspended: 16,
} as const satisfies Record<string, KeyState>;

/** A data key (L4) as the Core knows it. */
export interface CoreKey {
  readonly uid: string;
  readonly tenantId: string;
  readonly serviceId: string;
  /** Object Type enumeration. */
  readonly objectType: number;
  /** Dates are not evaluated: see `effectiveState`. */
  readonly state: KeyState;
  /** What a suspended key goes back to. */
  readonly suspendedFrom: KeyState | undefined;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly serviceKeyId: string;
  readonly serviceKeyVersion: number;
  /** The key under its service key; undefined when it is not escrowed or was destroyed. */
  readonly escrow: EscrowedKey | undefined;
  /** SHA-256 of the key; undefined when nobody told, and for objects whose value it could betray. */
  readonly digest: Uint8Array | undefined;
  /** All of them, State included, in step with `state`. */
  readonly attributes: AttributeSet;
  /** Gateway that made it or passed it on. */
  readonly gatewayId: string;
  /** Who made it: SPIFFE id or subject. */
  readonly creator: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Made while its Gateway's link was cut. */
  readonly offline: boolean;
}

/** A wrapped key, and the MAC that binds it to its uid, tenant, service and service key: see `keyHeader`. */
export interface EscrowedKey {
  readonly wrapped: Uint8Array;
  readonly mac: Uint8Array;
}
