import Database from 'better-sqlite3';

/**
 * The one file that names the SQLite library. A connection belongs to the thread that made it and is closed when it is
 * collected as garbage: whoever needs it open holds it.
 */
export type Connection = Database.Database;
export type Statement<Parameters extends unknown[], Row = unknown> = Database.Statement<
  Parameters,
  Row
>;
export const SqliteError = Database.SqliteError;

export interface ConnectOptions {
  readonly readonly?: boolean;
  /** How long a statement waits for another connection's lock, blocking its thread. */
  readonly busyTimeoutMs: number;
}

/** Opens a file that exists. Throws what the driver throws. */
export function connect(path: string, options: ConnectOptions): Connection {
  return new Database(path, {
    fileMustExist: true,
    readonly: options.readonly ?? false,
    timeout: options.busyTimeoutMs,
  });
}

/** An empty database that nobody else sees. */
export function connectToMemory(): Connection {
  return new Database(':memory:');
}
