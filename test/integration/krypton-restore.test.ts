import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATE } from '../../src/kmip/tables/enumerations.ts';
import { backupVault, restoreVault, VAULT_FILE } from '../../src/vault/index.ts';
import { AES256, Krypton, stopEverything, TENANT } from './support/krypton.ts';
import { refusalOf } from './support/krypton-refusal.ts';

describe('a Gateway whose vault was restored from a backup', () => {
  let krypton: Krypton;
  beforeAll(async () => {
    krypton = await Krypton.start();
  }, 60_000);
  afterAll(stopEverything);

  it('is let in again, knows what was revoked since, and fetches what was made since', async () => {
    const { gateway, core } = krypton;
    const client = await krypton.connect();
    const kept = await client.createAndGet(AES256);
    const revoked = await client.createAndGet(AES256);
    await gateway.whenDrained();
    const backup = join(krypton.directory, 'vault.db');
    backupVault(join(gateway.vaultDirectory, VAULT_FILE), backup);

    const later = await client.createAndGet(AES256);
    await gateway.whenDrained();
    await core.setKey(TENANT, revoked.uid, 'compromise');
    await gateway.whenStatus('the compromise', ({ link }) => (link?.applied[0] ?? 0n) > 0n);
    await krypton.disconnect();
    await gateway.stop();
    renameSync(gateway.vaultDirectory, `${gateway.vaultDirectory}.lost`);
    const newVaultId = randomUUID();
    restoreVault(backup, join(gateway.vaultDirectory, VAULT_FILE), {
      uid: process.geteuid?.() ?? 0,
      newVaultId,
    });
    await gateway.start();

    const { vault } = await gateway.whenLinked();
    expect(vault).toMatchObject({ vaultId: newVaultId });
    const again = await krypton.connect();
    expect((await again.get(kept.uid)).material).toEqual(kept.material);
    expect(await refusalOf(again.get(revoked.uid))).toMatchObject({
      reason: 'wrong key lifecycle state',
    });
    const attributes = await again.getAttributes(revoked.uid, ['State']);
    expect(attributes.enumeration('State')).toBe(STATE.compromised);
    expect((await again.get(later.uid)).material).toEqual(later.material);
    // What it makes from now on is registered, whatever its outbox had settled before.
    const made = await again.createAndGet(AES256);
    await gateway.whenDrained();
    expect((await core.keys(TENANT)).has(made.uid)).toBe(true);
  });
});
