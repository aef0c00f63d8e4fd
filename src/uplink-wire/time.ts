import type { Timestamp } from '../generated/google/protobuf/timestamp.ts';

/** Milliseconds since 1970 as the wire has them; fractions of a millisecond are dropped. */
export function timestampOf(milliseconds: number): Timestamp {
  const whole = Math.trunc(milliseconds);
  const seconds = Math.floor(whole / 1000);
  return { seconds: BigInt(seconds), nanos: (whole - seconds * 1000) * 1_000_000 };
}

/** Milliseconds since 1970; of a checked time, so that the number is exact. */
export function millisecondsOf({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1000 + Math.trunc(nanos / 1_000_000);
}
