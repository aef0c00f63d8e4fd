import { describe, expect, it } from 'vitest';

import { expectFailure } from '../../support/failures.ts';
import {
  changed,
  CREATED_AT,
  inHex,
  keyRow,
  newKey,
  outboxEntry,
} from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

export function describeVaultOutbox(open: OpenVault): void {
  describe('outbox', () => {
    it('numbers entries from 1 without a gap and gives the oldest first', async () => {
      const vault = await open();
      const entries = Array.from({ length: 7 }, () => outboxEntry(keyRow().uid));
      await vault.commit({ outbox: entries.slice(0, 3) });
      await Promise.all(entries.slice(3).map((entry) => vault.commit({ outbox: [entry] })));
      const rows = await vault.outbox(5);
      expect(inHex(rows)).toEqual(
        inHex(entries.slice(0, 5).map((entry, i) => ({ ...entry, sequence: i + 1 }))),
      );
      expect(await vault.facts()).toMatchObject({
        outboxDepth: 7,
        outboxHead: 7,
        outboxAcknowledged: 0,
        outboxOldest: CREATED_AT * 1000,
      });
    });

    it('forgets what was acknowledged, and goes on counting', async () => {
      const vault = await open();
      const entries = Array.from({ length: 5 }, (_, i) => outboxEntry(`uid-${i}`));
      await vault.commit({ outbox: entries });
      await vault.acknowledgeOutbox(3);
      expect((await vault.outbox(10)).map((row) => row.sequence)).toEqual([4, 5]);
      await vault.acknowledgeOutbox(2);
      await vault.acknowledgeOutbox(0);
      expect(await vault.facts()).toMatchObject({ outboxDepth: 2, outboxAcknowledged: 3 });
      await vault.acknowledgeOutbox(5);
      expect(await vault.outbox(10)).toEqual([]);
      const facts = await vault.facts();
      expect(facts).toMatchObject({ outboxDepth: 0, outboxHead: 5, outboxAcknowledged: 5 });
      expect(facts.outboxOldest).toBeUndefined();
      await vault.commit({ outbox: [outboxEntry('uid-5')] });
      expect((await vault.outbox(10)).map((row) => row.sequence)).toEqual([6]);
    });

    it('refuses to acknowledge what was never sent', async () => {
      const vault = await open();
      await vault.commit({ outbox: [outboxEntry('uid')] });
      await expectFailure(() => vault.acknowledgeOutbox(2), 'INPUT_INVALID');
      await expectFailure(() => vault.acknowledgeOutbox(-1), 'INPUT_INVALID');
      await expectFailure(() => vault.acknowledgeOutbox(0.5), 'INPUT_INVALID');
      expect(await vault.outbox(10)).toHaveLength(1);
    });

    it('is full at its limit, and takes entries again after an acknowledgement', async () => {
      const vault = await open({ outboxLimit: 3 });
      const { row } = newKey();
      await vault.commit({ outbox: [outboxEntry('a'), outboxEntry('b')] });
      const two = { insert: [{ row, terms: [] }], outbox: [outboxEntry('c'), outboxEntry('d')] };
      await expectFailure(() => vault.commit(two), 'VAULT_OUTBOX_FULL');
      expect(await vault.get(row.tenant, row.uid)).toBeUndefined();
      // What sends nothing goes on.
      await vault.commit({ insert: [newKey()] });
      await vault.acknowledgeOutbox(1);
      await vault.commit(two);
      expect((await vault.outbox(10)).map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    });

    it('knows the last entry about a key that waits', async () => {
      const vault = await open();
      const { row } = newKey();
      const { uid } = row;
      expect(await vault.pendingSequence(uid)).toBe(0);
      await vault.commit({ insert: [{ row, terms: [] }], outbox: [outboxEntry(uid)] });
      await vault.commit({
        outbox: [outboxEntry('other'), outboxEntry(uid), outboxEntry('other')],
      });
      expect(await vault.pendingSequence(uid)).toBe(3);
      await vault.acknowledgeOutbox(2);
      expect(await vault.pendingSequence(uid)).toBe(3);
      await vault.acknowledgeOutbox(3);
      expect(await vault.pendingSequence(uid)).toBe(0);
      expect(await vault.pendingSequence('other')).toBe(4);
      await vault.commit({ change: [changed(row, {})], outbox: [outboxEntry(uid)] });
      expect(await vault.pendingSequence(uid)).toBe(5);
    });

    it('knows it also for a key that is not there, no longer, or again', async () => {
      const vault = await open();
      const { row } = newKey();
      const { uid } = row;
      await vault.commit({ outbox: [outboxEntry(uid)] });
      expect(await vault.pendingSequence(uid)).toBe(1);
      await vault.commit({ insert: [{ row, terms: [] }] });
      expect(await vault.pendingSequence(uid)).toBe(1);
      await vault.commit({ outbox: [outboxEntry(uid)] });
      await vault.commit({ purge: [row] });
      expect(await vault.pendingSequence(uid)).toBe(2);
      await vault.commit({ insert: [newKey({ uid })] });
      expect(await vault.pendingSequence(uid)).toBe(2);
      await vault.acknowledgeOutbox(2);
      expect(await vault.pendingSequence(uid)).toBe(0);
    });
  });
}
