import {
  GatewayFrame,
  GrantResult,
  type GrantAck,
  type Heartbeat,
  type Hello,
  type LoadedGrant,
  type OutboxBatch,
} from '../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkId,
  checkPresent,
  checkRange,
  checkText,
  checkTime,
  invalid,
} from './checks.ts';
import { wireCodec, type WireCodec } from './codec.ts';
import { UPLINK_LIMITS } from './limits.ts';
import { GATEWAY_FRAME_SHAPE } from './shapes.ts';

const KEY_CHECK_VALUE_BYTES = 8;

/** Frames of the Gateway. `frame` is undefined for a kind that this version does not know: to be ignored. */
export const gatewayFrameCodec: WireCodec<GatewayFrame> = wireCodec(
  GatewayFrame,
  GATEWAY_FRAME_SHAPE,
  checkGatewayFrame,
);

function checkGatewayFrame({ frame }: GatewayFrame): void {
  switch (frame?.$case) {
    case undefined:
      return;
    case 'hello':
      checkHello(frame.value);
      return;
    case 'heartbeat':
      checkHeartbeat(frame.value);
      return;
    case 'eventAck':
      checkRange('event_ack.lane', frame.value.lane, 0, 2);
      checkRange('event_ack.lane_sequence', frame.value.laneSequence, 1);
      checkTime('event_ack.applied_at', frame.value.appliedAt);
      return;
    case 'grantAck':
      checkGrantAck(frame.value);
      return;
    case 'serviceKeyRequest':
      checkId('service_key_request.tenant_id', frame.value.tenantId);
      checkId('service_key_request.service_id', frame.value.serviceId);
      return;
    case 'outboxBatch':
      checkOutboxBatch(frame.value);
      return;
    case 'goodbye':
      checkText('goodbye.reason', frame.value.reason);
      return;
  }
}

function checkHello(hello: Hello): void {
  checkRange('hello.generation', hello.generation, 1);
  checkBytes('hello.resume_token', hello.resumeToken, UPLINK_LIMITS.resumeToken, 0);
  checkLoaded('hello.loaded', hello.loaded);
  checkRange('hello.outbox_head', hello.outboxHead, 0);
  if (hello.outboxAcknowledged > hello.outboxHead) {
    throw invalid('hello.outbox_acknowledged', 'beyond the head');
  }
  checkPresent('hello.applied', hello.applied);
}

function checkHeartbeat(heartbeat: Heartbeat): void {
  checkRange('heartbeat.sequence', heartbeat.sequence, 1);
  checkTime('heartbeat.wall_time', heartbeat.wallTime);
  checkPresent('heartbeat.applied', heartbeat.applied);
  checkLoaded('heartbeat.loaded', heartbeat.loaded);
  checkText('heartbeat.fips', heartbeat.fips, UPLINK_LIMITS.id);
}

/** Grants by service key and version. Shared with what the Core renews. */
export function checkLoaded(field: string, loaded: readonly LoadedGrant[]): void {
  checkCount(field, loaded, UPLINK_LIMITS.grants);
  for (const grant of loaded) {
    checkId(`${field}.service_key_id`, grant.serviceKeyId);
    checkRange(`${field}.version`, grant.version, 1);
  }
}

function checkGrantAck(ack: GrantAck): void {
  checkId('grant_ack.grant_id', ack.grantId);
  checkEnum('grant_ack.result', ack.result, GrantResult);
  const length = ack.result === GrantResult.GRANT_RESULT_LOADED ? KEY_CHECK_VALUE_BYTES : 0;
  checkBytes('grant_ack.key_check_value', ack.keyCheckValue, KEY_CHECK_VALUE_BYTES, length);
}

function checkOutboxBatch({ items }: OutboxBatch): void {
  checkCount('outbox_batch.items', items, UPLINK_LIMITS.outboxEntries, 1);
  let bytes = 0;
  let previous: bigint | undefined;
  for (const { sequence, entry } of items) {
    checkRange('outbox_batch.items.sequence', sequence, 1);
    checkBytes('outbox_batch.items.entry', entry, UPLINK_LIMITS.outboxEntry);
    if (previous !== undefined && sequence !== previous + 1n) {
      throw invalid('outbox_batch.items.sequence', 'not in order without gaps');
    }
    previous = sequence;
    bytes += entry.byteLength;
  }
  if (items.length > 1 && bytes > UPLINK_LIMITS.outboxBytes) {
    throw invalid('outbox_batch.items', `more than ${UPLINK_LIMITS.outboxBytes} bytes together`);
  }
}
