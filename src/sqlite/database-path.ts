import { isAbsolute, normalize } from 'node:path';
import { BrokerError } from '../errors/index.ts';
import type { Subject } from './failure.ts';

/** SQLite's own bound is 512 (MAX_PATHNAME of its Unix VFS), with `-lock` and the longest suffix that it adds to that. */
export const MAX_PATH_BYTES = 490;

/** Checks the form of a path; throws VAULT_UNUSABLE. Looks at nothing on disk. */
export function checkDatabasePath(path: string, subject: Subject): void {
  const problem = problemOf(path);
  if (problem !== undefined) throw new BrokerError('VAULT_UNUSABLE', problem, { field: subject });
}

function problemOf(path: string): string | undefined {
  if (!isAbsolute(path)) return 'the path is not absolute';
  if (path.includes('\0')) return 'the path holds a zero byte';
  if (path.endsWith('/') || normalize(path) !== path) return 'the path is not in its simplest form';
  // The driver trims names, so that another file would be opened than the one that was checked.
  if (path.trim() !== path) return 'the path ends with a space';
  const bytes = Buffer.byteLength(path);
  return bytes > MAX_PATH_BYTES
    ? `the path has ${bytes} bytes, at most ${MAX_PATH_BYTES} are possible`
    : undefined;
}
