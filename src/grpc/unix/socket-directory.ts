import { mkdirSync, rmdirSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../../errors/index.ts';

/** A directory that is fit to hold a socket. */
export interface SocketDirectory {
  /** What an operator should know about it; absent: nothing. */
  readonly warning?: string;
  /** Removes the directories that were made, if nothing else has come to live in them. */
  undo(): void;
}

export interface SocketDirectoryOptions {
  /** Accept a directory that others may write. */
  readonly allowShared: boolean;
  /** The user this process runs as. */
  readonly uid: number;
}

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Sees that the directory of a socket is there and that nobody else can put another socket in the place of ours. What is
 * missing is made with mode 0700. An existing directory must be sticky, or belong to us or root and be writable by its
 * owner alone: whoever else may rename files in it could receive our clients' keys. Throws SOCKET_DIRECTORY_INSECURE,
 * SOCKET_DIRECTORY_UNUSABLE.
 */
export function prepareSocketDirectory(
  path: string,
  options: SocketDirectoryOptions,
): SocketDirectory {
  const directory = dirname(path);
  const firstMade = makeDirectory(directory, path);
  const undo = (): void => {
    if (firstMade !== undefined) removeUpTo(directory, firstMade);
  };
  try {
    const stats = statSync(directory);
    if (!stats.isDirectory()) throw unusable(path, 'its directory is not a directory');
    const problem = insecurity(stats, options.uid);
    if (problem === undefined) return { undo };
    if (!options.allowShared) {
      throw new BrokerError('SOCKET_DIRECTORY_INSECURE', problem, { field: `socket ${path}` });
    }
    return { warning: problem, undo };
  } catch (error) {
    undo();
    throw error instanceof BrokerError ? error : unusable(path, reasonOf(error), error);
  }
}

function makeDirectory(directory: string, path: string): string | undefined {
  try {
    return mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(path, reasonOf(error), error);
  }
}

function insecurity(stats: Stats, uid: number): string | undefined {
  if ((stats.mode & STICKY) !== 0) return undefined;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return 'others may write its directory';
  return stats.uid === uid || stats.uid === 0 ? undefined : 'its directory belongs to another user';
}

function removeUpTo(directory: string, first: string): void {
  for (let current = directory; ; current = dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
    if (current === first) return;
  }
}

/** SOCKET_DIRECTORY_UNUSABLE with the system's reason; other failures of the file system under a socket end so, too. */
export function unusable(path: string, reason: string, cause?: unknown): BrokerError {
  return new BrokerError('SOCKET_DIRECTORY_UNUSABLE', `its directory cannot be used: ${reason}`, {
    field: `socket ${path}`,
    cause,
  });
}

/** The code of a system error, `EACCES`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown reason';
}
