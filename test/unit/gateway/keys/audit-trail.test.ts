import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../../src/errors/index.ts';
import { AuditTrail } from '../../../../src/gateway/keys/audit-trail.ts';
import { KmipFailure } from '../../../../src/kmip/failure.ts';
import type { AuditEntry } from '../../../../src/vault/index.ts';
import { EditableVault } from '../../../support/gateway/editable-vault.ts';
import { CALL, openKeySide, TestLog } from '../../../support/gateway/key-side.ts';
import { openPure } from '../../../support/providers.ts';

const ENTRY: AuditEntry = {
  at: 1,
  tenant: 'acme',
  service: 'orders',
  actor: 'spiffe://test/a',
  operation: 'Get',
  uid: 'k1',
  outcome: 'success',
  correlationId: 'c1',
};

let vault: EditableVault;
let log: TestLog;
let trail: AuditTrail;

beforeEach(() => {
  vault = new EditableVault();
  log = new TestLog();
  trail = new AuditTrail({ vault, logger: log, gatherMs: 60_000, capacity: 3 });
});

describe('the audit of reads', () => {
  it('gathers and is written together, in order', async () => {
    let commits = 0;
    vault.onCommit = () => {
      commits += 1;
    };
    trail.note(ENTRY, true);
    trail.note({ ...ENTRY, uid: 'k2' }, true);
    expect(trail.depth).toBe(2);
    await trail.flush();
    expect([trail.depth, commits]).toEqual([0, 1]);
    const rows = await vault.audit({ after: 0, limit: 10 });
    expect(rows.map(({ uid }) => uid)).toEqual(['k1', 'k2']);
  });

  it('is written by itself after a moment', async () => {
    const soon = new AuditTrail({ vault, logger: log, gatherMs: 1 });
    const written = new Promise<void>((resolve) => {
      vault.onCommit = () => {
        resolve();
      };
    });
    soon.note(ENTRY, true);
    await written;
  });

  it('refuses services that must be audited once nothing can be written, and counts what others lose', async () => {
    vault.failure = new BrokerError('VAULT_DISK_FULL', 'made to fail');
    for (let index = 0; index < 3; index += 1) trail.note(ENTRY, true);
    await expect(trail.flush()).rejects.toThrow('made to fail');
    expect(() => {
      trail.note(ENTRY, true);
    }).toThrow(KmipFailure);
    trail.note(ENTRY, false);
    expect(trail.depth).toBe(3);
    vault.failure = undefined;
    await trail.flush();
    expect(await vault.audit({ after: 0, limit: 10 })).toHaveLength(3);
    expect(log.with('warn', 'audit entries were dropped')).toHaveLength(1);
    trail.note(ENTRY, true);
  });

  it('keeps entries that come while it writes', async () => {
    vault.onCommit = () => {
      vault.onCommit = undefined;
      trail.note({ ...ENTRY, uid: 'late' }, true);
    };
    trail.note(ENTRY, true);
    await Promise.all([trail.flush(), trail.flush()]);
    const rows = await vault.audit({ after: 0, limit: 10 });
    expect(rows.map(({ uid }) => uid)).toEqual(['k1', 'late']);
  });

  it('takes names that are longer than the vault keeps', async () => {
    trail.note({ ...ENTRY, actor: 'x'.repeat(5000) }, true);
    await trail.flush();
    expect((await vault.audit({ after: 0, limit: 1 }))[0]?.actor).toHaveLength(512);
  });

  it('names who did what to which key', async () => {
    const side = await openKeySide(await openPure(), { vault });
    await side.join();
    const { row } = await side.create();
    await side.keys.audit(side.client, CALL, 'Get', row.uid, 'success');
    await side.parts.audit.flush();
    const rows = await vault.audit({ after: 0, limit: 10 });
    expect(rows.map(({ operation, actor, uid }) => ({ operation, actor, uid }))).toEqual(
      ['Create', 'Get'].map((operation) => ({
        operation,
        actor: side.client.spiffeId,
        uid: row.uid,
      })),
    );
  });
});
