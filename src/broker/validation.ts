import { BrokerError } from '../errors/index.ts';
import type { RequestMetadata } from './request-metadata.ts';

/** Limits of request fields, in bytes; lists in entries. They are the original's. */
export const FIELD_LIMITS = {
  profile: 64,
  metadataId: 128,
  correlationId: 128,
  traceId: 32,
  spanId: 16,
  traceFlags: 2,
  traceState: 512,
  hashInput: 1024 * 1024,
  pem: 64 * 1024,
  subject: 1024,
  crlDistributionPoints: 16,
  crlDistributionPoint: 2048,
} as const;

/** Checks a profile's name; throws FIELD_REQUIRED, FIELD_TOO_LARGE. Whether the profile exists is another question. */
export function checkProfileName(profile: string): void {
  checkRequired('profile', profile);
  checkSize('profile', profile, FIELD_LIMITS.profile);
}

/** Checks what is echoed or logged; throws FIELD_TOO_LARGE, FIELD_NOT_PRINTABLE. */
export function checkMetadata(metadata: RequestMetadata | undefined): void {
  if (metadata === undefined) return;
  checkPrintable('metadata.id', metadata.id, FIELD_LIMITS.metadataId);
  const trace = metadata.traceContext;
  if (trace === undefined) return;
  const field = 'metadata.traceContext';
  checkSize(`${field}.traceId`, trace.traceId, FIELD_LIMITS.traceId);
  checkSize(`${field}.spanId`, trace.spanId, FIELD_LIMITS.spanId);
  checkSize(`${field}.traceFlags`, trace.traceFlags, FIELD_LIMITS.traceFlags);
  checkSize(`${field}.traceState`, trace.traceState, FIELD_LIMITS.traceState);
  checkPrintable(`${field}.correlationId`, trace.correlationId, FIELD_LIMITS.correlationId);
}

/** Throws FIELD_REQUIRED for an empty field. */
export function checkRequired(field: string, value: string | Uint8Array): void {
  if (value.length === 0) throw new BrokerError('FIELD_REQUIRED', 'required', { field });
}

/** Throws FIELD_TOO_LARGE for more than `max` bytes. */
export function checkSize(field: string, value: string | Uint8Array, max: number): void {
  const size = typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength;
  if (size > max) throw new BrokerError('FIELD_TOO_LARGE', `too large (max ${max})`, { field });
}

/** Throws FIELD_TOO_MANY for more than `max` entries. */
export function checkCount(field: string, values: readonly unknown[], max: number): void {
  if (values.length > max) {
    throw new BrokerError('FIELD_TOO_MANY', `too many entries (max ${max})`, { field });
  }
}

const PRINTABLE = /^[\x20-\x7e]*$/;

function checkPrintable(field: string, value: string, max: number): void {
  checkSize(field, value, max);
  if (!PRINTABLE.test(value)) {
    const message = 'must contain only printable ASCII characters (0x20-0x7E)';
    throw new BrokerError('FIELD_NOT_PRINTABLE', message, { field });
  }
}
