import { describe, expect, it, onTestFinished } from 'vitest';

import type { Vault } from '../../../src/vault/index.ts';
import { describeVaultAudit } from './vault-audit.ts';
import { describeVaultCommits } from './vault-commits.ts';
import { describeVaultLocate } from './vault-locate.ts';
import { describeVaultMisuse } from './vault-misuse.ts';
import { describeVaultOutbox } from './vault-outbox.ts';
import { describeVaultScans } from './vault-scans.ts';
import { describeVaultStates } from './vault-states.ts';
import { expectFailure } from '../../support/failures.ts';
import { inHex, keyRow, newKey } from '../../support/vault-keys.ts';

export interface VaultUnderTest {
  readonly outboxLimit?: number;
}

/** Opens an empty vault of its own for each call. */
export type OpenVault = (options?: VaultUnderTest) => Promise<Vault>;

/** What every vault must do, whatever it is made of. */
export function describeVault(name: string, open: OpenVault): void {
  /** A vault that is closed when the test ends. */
  const openForTest: OpenVault = async (options) => {
    const vault = await open(options);
    onTestFinished(async () => {
      await vault.close();
    });
    return vault;
  };

  describe(`${name} vault`, () => {
    describeVaultCommits(openForTest);
    describeVaultLocate(openForTest);
    describeVaultScans(openForTest);
    describeVaultOutbox(openForTest);
    describeVaultStates(openForTest);
    describeVaultAudit(openForTest);
    describeVaultMisuse(openForTest);

    it('is empty at first and tells its identity', async () => {
      const facts = await (await openForTest()).facts();
      expect(facts).toMatchObject({
        generation: 1,
        keys: 0,
        quarantined: 0,
        outboxDepth: 0,
        outboxHead: 0,
        outboxAcknowledged: 0,
        auditHead: 0,
        shredPending: false,
      });
      expect(facts.vaultId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(facts.outboxOldest).toBeUndefined();
      expect(facts.trouble).toBeUndefined();
    });

    it('finishes what was begun when it is closed, and refuses everything after', async () => {
      const vault = await open();
      const { row } = newKey();
      const commit = vault.commit({ insert: [{ row, terms: [] }] });
      await vault.close();
      await commit;
      await vault.close();
      await expectFailure(() => vault.get(row.tenant, row.uid), 'VAULT_UNAVAILABLE');
      await expectFailure(() => vault.commit({ insert: [newKey()] }), 'VAULT_UNAVAILABLE');
      await expectFailure(() => vault.acknowledgeOutbox(0), 'VAULT_UNAVAILABLE');
      await expectFailure(() => vault.forgetAudit(0), 'VAULT_UNAVAILABLE');
      await expectFailure(() => vault.facts(), 'VAULT_UNAVAILABLE');
      await expectFailure(() => vault.scan({ limit: 1 }), 'VAULT_UNAVAILABLE');
      await expectFailure(
        () => vault.locate({ tenant: 't', service: 's', terms: [], limit: 1 }),
        'VAULT_UNAVAILABLE',
      );
    });

    it('takes every value up to its limit', async () => {
      const vault = await openForTest();
      const row = keyRow({
        uid: '\u{1F511}'.repeat(256),
        tenant: 't'.repeat(512),
        attributes: Buffer.alloc(256 * 1024, 7),
        state: 16,
        createdAt: Number.MAX_SAFE_INTEGER,
        serviceKeyVersion: 0xffff_ffff,
      });
      await vault.commit({ insert: [{ row, terms: [{ name: 'Name', value: '' }] }] });
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
    });
  });
}
