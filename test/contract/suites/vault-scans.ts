import { describe, expect, it } from 'vitest';

import type { ScanQuery, Vault } from '../../../src/vault/index.ts';
import { newKey } from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

export function describeVaultScans(open: OpenVault): void {
  describe('scan', () => {
    const uidsOf = async (vault: Vault, query: Partial<ScanQuery>): Promise<string[]> =>
      (await vault.scan({ limit: 1000, ...query })).map((row) => row.uid);

    it('gives every row of every tenant in the order of the inner ids, page by page', async () => {
      const vault = await open();
      const keys = Array.from({ length: 25 }, (_, i) => newKey({ tenant: `tenant-${i % 3}` }));
      await vault.commit({ insert: keys.toReversed() });
      const seen: string[] = [];
      let after: Uint8Array | undefined;
      for (;;) {
        const rows = await vault.scan({ limit: 10, ...(after === undefined ? {} : { after }) });
        seen.push(...rows.map((row) => row.uid));
        after = rows.at(-1)?.id;
        if (rows.length < 10) break;
      }
      expect(seen).toEqual(keys.map((key) => key.row.uid));
    });

    it('narrows down by tenant, service, service key, missing MAC and quarantine', async () => {
      const vault = await open();
      const keys = [
        newKey({ tenant: 'tenant-b' }),
        newKey({ service: 'billing' }),
        newKey({ serviceKeyId: 'other-key' }),
        newKey({ serviceKeyVersion: 9 }),
        newKey({ mac: new Uint8Array() }),
        newKey({ quarantine: 'refused by the core' }),
        newKey({ mac: new Uint8Array(), quarantine: 'both' }),
      ];
      await vault.commit({ insert: keys });
      const at = (...places: number[]): (string | undefined)[] =>
        places.map((place) => keys[place]?.row.uid);
      expect(await uidsOf(vault, { tenant: 'tenant-b' })).toEqual(at(0));
      expect(await uidsOf(vault, { service: 'billing' })).toEqual(at(1));
      expect(await uidsOf(vault, { tenant: 'tenant-b', service: 'billing' })).toEqual([]);
      expect(await uidsOf(vault, { serviceKeyId: 'other-key' })).toEqual(at(2));
      expect(await uidsOf(vault, { serviceKeyVersion: 9 })).toEqual(at(3));
      expect(await uidsOf(vault, { unbound: true })).toEqual(at(4, 6));
      expect(await uidsOf(vault, { unbound: false })).toHaveLength(7);
      expect(await uidsOf(vault, { quarantined: true })).toEqual(at(5, 6));
      expect(await uidsOf(vault, { quarantined: false })).toEqual(at(0, 1, 2, 3, 4));
      expect(await uidsOf(vault, { unbound: true, quarantined: true })).toEqual(at(6));
    });

    it('finds the one among thousands', async () => {
      const vault = await open();
      const keys = Array.from({ length: 2500 }, (_, i) =>
        newKey({ service: i === 2400 ? 'billing' : 'payments' }),
      );
      for (let i = 0; i < keys.length; i += 1000) {
        await vault.commit({ insert: keys.slice(i, i + 1000) });
      }
      expect(await uidsOf(vault, { service: 'billing' })).toEqual([keys[2400]?.row.uid]);
    });
  });
}
