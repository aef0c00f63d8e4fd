import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';

import {
  newInnerId,
  SqliteVault,
  type KeyRow,
  type VaultTransaction,
  type WrappedBytes,
} from '../../src/vault/index.ts';

export const TENANT = 'tenant-a';
const SERVICE = 'payments';

/** Opens a vault for measuring. */
export async function openVault(directory: string): Promise<SqliteVault> {
  return await SqliteVault.open({
    path: join(directory, 'vault.db'),
    uid: process.getuid?.() ?? 0,
    newVaultId: randomUUID(),
    outboxLimit: Number.MAX_SAFE_INTEGER,
    minimumFreeBytes: 64 * 1024 * 1024,
    monotonic: () => performance.now(),
  });
}

/** A row as large as those of a Create. */
export function newRow(): KeyRow {
  return {
    id: newInnerId(Date.now(), randomBytes),
    uid: randomUUID(),
    tenant: TENANT,
    service: SERVICE,
    objectType: 2,
    state: 2,
    revision: 1,
    serviceKeyId: '0d6e6b2e-6b0e-4f5e-8f0e-6b2e6b0e4f5e',
    serviceKeyVersion: 3,
    wrapped: randomBytes(40) as Uint8Array as WrappedBytes,
    digest: randomBytes(32),
    mac: randomBytes(32),
    attributes: randomBytes(200),
    createdAt: Math.floor(Date.now() / 1000),
  };
}

/** What a Create commits. */
export function createTransaction(): VaultTransaction {
  const row = newRow();
  const { uid } = row;
  return {
    insert: [{ row, terms: [{ name: 'Name', value: `key of ${uid}` }] }],
    outbox: [{ entryId: randomBytes(16), uid, body: randomBytes(400), createdAt: Date.now() }],
    audit: [
      {
        at: Date.now(),
        tenant: TENANT,
        service: SERVICE,
        actor: 'spiffe://example.org/workload/payments',
        operation: 'Create',
        uid,
        outcome: 'Success',
        correlationId: randomUUID(),
      },
    ],
  };
}
