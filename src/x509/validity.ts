import type { CertificatePolicy } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';

/** When a certificate is valid, both ends included, in seconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

type ValidityField = 'validNotBefore' | 'validNotAfter';

/** 1950-01-01 and 9999-12-31T23:59:59: what a certificate can hold (RFC 5280 §4.1.2.5). */
const EARLIEST_TIME = -631_152_000n;
const LATEST_TIME = 253_402_300_799n;

/**
 * The requested times, or where one is missing the edge of the profile's window. VALIDITY_UNREPRESENTABLE for a time
 * that no certificate can hold, VALIDITY_NOT_ALLOWED for a requested notBefore before the window or notAfter after it,
 * VALIDITY_REVERSED when the certificate would end before it begins.
 */
export function chooseValidity(
  policy: Pick<CertificatePolicy, 'notBeforeOffset' | 'notAfterOffset'>,
  now: number,
  requested: { readonly notBefore?: bigint; readonly notAfter?: bigint },
): Validity {
  const earliest = windowEdge(now, policy.notBeforeOffset);
  const latest = windowEdge(now, policy.notAfterOffset);
  const notBefore = requested.notBefore ?? earliest;
  const notAfter = requested.notAfter ?? latest;

  requireRepresentable('validNotBefore', notBefore);
  requireRepresentable('validNotAfter', notAfter);
  if (notBefore < earliest) {
    const distance = `${earliest - notBefore} seconds before the earliest time`;
    refuse('VALIDITY_NOT_ALLOWED', 'validNotBefore', `${distance} the profile allows`);
  }
  if (notAfter > latest) {
    const distance = `${notAfter - latest} seconds after the latest time`;
    refuse('VALIDITY_NOT_ALLOWED', 'validNotAfter', `${distance} the profile allows`);
  }
  if (notBefore > notAfter) {
    const field = requested.notBefore === undefined ? 'validNotAfter' : 'validNotBefore';
    refuse('VALIDITY_REVERSED', field, 'the certificate would end before it begins');
  }
  return { notBefore: Number(notBefore), notAfter: Number(notAfter) };
}

/** `now + offset`; when no certificate can hold that, the first second beyond what one can. */
function windowEdge(now: number, offset: number): bigint {
  const edge = BigInt(now) + BigInt(offset);
  if (edge < EARLIEST_TIME) return EARLIEST_TIME - 1n;
  return edge > LATEST_TIME ? LATEST_TIME + 1n : edge;
}

function requireRepresentable(field: ValidityField, time: bigint): void {
  if (time >= EARLIEST_TIME && time <= LATEST_TIME) return;
  const message = 'a certificate can only hold times from 1950 to 9999';
  refuse('VALIDITY_UNREPRESENTABLE', field, message);
}

function refuse(
  code: 'VALIDITY_NOT_ALLOWED' | 'VALIDITY_REVERSED' | 'VALIDITY_UNREPRESENTABLE',
  field: ValidityField,
  message: string,
): never {
  throw new BrokerError(code, message, { field });
}
