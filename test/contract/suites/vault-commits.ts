import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { expectFailure } from '../../support/failures.ts';
import {
  auditEntry,
  changed,
  inHex,
  keyRow,
  newKey,
  outboxEntry,
  wrappedBytes,
} from '../../support/vault-keys.ts';
import type { OpenVault } from './vault-contract.ts';

export function describeVaultCommits(open: OpenVault): void {
  describe('commits', () => {
    it('gives back a key as it was put in, to its tenant alone', async () => {
      const vault = await open();
      const key = newKey();
      await vault.commit({ insert: [key] });
      expect(inHex(await vault.get(key.row.tenant, key.row.uid))).toEqual(inHex(key.row));
      expect(await vault.get('tenant-b', key.row.uid)).toBeUndefined();
      expect(await vault.get(key.row.tenant, randomUUID())).toBeUndefined();
    });

    it('keeps a copy: what the caller does to its bytes afterwards has no effect', async () => {
      const vault = await open();
      const key = newKey();
      const before = structuredClone(key.row);
      const entry = outboxEntry(key.row.uid, { body: Buffer.from('body') });
      const value = Buffer.from('state');
      const commit = vault.commit({
        insert: [key],
        outbox: [entry],
        states: new Map([['name', value]]),
      });
      for (const bytes of [key.row.id, key.row.wrapped, key.row.attributes, entry.body, value]) {
        bytes.fill(0xff);
      }
      await commit;
      expect(inHex(await vault.get(before.tenant, before.uid))).toEqual(inHex(before));
      expect(text((await vault.outbox(1))[0]?.body)).toBe('body');
      expect(text(await vault.readState('name'))).toBe('state');
    });

    it('refuses a uid that is taken, whoever has it', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      for (const tenant of ['tenant-a', 'tenant-b']) {
        const again = newKey({ uid: row.uid, tenant });
        await expectFailure(() => vault.commit({ insert: [again] }), 'VAULT_UID_TAKEN');
      }
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
      expect(await vault.facts()).toMatchObject({ keys: 1 });
    });

    it('refuses the same uid twice in one transaction, and an inner id that is taken', async () => {
      const vault = await open();
      const { row } = newKey();
      const twice = { insert: [newKey({ uid: row.uid }), newKey({ uid: row.uid })] };
      await expectFailure(() => vault.commit(twice), 'VAULT_UID_TAKEN');
      await vault.commit({ insert: [{ row, terms: [] }] });
      await expectFailure(
        () => vault.commit({ insert: [newKey({ id: row.id })] }),
        'INPUT_INVALID',
      );
      expect(await vault.facts()).toMatchObject({ keys: 1 });
    });

    it('keeps the uid of a destroyed key taken', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      await vault.commit({
        change: [changed(row, { state: 5, wrapped: wrappedBytes(Buffer.of()) })],
      });
      expect(await vault.get(row.tenant, row.uid)).toMatchObject({ state: 5 });
      await expectFailure(
        () => vault.commit({ insert: [newKey({ uid: row.uid })] }),
        'VAULT_UID_TAKEN',
      );
    });

    it('changes a row that still has the expected revision', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      const change = changed(row, { state: 3, service: 'billing', attributes: Buffer.from('new') });
      await vault.commit({ change: [change] });
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(change.row));
      await expectFailure(() => vault.commit({ change: [change] }), 'VAULT_CONFLICT');
    });

    it('refuses a change of a row that is gone, of another tenant, or another one by now', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      const others = [keyRow(), { ...row, tenant: 'tenant-b' }, { ...row, id: keyRow().id }];
      for (const other of others) {
        const change = changed(other, { state: 3 });
        await expectFailure(() => vault.commit({ change: [change] }), 'VAULT_CONFLICT');
      }
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
    });

    it('lets one of two changes of the same revision win', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      const results = await Promise.allSettled(
        ([3, 4] as const).map((state) => vault.commit({ change: [changed(row, { state })] })),
      );
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(results[1]).toMatchObject({ reason: { code: 'VAULT_CONFLICT' } });
      expect(await vault.get(row.tenant, row.uid)).toMatchObject({ state: 3, revision: 2 });
    });

    it('takes a row out for good, and its uid may be used again', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      await vault.commit({ purge: [{ tenant: 'tenant-b', uid: row.uid }] });
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
      await vault.commit({ purge: [row, keyRow()] });
      expect(await vault.get(row.tenant, row.uid)).toBeUndefined();
      const again = newKey({ uid: row.uid });
      await vault.commit({ insert: [again] });
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(again.row));
      expect(await vault.facts()).toMatchObject({ keys: 1 });
    });

    it('replaces a row when it is taken out and put in by one transaction', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      const next = { ...row, attributes: Buffer.from('next') };
      await vault.commit({ insert: [{ row: next, terms: [] }], purge: [row] });
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(next));
    });

    it('quarantines a row without touching anything else of it, and a change lifts that', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }, newKey()] });
      const { tenant, uid } = row;
      const reason = 'the MAC does not fit';
      await vault.commit({
        quarantine: [
          { tenant, uid, reason },
          { tenant: 'tenant-b', uid, reason: 'not yours' },
          { tenant, uid: randomUUID(), reason },
        ],
      });
      expect(inHex(await vault.get(tenant, uid))).toEqual(inHex({ ...row, quarantine: reason }));
      expect(await vault.facts()).toMatchObject({ quarantined: 1, keys: 2 });
      await vault.commit({ change: [changed(row, {})] });
      expect((await vault.get(tenant, uid))?.quarantine).toBeUndefined();
    });

    it('applies what one transaction does to one row in order: out, in, changed, quarantined', async () => {
      const vault = await open();
      const { row: first } = newKey();
      await vault.commit({ insert: [{ row: first, terms: [] }] });
      const { tenant, uid } = first;
      const next = { ...first, attributes: Buffer.from('next') };
      const last = changed(next, { state: 3 });
      await vault.commit({
        quarantine: [{ tenant, uid, reason: 'at once' }],
        change: [last],
        insert: [{ row: next, terms: [] }],
        purge: [first],
      });
      const expected = { ...last.row, quarantine: 'at once' };
      expect(inHex(await vault.get(tenant, uid))).toEqual(inHex(expected));
      const { row: other } = newKey();
      await vault.commit({
        insert: [{ row: other, terms: [] }],
        quarantine: [{ tenant, uid: other.uid, reason: 'from birth' }],
      });
      expect(await vault.get(tenant, other.uid)).toMatchObject({ quarantine: 'from birth' });
    });

    it('shows a change from the moment it is acknowledged, and a failed one never', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      for (let i = 0; i < 3; i += 1) await vault.get(row.tenant, row.uid);
      const change = changed(row, { state: 4 });
      const committed = vault.commit({ change: [change] });
      const conflict = vault.commit({ change: [changed(row, { state: 3 })] });
      await vault.get(row.tenant, row.uid);
      await committed;
      await expectFailure(() => conflict, 'VAULT_CONFLICT');
      expect(await vault.get(row.tenant, row.uid)).toMatchObject({ state: 4, revision: 2 });
      expect(await vault.get('tenant-b', row.uid)).toBeUndefined();
      await vault.commit({ purge: [row] });
      expect(await vault.get(row.tenant, row.uid)).toBeUndefined();
    });

    it('does all of a transaction or nothing of it', async () => {
      const vault = await open();
      const { row } = newKey({}, []);
      await vault.commit({ insert: [{ row, terms: [] }], states: new Map([['s', Buffer.of(1)]]) });
      const fresh = newKey({}, [{ name: 'Name', value: 'fresh' }]);
      await expectFailure(
        () =>
          vault.commit({
            purge: [row],
            insert: [fresh],
            change: [changed(keyRow(), {})],
            outbox: [outboxEntry(fresh.row.uid)],
            audit: [auditEntry(fresh.row.uid)],
            states: new Map([['s', undefined]]),
          }),
        'VAULT_CONFLICT',
      );
      expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
      expect(await vault.get(fresh.row.tenant, fresh.row.uid)).toBeUndefined();
      expect(inHex(await vault.readState('s'))).toBe('01');
      expect(await vault.outbox(10)).toEqual([]);
      expect(await vault.facts()).toMatchObject({ keys: 1, outboxHead: 0, auditHead: 0 });
      const { tenant, service } = fresh.row;
      const found = await vault.locate({ tenant, service, terms: fresh.terms, limit: 10 });
      expect(found.rows).toEqual([]);
    });

    it('lets a transaction that fails leave its neighbours alone', async () => {
      const vault = await open();
      const { row } = newKey();
      await vault.commit({ insert: [{ row, terms: [] }] });
      const keys = Array.from({ length: 50 }, (_, i) =>
        newKey(i % 5 === 0 ? { uid: row.uid } : {}),
      );
      const results = await Promise.allSettled(
        keys.map((key) =>
          vault.commit({
            insert: [key],
            outbox: [outboxEntry(key.row.uid)],
            audit: [auditEntry(key.row.uid)],
          }),
        ),
      );
      expect(results.map(({ status }) => status === 'fulfilled')).toEqual(
        keys.map((_, i) => i % 5 !== 0),
      );
      expect(await vault.facts()).toMatchObject({ keys: 41, outboxHead: 40, auditHead: 40 });
      for (const key of keys.filter((_, i) => i % 5 !== 0)) {
        expect(inHex(await vault.get(key.row.tenant, key.row.uid))).toEqual(inHex(key.row));
      }
    });

    it('does nothing for an empty transaction', async () => {
      const vault = await open();
      await vault.commit({});
      await vault.commit({ shred: true });
      expect(await vault.facts()).toMatchObject({ keys: 0, auditHead: 0, shredPending: false });
    });

    it('takes hundreds of commits at once', async () => {
      const vault = await open();
      const keys = Array.from({ length: 500 }, () => newKey());
      await Promise.all(keys.map((key) => vault.commit({ insert: [key] })));
      for (const { row } of keys)
        expect(inHex(await vault.get(row.tenant, row.uid))).toEqual(inHex(row));
      expect(await vault.facts()).toMatchObject({ keys: 500 });
    });
  });
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}
