import { BrokerError } from '../../errors/index.ts';
import {
  checkDatabasePath,
  checkDefinitions,
  exposuresOf,
  versionOf,
  type Connection,
} from '../../sqlite/index.ts';
import { VAULT_SCHEMA } from '../sqlite/schema.ts';
import { checkAudit } from './check-audit.ts';
import { checkKeys } from './check-keys.ts';
import { checkOutbox } from './check-outbox.ts';
import { Findings, type Finding } from './finding.ts';
import { openReadOnly } from './open-read-only.ts';

/** What a check has seen. */
export interface VaultReport {
  /** Nothing was found. */
  readonly sound: boolean;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are listed. */
  readonly moreFindings: number;
  /** Absent when the file could not be read that far. */
  readonly contents?: VaultContents;
}

export interface VaultContents {
  readonly vaultId: string;
  readonly generation: number;
  readonly version: number;
  readonly keys: number;
  readonly quarantined: number;
  readonly outboxDepth: number;
  readonly auditEntries: number;
}

/**
 * Looks at everything about a vault that can be judged without a service key: modes and owners of its files, every page
 * and index of the database, the form of each row, search terms against rows, gaps in the outbox, the audit chain. Reads
 * one moment of the file; a gateway may have it open. Whether rows were exchanged or edited by somebody who keeps to the
 * form is told by their MACs, on Get. Blocks its thread, so that it belongs into a process of its own.
 *
 * Throws VAULT_UNUSABLE when there is nothing to look at; everything else is a finding.
 */
export function checkVault(path: string, { uid }: { readonly uid: number }): VaultReport {
  checkDatabasePath(path, 'vault');
  const findings = new Findings();
  for (const { file, problem } of exposuresOf({ path, uid, subject: 'vault' })) {
    findings.add('files', `${file === '' ? 'the database' : file} ${problem}`);
  }
  const contents = checkContents(path, findings);
  return {
    sound: findings.list.length === 0,
    findings: findings.list,
    moreFindings: findings.left,
    ...(contents === undefined ? {} : { contents }),
  };
}

function checkContents(path: string, findings: Findings): VaultContents | undefined {
  const connection = openOr(path, findings);
  if (connection === undefined) return undefined;
  try {
    return readContents(connection, findings);
  } catch (error) {
    // A page that cannot be read ends the check: what was found until here is the report.
    findings.add('damage', reasonOf(error));
    return undefined;
  } finally {
    connection.close();
  }
}

function openOr(path: string, findings: Findings): Connection | undefined {
  try {
    return openReadOnly(path);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code === 'VAULT_UNUSABLE') throw error;
    findings.add('damage', reasonOf(error));
    return undefined;
  }
}

function readContents(connection: Connection, findings: Findings): VaultContents | undefined {
  // One moment for all that follows.
  connection.exec('BEGIN');
  const version = readVersion(connection, findings);
  if (version === undefined) return undefined;
  checkStructure(connection, findings);
  const vault = readVault(connection, findings);
  if (vault === undefined) return undefined;
  return {
    vaultId: vault.vaultId,
    generation: vault.generation,
    version,
    ...checkKeys(connection, findings),
    outboxDepth: checkOutbox(connection, vault.acknowledged, findings),
    auditEntries: checkAudit(connection, findings),
  };
}

/** Undefined, with a finding, for a file in whose form nothing more can be said. */
function readVersion(connection: Connection, findings: Findings): number | undefined {
  const present = VAULT_SCHEMA.migrations.length;
  try {
    const version = versionOf(connection, VAULT_SCHEMA, 'vault');
    if (version === present) {
      checkDefinitions(connection, VAULT_SCHEMA, 'vault');
      return version;
    }
    findings.add('version', `the file has version ${version}, this program's is ${present}`);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    findings.add(error.code === 'VAULT_DAMAGED' ? 'damage' : 'version', reasonOf(error));
  }
  return undefined;
}

/** Damage that is listed. */
const LISTED = 50;

function checkStructure(connection: Connection, findings: Findings): void {
  const lines = connection.pragma(`integrity_check(${LISTED})`) as { integrity_check: string }[];
  for (const { integrity_check: line } of lines) {
    if (line !== 'ok') findings.add('damage', line.toLowerCase());
  }
}

interface VaultFields {
  readonly vaultId: string;
  readonly generation: number;
  readonly acknowledged: number;
}

function readVault(connection: Connection, findings: Findings): VaultFields | undefined {
  const vault = connection
    .prepare<[], VaultFields>(
      'SELECT vault_id AS vaultId, generation, outbox_acknowledged AS acknowledged FROM vault',
    )
    .get();
  if (vault === undefined) findings.add('damage', 'the vault has no identity');
  return vault;
}

/** Our own messages have no path of the host; SQLite's have none once a file is open. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
