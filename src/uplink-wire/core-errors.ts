import type { StatusName } from '../errors/index.ts';
import { CoreErrorCode } from '../generated/cryptobroker/gateway/v1/uplink.ts';

/** What the Core refuses, by the name of its CoreErrorCode without the prefix. */
export type CoreErrorName =
  | 'GATEWAY_UNKNOWN'
  | 'SCOPE_DENIED'
  | 'SUPERSEDED'
  | 'EPOCH_STALE'
  | 'TENANT_REVOKED'
  | 'SERVICE_KEY_UNAVAILABLE'
  | 'OUTBOX_CONFLICT'
  | 'RESYNC_REQUIRED'
  | 'BACKPRESSURE'
  | 'FRAME_INVALID';

/** Trailing metadata of a refused Enroll or Tunnel: the CoreErrorName. `grpc-message` holds the Core's words. */
export const CORE_ERROR_TRAILER = 'cryptobroker-core-error';

/** The gRPC status of each, when a unary call ends with it. On the stream a CoreError frame carries the code instead. */
export const CORE_ERROR_STATUS: Readonly<Record<CoreErrorName, StatusName>> = {
  GATEWAY_UNKNOWN: 'PERMISSION_DENIED',
  SCOPE_DENIED: 'PERMISSION_DENIED',
  SUPERSEDED: 'FAILED_PRECONDITION',
  EPOCH_STALE: 'FAILED_PRECONDITION',
  TENANT_REVOKED: 'PERMISSION_DENIED',
  SERVICE_KEY_UNAVAILABLE: 'FAILED_PRECONDITION',
  OUTBOX_CONFLICT: 'FAILED_PRECONDITION',
  RESYNC_REQUIRED: 'FAILED_PRECONDITION',
  BACKPRESSURE: 'RESOURCE_EXHAUSTED',
  FRAME_INVALID: 'INVALID_ARGUMENT',
};

const NAMES = new Map<number, CoreErrorName>([
  [CoreErrorCode.CORE_ERROR_CODE_GATEWAY_UNKNOWN, 'GATEWAY_UNKNOWN'],
  [CoreErrorCode.CORE_ERROR_CODE_SCOPE_DENIED, 'SCOPE_DENIED'],
  [CoreErrorCode.CORE_ERROR_CODE_SUPERSEDED, 'SUPERSEDED'],
  [CoreErrorCode.CORE_ERROR_CODE_EPOCH_STALE, 'EPOCH_STALE'],
  [CoreErrorCode.CORE_ERROR_CODE_TENANT_REVOKED, 'TENANT_REVOKED'],
  [CoreErrorCode.CORE_ERROR_CODE_SERVICE_KEY_UNAVAILABLE, 'SERVICE_KEY_UNAVAILABLE'],
  [CoreErrorCode.CORE_ERROR_CODE_OUTBOX_CONFLICT, 'OUTBOX_CONFLICT'],
  [CoreErrorCode.CORE_ERROR_CODE_RESYNC_REQUIRED, 'RESYNC_REQUIRED'],
  [CoreErrorCode.CORE_ERROR_CODE_BACKPRESSURE, 'BACKPRESSURE'],
  [CoreErrorCode.CORE_ERROR_CODE_FRAME_INVALID, 'FRAME_INVALID'],
]);

/** The name of a code in a CoreError frame; undefined for a number that means nothing here. */
export function coreErrorName(code: number): CoreErrorName | undefined {
  return NAMES.get(code);
}

/** The name in a trailer; undefined for a text that means nothing here. */
export function parseCoreErrorName(text: string): CoreErrorName | undefined {
  return Object.hasOwn(CORE_ERROR_STATUS, text) ? (text as CoreErrorName) : undefined;
}
