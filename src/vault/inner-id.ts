import { ID_BYTES } from './limits.ts';

/** Random bytes that an inner id is made with. */
const INNER_ID_RANDOM_BYTES = 10;

/** 12 bits of rand_a and 62 of rand_b (RFC 9562 §5.7), as one counter. */
const COUNTER_BITS = 74n;
const COUNTER_MASK = (1n << COUNTER_BITS) - 1n;
const RAND_B_BITS = 62n;
const RAND_B_MASK = (1n << RAND_B_BITS) - 1n;
const VERSION_7 = 7n;
const VARIANT = 2n;

/** What was issued last, so that ids of this process only rise. */
let last: { readonly milliseconds: number; readonly counter: bigint } = {
  milliseconds: -1,
  counter: 0n,
};

/**
 * The inner primary key of a new row: 16 bytes in the layout of a UUID of version 7 (RFC 9562 §5.7), so that rows are
 * stored in the order they were made, wherever their random public ids would have put them. `now` is milliseconds since
 * 1970, `random` gives that many random bytes. Within a process each id is above the one before, also in the same
 * millisecond and when the clock was set back: then the last id is counted on (RFC 9562 §6.2, method 2).
 */
export function newInnerId(now: number, random: (bytes: number) => Uint8Array): Uint8Array {
  if (now > last.milliseconds) {
    const bytes = random(INNER_ID_RANDOM_BYTES);
    const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    // The highest bit stays free, so that counting on in this millisecond cannot overflow.
    last = { milliseconds: now, counter: (value & COUNTER_MASK) >> 1n };
  } else {
    const step = BigInt(Buffer.from(random(4)).readUInt32BE()) + 1n;
    last = { milliseconds: last.milliseconds, counter: last.counter + step };
  }
  return layOut(last.milliseconds, last.counter);
}

function layOut(milliseconds: number, counter: bigint): Uint8Array {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUIntBE(milliseconds, 0, 6);
  id.writeUInt16BE(Number((VERSION_7 << 12n) | (counter >> RAND_B_BITS)), 6);
  id.writeBigUInt64BE((VARIANT << RAND_B_BITS) | (counter & RAND_B_MASK), 8);
  return id;
}
