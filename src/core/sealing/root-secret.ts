import { FileProblem, readSmallFile } from '../../config/read-small-file.ts';
import { BrokerError } from '../../errors/index.ts';
import { ROOT_SECRET_BYTES } from './root-sealer.ts';

/** 64 hexadecimal digits and room for a line's end. */
const LONGEST_FILE = 2 * ROOT_SECRET_BYTES + 2;

/**
 * The root secret in a file: 32 bytes as they are, or as 64 hexadecimal digits, with or without a line's end. The file must
 * belong to `uid` and be closed to everybody else, or belong to root and be readable by its group at most, as a mounted secret
 * is. Throws ROOT_SECRET_UNUSABLE. The caller wipes the result.
 */
export function readRootSecret(path: string, uid: number): Uint8Array {
  const content = readFile(path, uid);
  try {
    return content.length === ROOT_SECRET_BYTES ? Uint8Array.from(content) : fromDigits(content);
  } finally {
    content.fill(0);
  }
}

/**
 * The root secret in a setting's value: 64 hexadecimal digits. Throws ROOT_SECRET_UNUSABLE. The value itself is a string
 * that cannot be wiped: a file is the better place.
 */
export function parseRootSecret(value: string): Uint8Array {
  return fromDigits(Buffer.from(value, 'latin1'));
}

function readFile(path: string, uid: number): Buffer {
  try {
    return readSmallFile(path, { limit: LONGEST_FILE, privateTo: uid });
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw unusable(error.message, error);
  }
}

function fromDigits(content: Uint8Array): Uint8Array {
  let end = content.length;
  while (end > 0 && (content[end - 1] === 0x0a || content[end - 1] === 0x0d)) end -= 1;
  if (end !== 2 * ROOT_SECRET_BYTES) throw malformed();
  const secret = new Uint8Array(ROOT_SECRET_BYTES);
  for (let index = 0; index < ROOT_SECRET_BYTES; index += 1) {
    secret[index] = digit(content[2 * index]) * 16 + digit(content[2 * index + 1]);
  }
  return secret;
}

function digit(character: number | undefined): number {
  // Numbers all along: a string of the secret could not be wiped.
  if (character === undefined) throw malformed();
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const lower = character | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x57;
  throw malformed();
}

function malformed(): BrokerError {
  return unusable('is neither 32 bytes nor 64 hexadecimal digits');
}

function unusable(reason: string, cause?: unknown): BrokerError {
  return new BrokerError('ROOT_SECRET_UNUSABLE', reason, { field: 'root secret', cause });
}
