import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { BrokerError } from '../../errors/index.ts';

/** Longest path that fits sockaddr_un with its terminating zero (unix(7)), in bytes. */
export const MAX_PATH_BYTES = 107;

/** Checks the form of a socket's path; throws SOCKET_PATH_INVALID. Looks at nothing on disk. */
export function checkSocketPath(path: string): void {
  const problem = problemOf(path);
  if (problem !== undefined) {
    throw new BrokerError('SOCKET_PATH_INVALID', problem, { field: `socket ${path}` });
  }
}

function problemOf(path: string): string | undefined {
  if (!isAbsolute(path)) return 'the path is not absolute';
  if (path.includes('\0')) return 'the path holds a zero byte';
  if (path.endsWith('/') || normalize(path) !== path) return 'the path is not in its simplest form';
  const length = Buffer.byteLength(path);
  return length > MAX_PATH_BYTES
    ? `the path has ${length} bytes, at most ${MAX_PATH_BYTES} fit a Unix socket`
    : undefined;
}

/** Length of a name beside a socket, when the directory leaves room for it. */
const SIDE_NAME_LENGTH = 14;

/**
 * A name beside `path`, in the same directory and short enough for a socket, for the moment while the socket is set up.
 * The same seed gives the same name in every process.
 */
export function sidePath(path: string, seed: string): string {
  const directory = dirname(path);
  const room = MAX_PATH_BYTES - Buffer.byteLength(join(directory, 'x')) + 1;
  for (let round = 0; ; round += 1) {
    const token = createHash('sha256').update(`${path}\0${seed}\0${round}`).digest('hex');
    // Hidden, unless the directory's own path leaves no room for the dot.
    const name =
      room >= SIDE_NAME_LENGTH ? `.${token.slice(1, SIDE_NAME_LENGTH)}` : token.slice(0, room);
    if (name !== basename(path)) return join(directory, name);
  }
}
