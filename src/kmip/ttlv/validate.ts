import { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
import { TtlvReader } from './reader.ts';
import { TtlvError } from './ttlv-error.ts';
import { TYPE } from './types.ts';

/**
 * Walks one whole item and everything in it, before anything else looks at it: types, lengths, nesting, values and limits.
 * What it lets through can only be wrong in what it says, not in how it is written. Throws TtlvError.
 */
export function validate(bytes: Uint8Array, limits: TtlvLimits = DEFAULT_TTLV_LIMITS): void {
  const reader = new TtlvReader(bytes, limits);
  // A loop with a count, because a peer chooses how deep it goes.
  let depth = 0;
  do {
    if (depth > 0 && reader.atEnd()) {
      reader.leave();
      depth -= 1;
    } else if (reader.nextType() === TYPE.structure) {
      reader.enter(reader.nextTag());
      depth += 1;
    } else if (reader.atEnd()) {
      throw new TtlvError('truncated', 0, 'there are no bytes');
    } else {
      reader.skip();
    }
  } while (depth > 0);
  if (!reader.atEnd()) {
    throw new TtlvError('unexpected-field', reader.offset, 'there are bytes after the message');
  }
}
