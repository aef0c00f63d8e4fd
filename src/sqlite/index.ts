export { connect, SqliteError, type Connection, type Statement } from './driver.ts';
export { beCareful, type Tuning } from './durability.ts';
export { databaseFailure, openingFailure, type Subject } from './failure.ts';
export {
  checkFiles,
  COMPANIONS,
  exposuresOf,
  makeDirectory,
  unusable,
  type Exposure,
} from './files.ts';
export { checkDatabasePath, MAX_PATH_BYTES } from './database-path.ts';
export type { InstanceLock } from './instance-lock.ts';
export { checkDefinitions } from './schema-check.ts';
export { quickCheck } from './quick-check.ts';
export { versionOf, type Schema } from './migrations.ts';
export {
  BUSY_TIMEOUT_MS,
  claimDatabase,
  openDatabase,
  openForWriting,
  type FileOptions,
  type OwnedDatabase,
  type WriterOptions,
} from './open-database.ts';
export { makeWholeFile } from './whole-file.ts';
