import { describe, expect, it } from 'vitest';

import type { KeyRow, Vault, VaultTransaction } from '../../../src/vault/index.ts';
import { expectFailure } from '../../support/failures.ts';
import {
  auditEntry,
  changed,
  keyRow,
  newKey,
  outboxEntry,
  wrappedBytes,
} from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

const row = (name: string, changes: Partial<KeyRow>): readonly [string, VaultTransaction] => [
  name,
  { insert: [newKey(changes)] },
];

const REFUSED_TRANSACTIONS: readonly (readonly [string, VaultTransaction])[] = [
  row('an inner id of 15 bytes', { id: Buffer.alloc(15) }),
  row('an empty uid', { uid: '' }),
  row('a uid of 513 characters', { uid: 'u'.repeat(513) }),
  row('an empty tenant', { tenant: '' }),
  row('an empty service', { service: '' }),
  row('an empty service key id', { serviceKeyId: '' }),
  row('revision 0', { revision: 0 }),
  row('a fractional revision', { revision: 1.5 }),
  row('an object type of 0', { objectType: 0 }),
  row('a time that is no number', { createdAt: Number.NaN }),
  row('a time beyond what numbers hold exactly', { createdAt: 2 ** 53 }),
  row('a wrapped key of 64 KiB and a byte', { wrapped: wrappedBytes(Buffer.alloc(65_537)) }),
  row('a digest of 31 bytes', { digest: Buffer.alloc(31) }),
  row('a MAC of 16 bytes', { mac: Buffer.alloc(16) }),
  row('attributes of 256 KiB and a byte', { attributes: Buffer.alloc(262_145) }),
  row('an empty reason of a quarantine', { quarantine: '' }),
  ['a term without name', { insert: [newKey({}, [{ name: '', value: 'x' }])] }],
  ['257 terms', { insert: [newKey({}, new Array(257).fill({ name: 'n', value: 'v' }))] }],
  ['1,001 keys', { insert: Array.from({ length: 1001 }, () => newKey()) }],
  [
    'a change that skips a revision',
    { change: [{ ...changed(keyRow(), {}), expectedRevision: 2 }] },
  ],
  ['a change from revision 0', { change: [{ ...newKey(), expectedRevision: 0 }] }],
  ['a quarantine without reason', { quarantine: [{ tenant: 't', uid: 'u', reason: '' }] }],
  ['an outbox entry with a short id', { outbox: [outboxEntry('u', { entryId: Buffer.alloc(8) })] }],
  ['an outbox entry about nothing', { outbox: [outboxEntry('')] }],
  ['an outbox body too large', { outbox: [outboxEntry('u', { body: Buffer.alloc(524_289) })] }],
  ['an audit entry before 1970', { audit: [auditEntry('u', { at: -1 })] }],
  ['an audit text too long', { audit: [auditEntry('u', { actor: 'a'.repeat(513) })] }],
  ['a state without name', { states: new Map([['', Buffer.of(1)]]) }],
  ['a state too large', { states: new Map([['s', Buffer.alloc(4 * 1024 * 1024 + 1)]]) }],
];

const REFUSED_READS: readonly (readonly [string, (vault: Vault) => Promise<unknown>])[] = [
  ['a page of no rows', (vault) => vault.scan({ limit: 0 })],
  ['a page of 1,001 rows', (vault) => vault.outbox(1001)],
  ['a cursor of another length', (vault) => vault.scan({ limit: 1, after: Buffer.alloc(17) })],
  ['a negative sequence', (vault) => vault.audit({ after: -1, limit: 1 })],
  [
    'a locate without tenant',
    (vault) => vault.locate({ tenant: '', service: 's', terms: [], limit: 1 }),
  ],
  [
    'a locate by a term without name',
    (vault) =>
      vault.locate({ tenant: 't', service: 's', terms: [{ name: '', value: '' }], limit: 1 }),
  ],
];

export function describeVaultMisuse(open: OpenVault): void {
  describe('misuse', () => {
    // One vault for all of them: that nothing was done shows at the end.
    it('refuses values beyond their limits, and does nothing of such a transaction', async () => {
      const vault = await open();
      for (const [name, transaction] of REFUSED_TRANSACTIONS) {
        await expectFailure(() => vault.commit(transaction), 'INPUT_INVALID').catch(naming(name));
      }
      const states = await vault.readStates('');
      expect(await vault.facts()).toMatchObject({ keys: 0, outboxHead: 0, auditHead: 0 });
      expect(states.size).toBe(0);
    });

    it('refuses questions beyond the limits', async () => {
      const vault = await open();
      for (const [name, read] of REFUSED_READS) {
        await expectFailure(() => read(vault), 'INPUT_INVALID').catch(naming(name));
      }
    });
  });
}

/** Says which case it was that failed. */
function naming(name: string): (error: unknown) => never {
  return (cause) => {
    throw new Error(`not refused as it should be: ${name}`, { cause });
  };
}
