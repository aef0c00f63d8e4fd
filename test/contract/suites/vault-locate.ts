import { describe, expect, it } from 'vitest';

import type { KeyRow, LocateQuery, NewKey, SearchTerm, Vault } from '../../../src/vault/index.ts';
import { changed, newKey } from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

const name = (value: string): SearchTerm => ({ name: 'Name', value });
const group = (value: string): SearchTerm => ({ name: 'Object Group', value });

/** A search of tenant-a's service `payments`. */
const query = (changes: Partial<LocateQuery> = {}): LocateQuery => ({
  tenant: 'tenant-a',
  service: 'payments',
  terms: [],
  limit: 1000,
  ...changes,
});

async function uidsOf(vault: Vault, changes: Partial<LocateQuery> = {}): Promise<string[]> {
  const { rows, more } = await vault.locate(query(changes));
  expect(more).toBe(false);
  return rows.map((row) => row.uid);
}

const uids = (keys: readonly NewKey[]): string[] => keys.map((key) => key.row.uid);

export function describeVaultLocate(open: OpenVault): void {
  describe('locate', () => {
    it('finds the keys of a service in the order they were made, whatever the order they came in', async () => {
      const vault = await open();
      const keys = Array.from({ length: 20 }, () => newKey());
      await vault.commit({ insert: keys.toReversed() });
      await vault.commit({
        insert: [newKey({ service: 'billing' }), newKey({ tenant: 'tenant-b' })],
      });
      expect(await uidsOf(vault)).toEqual(uids(keys));
    });

    it('finds the keys that carry all the terms, by exact value', async () => {
      const vault = await open();
      const keys = [
        newKey({}, [name('a'), group('g')]),
        newKey({}, [name('b'), group('g')]),
        newKey({}, [name('a'), name('b')]),
        newKey({}, [name('a'), group('g'), group('h')]),
        newKey({}, [{ name: 'Object Group', value: 'a' }]),
      ];
      await vault.commit({ insert: keys });
      const [first = '', second = '', third = '', fourth = '', fifth = ''] = uids(keys);
      expect(await uidsOf(vault, { terms: [name('a')] })).toEqual([first, third, fourth]);
      expect(await uidsOf(vault, { terms: [group('g')] })).toEqual([first, second, fourth]);
      expect(await uidsOf(vault, { terms: [name('a'), group('g')] })).toEqual([first, fourth]);
      expect(await uidsOf(vault, { terms: [group('h'), group('g'), name('a')] })).toEqual([fourth]);
      expect(await uidsOf(vault, { terms: [name('b'), name('a')] })).toEqual([third]);
      expect(await uidsOf(vault, { terms: [group('a')] })).toEqual([fifth]);
      expect(await uidsOf(vault, { terms: [name('A')] })).toEqual([]);
      expect(await uidsOf(vault, { terms: [name('')] })).toEqual([]);
      expect(await uidsOf(vault, { terms: [name('a'), name('z')] })).toEqual([]);
    });

    it('keeps terms of different services and tenants apart', async () => {
      const vault = await open();
      const keys = [
        newKey({}, [name('same')]),
        newKey({ service: 'billing' }, [name('same')]),
        newKey({ tenant: 'tenant-b' }, [name('same')]),
        // The same texts, cut at other places.
        newKey({ tenant: 'tenant-', service: 'apayments' }, [name('same')]),
      ];
      await vault.commit({ insert: keys });
      expect(await uidsOf(vault, { terms: [name('same')] })).toEqual(uids(keys.slice(0, 1)));
    });

    it('tells terms of the same characters, divided otherwise, apart', async () => {
      const vault = await open();
      const keys = [
        newKey({}, [{ name: 'ab', value: 'c' }]),
        newKey({}, [{ name: 'a', value: 'bc' }]),
      ];
      await vault.commit({ insert: keys });
      const terms = [{ name: 'a', value: 'bc' }];
      expect(await uidsOf(vault, { terms })).toEqual(uids(keys.slice(1)));
    });

    it('narrows down by object type and by states', async () => {
      const vault = await open();
      const states = [1, 2, 3, 4, 5, 6, 16] as const;
      const keys = states.map((state) => newKey({ state, objectType: state === 2 ? 7 : 2 }));
      await vault.commit({ insert: keys });
      const of = (wanted: readonly KeyRow['state'][]): string[] =>
        uids(keys.filter((key) => wanted.includes(key.row.state)));
      expect(await uidsOf(vault, { states: [1, 16] })).toEqual(of([1, 16]));
      expect(await uidsOf(vault, { states: [6] })).toEqual(of([6]));
      expect(await uidsOf(vault, { states: [] })).toEqual([]);
      expect(await uidsOf(vault, { objectType: 7 })).toEqual(of([2]));
      expect(await uidsOf(vault, { objectType: 2, states: [2] })).toEqual([]);
    });

    it('gives pages that join without a gap, also while keys are added and taken out', async () => {
      const vault = await open();
      const keys = Array.from({ length: 25 }, () => newKey({}, [name('page')]));
      await vault.commit({ insert: keys });
      const seen: string[] = [];
      let after: Uint8Array | undefined;
      for (;;) {
        const page = await vault.locate(
          query({ terms: [name('page')], limit: 10, ...(after === undefined ? {} : { after }) }),
        );
        seen.push(...page.rows.map((row) => row.uid));
        expect(page.rows.length).toBeLessThanOrEqual(10);
        expect(page.next === undefined).toBe(!page.more);
        after = page.next;
        if (after === undefined) break;
        // What was seen is taken out, and one is added at the end.
        const last = newKey({}, [name('page')]);
        keys.push(last);
        await vault.commit({ insert: [last], purge: page.rows.slice(-1) });
      }
      expect(seen).toEqual(uids(keys));
    });

    it('says that there is more exactly when there is', async () => {
      const vault = await open();
      await vault.commit({ insert: Array.from({ length: 10 }, () => newKey()) });
      expect((await vault.locate(query({ limit: 9 }))).more).toBe(true);
      expect((await vault.locate(query({ limit: 10 }))).more).toBe(false);
    });

    it('follows the terms of a key through changes and until it is taken out', async () => {
      const vault = await open();
      const key = newKey({}, [name('before'), group('g')]);
      const { row } = key;
      await vault.commit({ insert: [key] });
      const change = changed(row, {}, [name('after'), group('g')]);
      await vault.commit({ change: [change] });
      expect(await uidsOf(vault, { terms: [name('before')] })).toEqual([]);
      expect(await uidsOf(vault, { terms: [name('after'), group('g')] })).toEqual([row.uid]);
      await vault.commit({ change: [changed(change.row, { service: 'billing' }, change.terms)] });
      expect(await uidsOf(vault, { terms: [group('g')] })).toEqual([]);
      expect(await uidsOf(vault, { service: 'billing', terms: [group('g')] })).toEqual([row.uid]);
      await vault.commit({ purge: [row] });
      expect(await uidsOf(vault, { service: 'billing' })).toEqual([]);
    });

    it('takes a term that is given twice for one', async () => {
      const vault = await open();
      const key = newKey({}, [name('twice'), name('twice')]);
      await vault.commit({ insert: [key] });
      expect(await uidsOf(vault, { terms: [name('twice'), name('twice')] })).toEqual(uids([key]));
    });

    it('finds the one among thousands, wherever it stands', async () => {
      const vault = await open();
      const keys = Array.from({ length: 3000 }, (_, i) =>
        newKey({ state: i === 2900 ? 4 : 2 }, [group('all'), name(String(i))]),
      );
      for (let i = 0; i < keys.length; i += 1000) {
        await vault.commit({ insert: keys.slice(i, i + 1000) });
      }
      expect(await uidsOf(vault, { states: [4] })).toEqual(uids(keys.slice(2900, 2901)));
      const terms = [group('all'), name('2950')];
      expect(await uidsOf(vault, { terms })).toEqual(uids(keys.slice(2950, 2951)));
      const page = await vault.locate(query({ terms: [group('all')], limit: 1000 }));
      expect(page.more).toBe(true);
      expect(page.rows.map((row) => row.uid)).toEqual(uids(keys.slice(0, 1000)));
    });
  });
}
