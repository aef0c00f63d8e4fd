import { EventKind } from '../generated/cryptobroker/gateway/v1/uplink.ts';

/** Event lanes: 0 restrictive, 1 permissive, 2 informative. */
export type Lane = 0 | 1 | 2;
export const LANES: readonly Lane[] = [0, 1, 2];

/** An event kind that means something. */
export type KnownEventKind = Exclude<
  EventKind,
  typeof EventKind.EVENT_KIND_UNSPECIFIED | typeof EventKind.UNRECOGNIZED
>;

/**
 * The lane of every kind. What takes something away is lane 0 and never waits for anything else; a rotation is permissive,
 * because it brings a version that may be used. Lanes are numbered from 1 without gaps: an acknowledgement is cumulative,
 * so a Gateway cannot acknowledge what comes after a missing one.
 */
export const EVENT_LANES: Readonly<Record<KnownEventKind, Lane>> = {
  [EventKind.EVENT_KIND_KEY_SUSPENDED]: 0,
  [EventKind.EVENT_KIND_KEY_DEACTIVATED]: 0,
  [EventKind.EVENT_KIND_KEY_COMPROMISED]: 0,
  [EventKind.EVENT_KIND_KEY_DESTROYED]: 0,
  [EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED]: 0,
  [EventKind.EVENT_KIND_SERVICE_KEY_COMPROMISED]: 0,
  [EventKind.EVENT_KIND_SERVICE_KEY_DESTROYED]: 0,
  [EventKind.EVENT_KIND_TENANT_SUSPENDED]: 0,
  [EventKind.EVENT_KIND_TENANT_REVOKED]: 0,
  [EventKind.EVENT_KIND_GATEWAY_DECOMMISSIONED]: 0,
  [EventKind.EVENT_KIND_KEY_ACTIVATED]: 1,
  [EventKind.EVENT_KIND_KEY_RESUMED]: 1,
  [EventKind.EVENT_KIND_SERVICE_KEY_ROTATED]: 1,
  [EventKind.EVENT_KIND_SERVICE_KEY_RESUMED]: 1,
  [EventKind.EVENT_KIND_TENANT_RESTORED]: 1,
  [EventKind.EVENT_KIND_KEY_ATTRIBUTES]: 2,
};
