import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readBounded } from './read-bounded.ts';

export interface SmallFile {
  /** Bytes it may have at most. */
  readonly limit: number;
  /** Permission bits it may not have; default: any are allowed. */
  readonly forbidden?: number;
  /** The user who alone may have access to it, beside the system that hands it over. Absent: `forbidden` is all that counts. */
  readonly privateTo?: number;
}

const ROOT = 0;
/** Everything to anybody but the owner. */
const OTHERS = 0o077;
/** The same but for reading by the group: how an orchestrator hands a secret of root's to a program of another user. */
const OTHERS_THAN_GROUP = 0o037;

/** What is wrong with a file, in words that follow its name and hold no path. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/**
 * Reads all of a regular file; throws FileProblem. The checks are of the file that was opened, whatever has its name by
 * then: symbolic links are followed, as in a mounted Kubernetes Secret. A named pipe in its place does not hold up the
 * process. What was read of a file that is too long is wiped.
 */
export function readSmallFile(path: string, file: SmallFile): Buffer {
  const { limit, forbidden = 0, privateTo } = file;
  const descriptor = attempt('cannot be opened', () =>
    openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new FileProblem('is not a regular file');
    if (privateTo !== undefined && stats.uid !== privateTo && stats.uid !== ROOT)
      throw new FileProblem('belongs to another user');
    if ((stats.mode & (forbidden | closedBits(stats.uid, privateTo))) !== 0)
      throw new FileProblem('is open to others');
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

function closedBits(owner: number, privateTo: number | undefined): number {
  if (privateTo === undefined) return 0;
  return owner === privateTo ? OTHERS : OTHERS_THAN_GROUP;
}

function attempt<T>(problem: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw new FileProblem(`${problem}: ${code}`, { cause });
  }
}
