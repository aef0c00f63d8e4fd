import { describe, expect, it } from 'vitest';
import { RowCache } from '../../../src/vault/sqlite/row-cache.ts';
import { deferred } from '../../support/deferred.ts';
import { changed, keyRow, newKey } from '../../support/vault-keys.ts';

const TENANT = 'tenant-a';

describe('rows that are kept', () => {
  it('are given to their tenant and to nobody else', () => {
    const cache = new RowCache();
    const row = keyRow();
    cache.keep(row);
    expect(cache.get(TENANT, row.uid)).toBe(row);
    expect(cache.get('tenant-b', row.uid)).toBeUndefined();
    expect(cache.get(TENANT, 'another')).toBeUndefined();
  });

  it('are those that were asked for last, up to a bound', () => {
    const cache = new RowCache();
    const rows = Array.from({ length: 8193 }, () => keyRow());
    const [first, second, ...others] = rows;
    if (first === undefined || second === undefined) throw new Error('no rows');
    cache.keep(first);
    cache.keep(second);
    for (const row of others.slice(0, -1)) cache.keep(row);
    cache.get(TENANT, first.uid);
    cache.keep(others.at(-1) ?? first);
    expect(cache.get(TENANT, first.uid)).toBe(first);
    expect(cache.get(TENANT, second.uid)).toBeUndefined();
  });

  it('are none with a great many attributes', () => {
    const cache = new RowCache();
    const large = keyRow({ attributes: new Uint8Array(1025) });
    cache.keep(large);
    expect(cache.get(TENANT, large.uid)).toBeUndefined();
  });
});

describe('a commit', () => {
  it('leaves what it has made, in bytes of its own, once it is durable', async () => {
    const cache = new RowCache();
    const key = newKey();
    const mac = Buffer.from(key.row.mac);
    const written = deferred();
    const followed = cache.during({ insert: [key] }, written.promise);
    expect(cache.get(TENANT, key.row.uid)).toBeUndefined();
    key.row.mac.fill(0);
    written.resolve();
    await followed;
    expect(Buffer.from(cache.get(TENANT, key.row.uid)?.mac ?? []).equals(mac)).toBe(true);
  });

  it('takes away what it may change before it begins, and lets nobody put it back until it has ended', async () => {
    const cache = new RowCache();
    const [changing, leaving, suspect] = [keyRow(), keyRow(), keyRow()];
    for (const row of [changing, leaving, suspect]) cache.keep(row);
    const written = deferred();
    const followed = cache.during(
      {
        change: [changed(changing, { state: 4 })],
        purge: [leaving],
        quarantine: [{ tenant: TENANT, uid: suspect.uid, reason: 'its MAC does not fit' }],
      },
      written.promise,
    );
    for (const row of [changing, leaving, suspect]) {
      expect(cache.get(TENANT, row.uid)).toBeUndefined();
      // A read that began before the commit comes back with the old row.
      cache.keep(row);
      expect(cache.get(TENANT, row.uid)).toBeUndefined();
    }
    written.resolve();
    await followed;
    expect(cache.get(TENANT, changing.uid)).toBeUndefined();
    cache.keep(changing);
    expect(cache.get(TENANT, changing.uid)).toBe(changing);
  });

  it('waits for every other commit of the same key', async () => {
    const cache = new RowCache();
    const row = keyRow();
    const [first, second] = [deferred(), deferred()];
    const change = [changed(row, { state: 3 })];
    const both = [
      cache.during({ change }, first.promise),
      cache.during({ change }, second.promise),
    ];
    first.resolve();
    await both[0];
    cache.keep(row);
    expect(cache.get(TENANT, row.uid)).toBeUndefined();
    second.resolve();
    await both[1];
    cache.keep(row);
    expect(cache.get(TENANT, row.uid)).toBe(row);
  });

  it('leaves nothing when it fails, and fails as it did', async () => {
    const cache = new RowCache();
    const key = newKey();
    const failure = new Error('no');
    const written = deferred();
    const followed = cache.during({ insert: [key] }, written.promise);
    written.reject(failure);
    await expect(followed).rejects.toBe(failure);
    expect(cache.get(TENANT, key.row.uid)).toBeUndefined();
  });
});
