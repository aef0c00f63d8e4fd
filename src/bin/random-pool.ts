import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;

/**
 * Gives random bytes, as many as it is asked for and each once. They are drawn 4 KiB at a time: a draw from Node costs 5 us
 * however short it is, and a new key takes three. For identifiers; keys are made in the native core.
 */
export function randomPool(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(new Uint8Array(bytes));
    if (bytes > POOL_BYTES - used) {
      randomFillSync(pool);
      used = 0;
    }
    const given = pool.slice(used, used + bytes);
    // What was given out is not to be found here.
    pool.fill(0, used, used + bytes);
    used += bytes;
    return given;
  };
}
