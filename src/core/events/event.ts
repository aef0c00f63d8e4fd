import { Event } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  EVENT_LANES,
  timestampOf,
  type KnownEventKind,
  type Lane,
} from '../../uplink-wire/index.ts';

/** Something that Gateways must learn, before it has a place in their logs. */
export interface CoreEvent {
  readonly kind: KnownEventKind;
  readonly tenantId?: string;
  readonly serviceId?: string;
  readonly serviceKeyId?: string;
  /** Absent: all versions. */
  readonly serviceKeyVersion?: number;
  readonly uid?: string;
  /** Revocation Reason Code. */
  readonly reasonCode?: number;
  readonly reasonMessage?: string;
  /** The key's attributes after the change, canonical. */
  readonly attributes?: Uint8Array;
  readonly correlationId?: string;
}

export function laneOf(event: CoreEvent): Lane {
  return EVENT_LANES[event.kind];
}

/** The event as one Gateway gets it. `effectiveAt` in milliseconds since 1970. */
export function encodeEvent(
  event: CoreEvent,
  place: {
    readonly eventId: string;
    readonly sequence: number;
    readonly effectiveAt: number;
    readonly epoch: number;
  },
): Uint8Array {
  return Event.encode({
    eventId: place.eventId,
    lane: laneOf(event),
    laneSequence: BigInt(place.sequence),
    kind: event.kind,
    tenantId: event.tenantId ?? '',
    serviceId: event.serviceId ?? '',
    serviceKeyId: event.serviceKeyId ?? '',
    serviceKeyVersion: event.serviceKeyVersion ?? 0,
    uid: event.uid ?? '',
    reasonCode: event.reasonCode ?? 0,
    reasonMessage: event.reasonMessage ?? '',
    effectiveAt: timestampOf(place.effectiveAt),
    correlationId: event.correlationId ?? '',
    epoch: BigInt(place.epoch),
    attributes: event.attributes ?? new Uint8Array(),
  }).finish();
}
