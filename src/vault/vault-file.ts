/** Name of the database in the vault's directory; SQLite keeps its companions beside it. */
export const VAULT_FILE = 'vault.db';
