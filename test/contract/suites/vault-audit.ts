import { describe, expect, it } from 'vitest';

import { firstLink, nextLink } from '../../../src/vault/audit-chain.ts';
import { expectFailure } from '../../support/failures.ts';
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

    it('forgets its oldest entries, and goes on from the last that it forgot', async () => {
      const vault = await open();
      const { vaultId } = await vault.facts();
      const entries = Array.from({ length: 5 }, (_, i) => auditEntry(`uid-${i}`, { at: i }));
      await vault.commit({ audit: entries });
      const links: Uint8Array[] = [];
      for (const [i, entry] of entries.entries()) {
        links.push(nextLink(links.at(-1) ?? firstLink(vaultId), i + 1, entry));
      }
      await vault.forgetAudit(3);
      const left = await vault.audit({ after: 0, limit: 10 });
      expect(left.map(({ sequence }) => sequence)).toEqual([4, 5]);
      expect(inHex(left[0])).toEqual(inHex({ ...entries[3], sequence: 4, link: links[3] }));
      expect(await vault.audit({ after: 4, limit: 10 })).toHaveLength(1);
      await vault.forgetAudit(2);
      await vault.forgetAudit(0);
      expect(await vault.audit({ after: 0, limit: 10 })).toHaveLength(2);
      await vault.forgetAudit(5);
      expect(await vault.audit({ after: 0, limit: 10 })).toEqual([]);
      expect(await vault.facts()).toMatchObject({ auditHead: 5 });
      const next = auditEntry('next');
      await vault.commit({ audit: [next] });
      const link = nextLink(links[4] ?? new Uint8Array(), 6, next);
      expect(inHex((await vault.audit({ after: 0, limit: 10 }))[0])).toEqual(
        inHex({ ...next, sequence: 6, link }),
      );
    });

    it('forgets nothing that was not written', async () => {
      const vault = await open();
      await vault.commit({ audit: [auditEntry('only')] });
      for (const sequence of [2, -1, 0.5]) {
        await expectFailure(() => vault.forgetAudit(sequence), 'INPUT_INVALID');
      }
      expect(await vault.audit({ after: 0, limit: 10 })).toHaveLength(1);
    });

    it('takes empty texts, which an entry about no key has', async () => {
      const vault = await open();
      const entry = auditEntry('', { service: '', correlationId: '', tenant: '' });
      await vault.commit({ insert: [newKey()], audit: [entry] });
      expect((await vault.audit({ after: 0, limit: 1 }))[0]).toMatchObject(entry);
    });
  });
}
