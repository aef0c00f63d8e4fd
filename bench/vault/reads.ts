import { randomInt } from 'node:crypto';

import { figureOf, type Figure } from './figure.ts';
import { newRow, openVault, TENANT } from './workload.ts';

/** Keys of one commit while the vault is filled, and commits at a time. */
const BATCH = 500;
const AT_A_TIME = 4;
/** Uids that are asked for: more would measure the memory that holds them. */
const ASKED = 100_000;

/** Reads of keys picked at random from a vault of so many. */
export async function measureReads(
  directory: string,
  keys: number,
  milliseconds: number,
): Promise<readonly Figure[]> {
  const vault = await openVault(directory);
  try {
    const uids: string[] = [];
    const every = Math.ceil(keys / ASKED);
    let made = 0;
    const fill = async (): Promise<void> => {
      while (made < keys) {
        const size = Math.min(BATCH, keys - made);
        made += size;
        const rows = Array.from({ length: size }, newRow);
        uids.push(...rows.filter((_, i) => (made + i) % every === 0).map((row) => row.uid));
        await vault.commit({ insert: rows.map((row) => ({ row, terms: [] })) });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, fill));
    const times: number[] = [];
    const start = performance.now();
    for (let now = start; now - start < milliseconds;) {
      await vault.get(TENANT, uids[randomInt(uids.length)] ?? '');
      const end = performance.now();
      times.push(end - now);
      now = end;
    }
    return [figureOf(`get, ${keys} keys`, times, performance.now() - start)];
  } finally {
    await vault.close();
  }
}
