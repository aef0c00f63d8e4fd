import { BrokerError } from '../errors/index.ts';
import type { Timestamp } from '../generated/google/protobuf/timestamp.ts';
import { UPLINK_LIMITS } from './limits.ts';

/** A message that must be there. Throws FIELD_REQUIRED. */
export function checkPresent<T>(field: string, value: T | undefined): T {
  if (value === undefined) throw required(field);
  return value;
}

const PRINTABLE = /^[\x20-\x7e]*$/;

/** A name: 1 to 255 printable ASCII characters. */
export function checkId(field: string, value: string): void {
  if (value === '') throw required(field);
  checkOptionalId(field, value);
}

/** A name that may be absent. */
export function checkOptionalId(field: string, value: string): void {
  if (value.length > UPLINK_LIMITS.id) throw tooLarge(field, UPLINK_LIMITS.id);
  if (!PRINTABLE.test(value)) {
    throw new BrokerError('FIELD_NOT_PRINTABLE', 'only printable ASCII', { field });
  }
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** A UUID in its lower-case text form (RFC 9562 §4). */
export function checkUuid(field: string, value: string): void {
  if (value === '') throw required(field);
  if (!UUID.test(value)) throw invalid(field, 'not a lower-case UUID');
}

/** A text of at most `max` bytes; may be empty. */
export function checkText(field: string, value: string, max: number = UPLINK_LIMITS.text): void {
  if (Buffer.byteLength(value) > max) throw tooLarge(field, max);
}

/** Bytes, at least `min` (by default 1) and at most `max`. */
export function checkBytes(field: string, value: Uint8Array, max: number, min = 1): void {
  if (value.byteLength > max) throw tooLarge(field, max);
  if (value.byteLength >= min) return;
  throw value.byteLength === 0 ? required(field) : invalid(field, `shorter than ${min} bytes`);
}

/** At most `max` entries, at least `min` (by default none). */
export function checkCount(field: string, values: readonly unknown[], max: number, min = 0): void {
  if (values.length > max) {
    throw new BrokerError('FIELD_TOO_MANY', `too many entries (max ${max})`, { field });
  }
  if (values.length < min) throw required(field);
}

/** A number within [min, max]. */
export function checkRange(
  field: string,
  value: number | bigint,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  if (value < min)
    throw value === 0 || value === 0n ? required(field) : invalid(field, 'too small');
  if (value > max) throw invalid(field, `larger than ${max}`);
}

/** A value of an enumeration other than UNSPECIFIED. The generated decoders take any number. */
export function checkEnum(
  field: string,
  value: number,
  enumeration: Readonly<Record<string, number>>,
): void {
  if (value === 0) throw required(field);
  if (value < 0 || !Object.values(enumeration).includes(value)) {
    throw invalid(field, `unknown value ${value}`);
  }
}

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970. */
const EARLIEST = -62_135_596_800n;
const LATEST = 253_402_300_799n;

/** A time between the years 1 and 9999 (google.protobuf.Timestamp). */
export function checkTime(field: string, value: Timestamp | undefined): void {
  const { seconds, nanos } = checkPresent(field, value);
  if (seconds < EARLIEST || seconds > LATEST || nanos < 0 || nanos > 999_999_999) {
    throw invalid(field, 'not a time');
  }
}

/** A time that may be absent. */
export function checkOptionalTime(field: string, value: Timestamp | undefined): void {
  if (value !== undefined) checkTime(field, value);
}

function required(field: string): BrokerError {
  return new BrokerError('FIELD_REQUIRED', 'required', { field });
}

function tooLarge(field: string, max: number): BrokerError {
  return new BrokerError('FIELD_TOO_LARGE', `too large (max ${max})`, { field });
}

/** A value outside what the field may hold. */
export function invalid(field: string, reason: string): BrokerError {
  return new BrokerError('INPUT_INVALID', reason, { field });
}
