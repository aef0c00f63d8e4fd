import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { SqliteVault, type SqliteVaultOptions } from '../../src/vault/index.ts';
import { scratchDirectory } from './scratch.ts';

/** User the tests run as. */
export const UID = process.getuid?.() ?? 0;

/** Path of a vault in a directory of its own, which is removed when the test has ended. */
export function vaultPath(): string {
  return join(scratchDirectory(), 'vault', 'gateway.db');
}

/** Options of a vault as the tests use it. */
export function vaultOptions(changes: Partial<SqliteVaultOptions> = {}): SqliteVaultOptions {
  return {
    path: changes.path ?? vaultPath(),
    uid: UID,
    newVaultId: randomUUID(),
    outboxLimit: 1_000_000,
    minimumFreeBytes: 0,
    monotonic: () => performance.now(),
    ...changes,
  };
}

/** Opens a vault, in a new place unless told where. */
export async function openVault(changes?: Partial<SqliteVaultOptions>): Promise<SqliteVault> {
  return await SqliteVault.open(vaultOptions(changes));
}
