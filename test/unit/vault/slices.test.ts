import { describe, expect, it } from 'vitest';
import type { KeyTuple } from '../../../src/vault/sqlite/key-columns.ts';
import { readPage, type SlicedQuery } from '../../../src/vault/sqlite/reader/slices.ts';

const SLICE = 10;

/** A search through numbered candidates, of which those fit that are named. */
function search(candidates: number, fitting: readonly number[]): SlicedQuery {
  return {
    boundary: (after) => {
      const last = numberIn(after) + SLICE;
      return last <= candidates ? idOf(last) : undefined;
    },
    rows: (after, upTo, limit) =>
      fitting
        .filter((number) => number > numberIn(after) && number <= numberIn(upTo))
        .slice(0, limit)
        .map((number) => [idOf(number)] as unknown as KeyTuple),
  };
}

function idOf(number: number): Uint8Array {
  const id = Buffer.alloc(16);
  id.writeUInt32BE(number);
  return id;
}

function numberIn(id: Uint8Array): number {
  return id.length === 0 ? 0 : Buffer.from(id).readUInt32BE();
}

async function page(query: SlicedQuery, after: Uint8Array | undefined, slices?: number) {
  const found = await readPage(query, { after, limit: 2, ...(slices !== undefined && { slices }) });
  return {
    numbers: found.rows.map(([id]) => numberIn(id)),
    more: found.more,
    next: found.next === undefined ? undefined : numberIn(found.next),
  };
}

describe('a page of a search', () => {
  it('goes on after its last row when it is full', async () => {
    const query = search(100, [5, 15, 25]);
    expect(await page(query, undefined)).toEqual({ numbers: [5, 15], more: true, next: 15 });
    expect(await page(query, idOf(15))).toEqual({ numbers: [25], more: false, next: undefined });
  });

  it('ends after so many slices with what it has found, and goes on behind them', async () => {
    const query = search(100, [5, 95]);
    expect(await page(query, undefined, 3)).toEqual({ numbers: [5], more: true, next: 30 });
    expect(await page(query, idOf(30), 3)).toEqual({ numbers: [], more: true, next: 60 });
    expect(await page(query, idOf(90), 3)).toEqual({ numbers: [95], more: false, next: undefined });
  });

  it('finds everything where its slices are not counted', async () => {
    expect(await page(search(1000, [999]), undefined)).toEqual({
      ...{ numbers: [999], more: false, next: undefined },
    });
  });
});
