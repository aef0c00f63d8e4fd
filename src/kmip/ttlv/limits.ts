/** What a message may cost at most. Real clients stay below a hundredth of each. */
export interface TtlvLimits {
  /** Bytes of a whole message, its header included. */
  readonly messageLength: number;
  /** Structures within one another, the message itself included. */
  readonly depth: number;
  /** Items of every kind in one message. */
  readonly items: number;
  /** Bytes of one text or byte string. */
  readonly fieldLength: number;
  /** Bytes of one Big Integer: 2,048 hold the modulus of an RSA key of 16,376 bits. */
  readonly bigIntegerLength: number;
}

/**
 * 1 MiB a message, as the common servers have it; depth 32 where the deepest real message needs 10; 20,000 items, so that
 * a batch is bounded by its own limit long before; a field may fill the message.
 */
export const DEFAULT_TTLV_LIMITS: TtlvLimits = {
  messageLength: 1_048_576,
  depth: 32,
  items: 20_000,
  fieldLength: 1_048_576,
  bigIntegerLength: 2_048,
};
