export { newInnerId } from './inner-id.ts';
export { VAULT_LIMITS } from './limits.ts';
export { backupVault, type BackupReport } from './maintenance/backup.ts';
export { checkVault, type VaultContents, type VaultReport } from './maintenance/check.ts';
export { restoreVault } from './maintenance/restore.ts';
export type { Finding, FindingKind } from './maintenance/finding.ts';
export { MemoryVault, type MemoryVaultOptions } from './memory/memory-vault.ts';
export { SqliteVault, type SqliteVaultOptions } from './sqlite/sqlite-vault.ts';
export type { WriterNotice } from './sqlite/writer/writer-client.ts';
export { VAULT_FILE } from './vault-file.ts';
export type {
  AuditEntry,
  AuditQuery,
  AuditRow,
  ChangedKey,
  KeyRow,
  KeyState,
  LocatePage,
  LocateQuery,
  NewKey,
  OutboxEntry,
  OutboxRow,
  ScanQuery,
  SearchTerm,
  Vault,
  VaultFacts,
  VaultTransaction,
  WrappedBytes,
} from './vault.ts';
