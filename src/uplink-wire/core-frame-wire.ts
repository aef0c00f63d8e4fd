import {
  CoreErrorCode,
  CoreFrame,
  EventKind,
  OutboxResult,
  SealingScheme,
  type CoreError,
  type Event,
  type HeartbeatAck,
  type OutboxAck,
  type ServiceKeyGrant,
  type SignedGovernance,
  type Welcome,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkId,
  checkOptionalId,
  checkPresent,
  checkRange,
  checkText,
  checkTime,
  invalid,
} from './checks.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import { checkLoaded } from './gateway-frame-wire.ts';
import { EVENT_LANES, type KnownEventKind } from './lanes.ts';
import { UPLINK_LIMITS } from './limits.ts';
import { CORE_FRAME_SHAPE } from './shapes.ts';

/** Frames of the Core. `frame` is undefined for a kind that this version does not know: to be ignored. */
export const coreFrameCodec: WireCodec<CoreFrame> = wireCodec(
  CoreFrame,
  CORE_FRAME_SHAPE,
  checkCoreFrame,
);

function checkCoreFrame({ frame }: CoreFrame): void {
  switch (frame?.$case) {
    case undefined:
      return;
    case 'welcome':
      checkWelcome(frame.value);
      return;
    case 'heartbeatAck':
      checkHeartbeatAck(frame.value);
      return;
    case 'serviceKeyGrant':
      checkGrant(frame.value);
      return;
    case 'event':
      checkEvent(frame.value);
      return;
    case 'outboxAck':
      checkOutboxAck(frame.value);
      return;
    case 'governance':
      checkGovernance(frame.value);
      return;
    case 'supersede':
      checkText('supersede.reason', frame.value.reason);
      return;
    case 'error':
      checkCoreError(frame.value);
      return;
    case 'laneFlushed':
      checkRange('lane_flushed.lane0', frame.value.lane0, 0);
      return;
    case 'resyncRequired':
      checkText('resync_required.reason', frame.value.reason);
      return;
  }
}

function checkWelcome(welcome: Welcome): void {
  checkRange('welcome.epoch', welcome.epoch, 1);
  checkTime('welcome.server_time', welcome.serverTime);
  checkBytes('welcome.resume_token', welcome.resumeToken, UPLINK_LIMITS.resumeToken, 0);
}

function checkHeartbeatAck(ack: HeartbeatAck): void {
  checkRange('heartbeat_ack.sequence', ack.sequence, 1);
  checkTime('heartbeat_ack.server_time', ack.serverTime);
  checkLoaded('heartbeat_ack.renewed', ack.renewed);
}

/** The shape of a grant alone: whether it is genuine, fresh and for us is for the one that opens it. */
function checkGrant(grant: ServiceKeyGrant): void {
  checkBytes('service_key_grant.terms', grant.terms, UPLINK_LIMITS.grantTerms);
  const sealed = checkPresent('service_key_grant.sealed_key', grant.sealedKey);
  checkEnum('service_key_grant.sealed_key.scheme', sealed.scheme, SealingScheme);
  const part = UPLINK_LIMITS.sealedKeyPart;
  checkBytes('service_key_grant.sealed_key.ephemeral_public', sealed.ephemeralPublic, part);
  checkBytes('service_key_grant.sealed_key.wrapped_key', sealed.wrappedKey, part);
  checkBytes('service_key_grant.core_signature', grant.coreSignature, UPLINK_LIMITS.signature);
}

function checkEvent(event: Event): void {
  checkId('event.event_id', event.eventId);
  checkRange('event.lane', event.lane, 0, 2);
  checkRange('event.lane_sequence', event.laneSequence, 1);
  checkEnum('event.kind', event.kind, EventKind);
  // Checked to be a known kind on the line above.
  if (EVENT_LANES[event.kind as KnownEventKind] !== event.lane) {
    throw invalid('event.lane', 'not the lane of this kind');
  }
  checkScope(event);
  checkTime('event.effective_at', event.effectiveAt);
  checkText('event.reason_message', event.reasonMessage);
  checkOptionalId('event.correlation_id', event.correlationId);
  checkBytes('event.attributes', event.attributes, UPLINK_LIMITS.attributes, 0);
}

