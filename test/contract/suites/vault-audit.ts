import { describe, expect, it } from 'vitest';

import { firstLink, nextLink } from '../../../src/vault/audit-chain.ts';
import { auditEntry, inHex, newKey } from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

export function describeVaultAudit(open: OpenVault): void {
  describe('audit journal', () => {
    it('keeps entries in order, page by page, each linked to the one before', async () => {
      const vault = await open();
      const entries = Array.from({ length: 12 }, (_, i) => auditEntry(`uid-${i}`, { at: i }));
      await vault.commit({ audit: entries.slice(0, 2) });
      await Promise.all(entries.slice(2).map((entry) => vault.commit({ audit: [entry] })));
      const rows = [
        ...(await vault.audit({ after: 0, limit: 10 })),
        ...(await vault.audit({ after: 10, limit: 10 })),
      ];
      let link = firstLink((await vault.facts()).vaultId);
      for (const [i, entry] of entries.entries()) {
        link = nextLink(link, i + 1, entry);
        expect(inHex(rows[i])).toEqual(inHex({ ...entry, sequence: i + 1, link }));
      }
      expect(rows).toHaveLength(12);
      expect(await vault.audit({ after: 12, limit: 10 })).toEqual([]);
      expect(await vault.facts()).toMatchObject({ auditHead: 12 });
    });

    it('takes empty texts, which an entry about no key has', async () => {
      const vault = await open();
      const entry = auditEntry('', { service: '', correlationId: '', tenant: '' });
      await vault.commit({ insert: [newKey()], audit: [entry] });
      expect((await vault.audit({ after: 0, limit: 1 }))[0]).toMatchObject(entry);
    });
  });
}
