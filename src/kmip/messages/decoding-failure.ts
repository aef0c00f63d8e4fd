import { KmipFailure, type Failure } from '../failure.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import { TYPE } from '../ttlv/types.ts';

/**
 * The failure that an error of decoding is for the peer: Invalid Field for a field that is unknown, out of order or of a
 * wrong type, Invalid Message for one that is repeated and for everything that is no TTLV, and `missing` for one that is not
 * there. `reader` is the one that met the error, absent when it could not even begin. Errors that are none of decoding stay what they are.
 */
export function decodingFailure(
  error: unknown,
  reader: TtlvReader | undefined,
  missing: 'missingData' | 'invalidMessage',
): unknown {
  if (!(error instanceof TtlvError)) return error;
  return new KmipFailure(failureOf(error, reader, missing), error.message, { cause: error });
}

function failureOf(
  error: TtlvError,
  reader: TtlvReader | undefined,
  missing: 'missingData' | 'invalidMessage',
): Failure {
  switch (error.kind) {
    case 'wrong-type':
      return 'invalidField';
    case 'missing-field':
    case 'unexpected-field':
      if (reader === undefined || reader.atEnd()) return missing;
      // Every field has its place and is there once (KMIP 1.4 §9.1.2): a second one is a broken message.
      return isRepeated(reader.bytes, error.offset) ? 'invalidMessage' : 'invalidField';
    default:
      return 'invalidMessage';
  }
}

/** Whether a field before the one at `offset`, in the same structure, has the same tag. */
function isRepeated(bytes: Uint8Array, offset: number): boolean {
  const reader = new TtlvReader(bytes);
  const seen: Set<number>[] = [new Set()];
  try {
    for (;;) {
      const tag = reader.nextTag();
      if (tag === 0) {
        if (seen.length === 1) return false;
        reader.leave();
        seen.pop();
        continue;
      }
      if (reader.offset >= offset) return seen.at(-1)?.has(tag) ?? false;
      seen.at(-1)?.add(tag);
      if (reader.nextType() === TYPE.structure) {
        reader.enter(tag);
        seen.push(new Set());
      } else {
        reader.skip();
      }
    }
  } catch {
    // Broken before the place: nothing more can be said of it.
    return false;
  }
}
