import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../errors/index.ts';
import type { Subject } from './failure.ts';

/**
 * The files of one database. None of them may be opened and closed by anything but SQLite while it is open: closing any
 * descriptor of a file drops all locks that the process holds on it (fcntl(2)), so that a second instance could write
 * into it. Everything here works by path.
 */
export interface DatabaseFiles {
  readonly path: string;
  readonly subject: Subject;
  /** User this process runs as. */
  readonly uid: number;
}

/** What stands beside a database: SQLite's write-ahead log, its index and rollback journal, and our lock. */
export const COMPANIONS = ['-wal', '-shm', '-journal', '-lock'] as const;

const OTHERS = 0o077;

/** One thing about the files that lets somebody else in. */
export interface Exposure {
  /** `directory`, or a suffix of the database's name; empty for the database itself. */
  readonly file: string;
  readonly problem: string;
}

/**
 * Makes the directory (0700) and the database and lock files (0600) when they are absent. SQLite gives its own files the
 * mode of the database. Throws VAULT_UNUSABLE, VAULT_DAMAGED.
 */
export function makeFiles(files: DatabaseFiles): void {
  const directory = dirname(files.path);
  refuseOrphanedLog(files);
  try {
    makeDirectory(directory);
    const made = [files.path, `${files.path}-lock`].filter((path) => makeFile(path));
    // Without this the name of a new file is lost with the power, and every acknowledged key in it.
    if (made.length > 0) syncDirectory(directory);
  } catch (error) {
    throw unusable(files.subject, error);
  }
}

/** Makes a directory that nobody else can look into; what is there already stays as it is. Throws the system's error. */
export function makeDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/** Flushes the names in a directory to the disk. Throws the system's error. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Refuses files that somebody else may read or exchange. Throws VAULT_INSECURE, VAULT_UNUSABLE. */
export function checkFiles(files: DatabaseFiles): void {
  const [exposure] = exposuresOf(files);
  if (exposure === undefined) return;
  const what =
    exposure.file === 'directory' ? 'its directory' : `its file${labelOf(exposure.file)}`;
  throw new BrokerError('VAULT_INSECURE', `${what} ${exposure.problem}`, { field: files.subject });
}

/** Everything about the directory and the files that are there that lets somebody else in. */
export function exposuresOf(files: DatabaseFiles): readonly Exposure[] {
  const directory = statsOf(dirname(files.path), files.subject);
  const exposures: Exposure[] = [];
  const add = (file: string, problem: string | undefined): void => {
    if (problem !== undefined) exposures.push({ file, problem });
  };
  if (directory !== undefined) add('directory', directoryProblem(directory, files.uid));
  for (const suffix of ['', ...COMPANIONS]) {
    const stats = statsOf(files.path + suffix, files.subject);
    if (stats !== undefined) add(suffix, fileProblem(stats, files.uid));
  }
  return exposures;
}

function labelOf(suffix: string): string {
  return suffix === '' ? '' : ` with the suffix ${suffix}`;
}

function directoryProblem(stats: Stats, uid: number): string | undefined {
  if (!stats.isDirectory()) return 'is not a directory, or a link to one';
  return accessProblem(stats, uid);
}

function fileProblem(stats: Stats, uid: number): string | undefined {
  if (!stats.isFile()) return 'is not a regular file';
  // A second name has a write-ahead log of its own: two programs would not see each other.
  if (stats.nlink > 1) return 'has a second name';
  return accessProblem(stats, uid);
}

function accessProblem(stats: Stats, uid: number): string | undefined {
  if (stats.uid !== uid) return 'belongs to another user';
  return (stats.mode & OTHERS) === 0 ? undefined : 'is open to others';
}

function statsOf(path: string, subject: Subject): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unusable(subject, error);
  }
}

/** SQLite would delete a write-ahead log without database as left-over, and with it the newest keys. */
function refuseOrphanedLog({ path, subject }: DatabaseFiles): void {
  const log = statsOf(`${path}-wal`, subject);
  if (log === undefined || log.size === 0 || statsOf(path, subject) !== undefined) return;
  const text = 'its write-ahead log is there, but the database file is not';
  throw new BrokerError('VAULT_DAMAGED', text, { field: subject });
}

/** True when the file was made, false when something is there already. */
function makeFile(path: string): boolean {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants;
  try {
    closeSync(openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** VAULT_UNUSABLE with the system's reason. */
export function unusable(subject: Subject, cause: unknown): BrokerError {
  const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
  return new BrokerError('VAULT_UNUSABLE', `its files cannot be made or read: ${code}`, {
    field: subject,
    cause,
  });
}
