import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readBounded } from './read-bounded.ts';

export interface SmallFile {
  /** Bytes it may have at most. */
  readonly limit: number;
  /** Permission bits it may not have; default: any are allowed. */
  readonly forbidden?: number;
  /** User it must belong to. Absent: anybody's. */
  readonly owner?: number;
  /** Whether a symbolic link is followed, as in a mounted Kubernetes Secret; default true. */
  readonly followLinks?: boolean;
}

/** What is wrong with a file, in words that follow its name and hold no path. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/**
 * Reads all of a regular file; throws FileProblem. The checks are of the file that was opened, whatever has its name by
 * then, and a named pipe in its place does not hold up the process. What was read of a file that is too long is wiped.
 */
export function readSmallFile(path: string, file: SmallFile): Buffer {
  const { limit, forbidden = 0, owner, followLinks = true } = file;
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const descriptor = attempt('cannot be opened', () =>
    openSync(path, O_RDONLY | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new FileProblem('is not a regular file');
    if (owner !== undefined && stats.uid !== owner)
      throw new FileProblem('belongs to another user');
    if ((stats.mode & forbidden) !== 0) throw new FileProblem('is open to others');
    const { buffer, byteOffset, byteLength } = attempt('cannot be read', () =>
      readBounded(descriptor, limit),
    );
    const content = Buffer.from(buffer, byteOffset, byteLength);
    if (content.length <= limit) return content;
    content.fill(0);
    throw new FileProblem(`has more than ${limit} bytes`);
  } finally {
    closeSync(descriptor);
  }
}

function attempt<T>(problem: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw new FileProblem(`${problem}: ${code}`, { cause });
  }
}
