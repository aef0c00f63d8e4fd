import { lstatSync, type BigIntStats } from 'node:fs';
import { createConnection } from 'node:net';
import { BrokerError } from '../../errors/index.ts';
import { reasonOf, unusable } from './socket-directory.ts';

/** What stands at a socket's path. */
export type SocketState =
  | { readonly kind: 'free' }
  /** A socket that nobody listens on: its server has died. */
  | { readonly kind: 'stale'; readonly file: FileIdentity }
  /** A socket that somebody listens on, or of which that cannot be ruled out. */
  | { readonly kind: 'live' }
  | { readonly kind: 'occupied'; readonly by: string };

/** One inode at one time: a later file that got the same number has another change time. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly changed: bigint;
}

/** A server that does not take a connection in this time is busy, not dead. */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Looks at a path, and asks a socket whether it is alive by connecting to it. Only a refused connection counts as dead:
 * whatever else goes wrong, such as a full backlog or a missing permission, speaks of a server. Changes nothing.
 */
export async function inspectSocket(path: string): Promise<SocketState> {
  const stats = statOf(path);
  if (stats === undefined) return { kind: 'free' };
  if (!stats.isSocket()) return { kind: 'occupied', by: kindOf(stats) };
  switch (await connectOnce(path)) {
    case 'ECONNREFUSED':
      return { kind: 'stale', file: identityOf(stats) };
    case 'ENOENT':
      return { kind: 'free' };
    default:
      return { kind: 'live' };
  }
}

/** The identity of the file at `path`, symbolic links not followed; absent when there is none. */
export function fileIdentity(path: string): FileIdentity | undefined {
  const stats = statOf(path);
  return stats === undefined ? undefined : identityOf(stats);
}

/** The error that a path in this state is refused with; absent for states in which it can be taken. */
export function refusalOf(path: string, state: SocketState): BrokerError | undefined {
  const field = `socket ${path}`;
  switch (state.kind) {
    case 'live':
      return new BrokerError('SOCKET_IN_USE', 'another server listens there', { field });
    case 'occupied':
      return new BrokerError('SOCKET_PATH_OCCUPIED', `${state.by} stands there`, { field });
    default:
      return undefined;
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw unusable(path, reasonOf(error), error);
  }
}

function identityOf(stats: BigIntStats): FileIdentity {
  return { device: stats.dev, inode: stats.ino, changed: stats.ctimeNs };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a directory';
  return stats.isFile() ? 'a file' : 'something that is not a socket';
}

/** The code a connection attempt ends with; `connected` when it succeeds. */
async function connectOnce(path: string): Promise<string> {
  return await new Promise<string>((resolve) => {
    const connection = createConnection({ path });
    const end = (result: string): void => {
      connection.destroy();
      resolve(result);
    };
    connection.setTimeout(CONNECT_TIMEOUT_MS, () => {
      end('ETIMEDOUT');
    });
    connection.once('connect', () => {
      end('connected');
    });
    connection.once('error', (error) => {
      end(reasonOf(error));
    });
  });
}
