/**
 * What is wrong with an encoding.
 * - `truncated`: the bytes end before the item does
 * - `too-large`, `too-deep`, `too-many-items`: beyond a limit
 * - `bad-length`: not the length of its type, or beyond the end of the structure around it
 * - `bad-type`: a type that does not exist
 * - `wrong-type`: a type that exists, but is not the field's
 * - `bad-value`: a Boolean beside 0 and 1, a text that is not UTF-8, a tag outside the two name spaces
 * - `missing-field`: another field, or none, stands where this one must
 * - `unexpected-field`: a field is left over: unknown, repeated or out of order
 */
export type TtlvErrorKind =
  | 'truncated'
  | 'too-large'
  | 'too-deep'
  | 'too-many-items'
  | 'bad-length'
  | 'bad-type'
  | 'wrong-type'
  | 'bad-value'
  | 'missing-field'
  | 'unexpected-field';

/** Bytes that are not the TTLV they should be. `message` names tags, types and lengths, never a value. */
export class TtlvError extends Error {
  override readonly name = 'TtlvError';
  readonly kind: TtlvErrorKind;
  /** Byte offset of the item at fault in what was being read. */
  readonly offset: number;
  /** The message without the offset, for a reader of a part who knows where the part began. */
  readonly reason: string;

  /** `reason` starts lower-case and has no full stop; the message reads `reason at byte 24`. */
  constructor(kind: TtlvErrorKind, offset: number, reason: string) {
    super(`${reason} at byte ${offset}`);
    this.kind = kind;
    this.offset = offset;
    this.reason = reason;
  }
}
