import { status } from '@grpc/grpc-js';
import { BrokerError } from '../errors/index.ts';
import type { CoreErrorName } from '../uplink-wire/index.ts';
import { CallFailure } from './call-failure.ts';

/**
 * Why a connection ended. lost: come back soon. refused: the Core does not want us, come back later. superseded: another
 * process has our place, do not come back.
 */
export interface SessionEnd {
  readonly kind: 'lost' | 'refused' | 'superseded' | 'stopped';
  /** Safe to show. */
  readonly reason: string;
  /** The Core's wish, ms. */
  readonly retryAfterMs?: number;
  /** What was thrown, for the log alone. */
  readonly cause?: unknown;
}

const REFUSED_STATUSES: ReadonlySet<number> = new Set([
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);

/** What a refusal means for the connection. */
export function endOfRefusal(refusal: CoreErrorName): SessionEnd['kind'] {
  switch (refusal) {
    case 'SUPERSEDED':
      return 'superseded';
    case 'GATEWAY_UNKNOWN':
    case 'SCOPE_DENIED':
    case 'TENANT_REVOKED':
      return 'refused';
    default:
      return 'lost';
  }
}

/** The end that a failure makes. */
export function endOfFailure(error: unknown): SessionEnd {
  if (error instanceof CallFailure) {
    const words = error.message === '' ? 'the core gave no reason' : error.message;
    if (error.refusal !== undefined) {
      return { kind: endOfRefusal(error.refusal), reason: `${error.refusal}: ${words}` };
    }
    return { kind: REFUSED_STATUSES.has(error.status) ? 'refused' : 'lost', reason: words };
  }
  if (error instanceof BrokerError) return { kind: 'lost', reason: error.message };
  // Ours, and not written for showing.
  return { kind: 'lost', reason: 'the gateway could not do its part', cause: error };
}
