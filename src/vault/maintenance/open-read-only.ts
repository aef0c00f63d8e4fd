import { lstatSync } from 'node:fs';
import { BrokerError } from '../../errors/index.ts';
import {
  beCareful,
  checkDatabasePath,
  connect,
  openingFailure,
  unusable,
  versionOf,
  type Connection,
} from '../../sqlite/index.ts';
import { VAULT_SCHEMA } from '../sqlite/schema.ts';

const CACHE_BYTES = 64 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a vault's file for reading, while a gateway has it open or not. Does not look at its form. Throws VAULT_UNUSABLE
 * when there is none, and what opening a database throws.
 */
export function openReadOnly(path: string): Connection {
  checkDatabasePath(path, 'vault');
  if (statsOf(path) === undefined) {
    throw new BrokerError('VAULT_UNUSABLE', 'there is no such file', { field: 'vault' });
  }
  try {
    const connection = connect(path, { readonly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      beCareful(connection, CACHE_BYTES);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    throw openingFailure(error, 'vault');
  }
}

/** Sees that a connection has a vault of the present form. Throws VAULT_FOREIGN, VAULT_VERSION_NEWER, VAULT_DAMAGED. */
export function requirePresentForm(connection: Connection): void {
  const version = versionOf(connection, VAULT_SCHEMA, 'vault');
  const present = VAULT_SCHEMA.migrations.length;
  if (version === present) return;
  const text = `the file has version ${version}: start the gateway once to take it to ${present}`;
  throw new BrokerError('VAULT_FOREIGN', text, { field: 'vault' });
}

function statsOf(path: string): unknown {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unusable('vault', error);
  }
}