/** What the event is about, as precisely as its kind needs it. */
function checkScope(event: Event): void {
  checkOptionalId('event.tenant_id', event.tenantId);
  checkOptionalId('event.service_id', event.serviceId);
  checkOptionalId('event.service_key_id', event.serviceKeyId);
  checkOptionalId('event.uid', event.uid);
  switch (event.kind) {
    case EventKind.EVENT_KIND_KEY_ATTRIBUTES:
      checkBytes('event.attributes', event.attributes, UPLINK_LIMITS.attributes);
      checkId('event.tenant_id', event.tenantId);
      checkId('event.uid', event.uid);
      return;
    case EventKind.EVENT_KIND_KEY_ACTIVATED:
    case EventKind.EVENT_KIND_KEY_SUSPENDED:
    case EventKind.EVENT_KIND_KEY_DEACTIVATED:
    case EventKind.EVENT_KIND_KEY_COMPROMISED:
    case EventKind.EVENT_KIND_KEY_DESTROYED:
    case EventKind.EVENT_KIND_KEY_RESUMED:
      checkId('event.tenant_id', event.tenantId);
      checkId('event.uid', event.uid);
      return;
    case EventKind.EVENT_KIND_SERVICE_KEY_ROTATED:
    case EventKind.EVENT_KIND_SERVICE_KEY_SUSPENDED:
    case EventKind.EVENT_KIND_SERVICE_KEY_COMPROMISED:
    case EventKind.EVENT_KIND_SERVICE_KEY_DESTROYED:
    case EventKind.EVENT_KIND_SERVICE_KEY_RESUMED:
      checkId('event.tenant_id', event.tenantId);
      checkId('event.service_id', event.serviceId);
      checkId('event.service_key_id', event.serviceKeyId);
      return;
    case EventKind.EVENT_KIND_TENANT_SUSPENDED:
    case EventKind.EVENT_KIND_TENANT_REVOKED:
    case EventKind.EVENT_KIND_TENANT_RESTORED:
      checkId('event.tenant_id', event.tenantId);
      return;
    default:
      // The whole Gateway.
      return;
  }
}

/**
 * Every entry up to `acknowledged` that was in the batch has an outcome, in order: an entry without one could be a conflict
 * that nobody was told of. Whether they are the batch's entries is known to the sender of the batch alone.
 */
function checkOutboxAck(ack: OutboxAck): void {
  checkCount('outbox_ack.outcomes', ack.outcomes, UPLINK_LIMITS.outboxEntries);
  checkRange('outbox_ack.acknowledged', ack.acknowledged, 0);
  let previous = 0n;
  for (const { sequence, result, reason } of ack.outcomes) {
    if (sequence <= previous) throw invalid('outbox_ack.outcomes.sequence', 'not in order');
    if (sequence > ack.acknowledged) {
      throw invalid('outbox_ack.outcomes.sequence', 'beyond what is acknowledged');
    }
    checkEnum('outbox_ack.outcomes.result', result, OutboxResult);
    checkText('outbox_ack.outcomes.reason', reason);
    previous = sequence;
  }
}

function checkGovernance(governance: SignedGovernance): void {
  checkBytes('governance.governance', governance.governance, UPLINK_LIMITS.governance);
  checkBytes('governance.signature', governance.signature, UPLINK_LIMITS.signature);
}

function checkCoreError(error: CoreError): void {
  checkEnum('error.code', error.code, CoreErrorCode);
  checkText('error.message', error.message);
  checkOptionalId('error.correlation_id', error.correlationId);
}
