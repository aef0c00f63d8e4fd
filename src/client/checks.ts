import { CallError } from './call-error.ts';

// Each check takes what the caller gave, which plain JavaScript may have got wrong in kind, and throws a CallError that
// names the field as the wire spells it, with the text a server would answer.

/** The UTF-8 bytes of a string, or the caller's bytes themselves: no copy is made of bytes. */
export function bytesOf(field: string, value: unknown, max: number): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : viewOf(field, value);
  if (bytes.length > max) throw tooLarge(field, max);
  return bytes;
}

/** Like `bytesOf`, and refuses an empty value. */
export function requiredBytes(field: string, value: unknown, max: number): Buffer {
  if (value === undefined) throw required(field);
  const bytes = bytesOf(field, value, max);
  if (bytes.length === 0) throw required(field);
  return bytes;
}

/** A string of at most `max` bytes of UTF-8. */
export function text(field: string, value: unknown, max: number): string {
  if (typeof value !== 'string') throw wrongKind(field, 'a string');
  if (Buffer.byteLength(value, 'utf8') > max) throw tooLarge(field, max);
  return value;
}

/** Like `text`, and refuses an empty value. */
export function requiredText(field: string, value: unknown, max: number): string {
  if (value === undefined || value === '') throw required(field);
  return text(field, value, max);
}

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Like `text`, for values that end up in logs. */
export function printableText(field: string, value: unknown, max: number): string {
  const checked = text(field, value, max);
  if (!PRINTABLE_ASCII.test(checked)) {
    throw new CallError(
      'FIELD_NOT_PRINTABLE',
      'must contain only printable ASCII characters (0x20-0x7E)',
      { field },
    );
  }
  return checked;
}

/** One of a few words. */
export function oneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw wrongKind(field, `one of ${allowed.join(', ')}`);
  return found;
}

/** The error for an argument of another kind than the types ask for. */
export function wrongKind(field: string, expected: string): CallError {
  return new CallError('INPUT_INVALID', `must be ${expected}`, { field });
}

function viewOf(field: string, value: unknown): Buffer {
  if (!(value instanceof Uint8Array)) throw wrongKind(field, 'a string or bytes');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function required(field: string): CallError {
  return new CallError('FIELD_REQUIRED', 'required', { field });
}

function tooLarge(field: string, max: number): CallError {
  return new CallError('FIELD_TOO_LARGE', `too large (max ${max})`, { field });
}
