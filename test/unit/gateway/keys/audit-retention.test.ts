import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuditRetention } from '../../../../src/gateway/keys/audit-retention.ts';
import { MemoryVault } from '../../../../src/vault/index.ts';
import { TestLog } from '../../../support/gateway/key-side.ts';
import { auditEntry } from '../../../support/vault-keys.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

async function prepare(days: number, agesInDays: readonly number[]) {
  const vault = new MemoryVault({ vaultId: randomUUID() });
  const log = new TestLog();
  const entries = agesInDays.map((age, i) => auditEntry(`uid-${i}`, { at: NOW - age * DAY }));
  for (let from = 0; from < entries.length; from += 1000) {
    await vault.commit({ audit: entries.slice(from, from + 1000) });
  }
  const retention = new AuditRetention({ vault, logger: log, now: () => NOW, days });
  const left = async (): Promise<number[]> =>
    (await vault.audit({ after: 0, limit: 1000 })).map(({ sequence }) => sequence);
  return { vault, log, retention, left };
}

describe('the audit of a vault', () => {
  it('loses what is older than it is to be kept, and says so', async () => {
    const { retention, left, log } = await prepare(400, [500, 401, 400, 1, 0]);
    await retention.forgetOld();
    expect(await left()).toEqual([3, 4, 5]);
    expect(log.lines).toEqual(['info old audit entries forgotten {"entries":2,"days":400}']);
    await retention.forgetOld();
    expect(log.lines).toHaveLength(1);
  });

  it('loses nothing where it is kept for good, or is younger, or is empty', async () => {
    for (const [days, ages] of [
      [0, [9000]],
      [400, [3, 2]],
      [400, []],
    ] as const) {
      const { retention, left, log } = await prepare(days, ages);
      await retention.forgetOld();
      expect(await left()).toHaveLength(ages.length);
      expect(log.lines).toEqual([]);
    }
  });

  it('has no hole when the clock was set back: an old entry waits for those before it', async () => {
    const { retention, left } = await prepare(10, [20, 1, 20, 0]);
    await retention.forgetOld();
    expect(await left()).toEqual([2, 3, 4]);
  });

  it('loses a great many in steps, and all that are too old', async () => {
    const { retention, left } = await prepare(1, [...Array<number>(2500).fill(2), 0]);
    await retention.forgetOld();
    expect(await left()).toEqual([2501]);
  });

  it('loses a bounded number at a time, and nothing twice when asked again meanwhile', async () => {
    const { retention, vault, log } = await prepare(1, Array<number>(61_000).fill(2));
    await Promise.all([retention.forgetOld(), retention.forgetOld()]);
    const [oldest] = await vault.audit({ after: 0, limit: 1 });
    expect(oldest?.sequence).toBe(60_001);
    expect(log.lines).toHaveLength(1);
  });

  it('is left as it is when the vault does not take the change', async () => {
    const { vault, log, left } = await prepare(1, [2, 0]);
    const broken = {
      audit: vault.audit.bind(vault),
      forgetAudit: () => Promise.reject(new Error('the disk is full')),
    };
    const retention = new AuditRetention({ vault: broken, logger: log, now: () => NOW, days: 1 });
    await expect(retention.forgetOld()).rejects.toThrow('the disk is full');
    expect(await left()).toHaveLength(2);
    expect(log.lines).toEqual([]);
  });
});
