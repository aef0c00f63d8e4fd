import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Listener } from '../transport.ts';
import { publishSocket } from './publish.ts';
import { reasonOf, unusable } from './socket-directory.ts';
import { sidePath } from './socket-path.ts';
import { fileIdentity, type FileIdentity } from './socket-state.ts';

export interface UnixListenerOptions {
  readonly path: string;
  /** Connections that may be open at a time; further ones are closed at once. */
  readonly maxConnections: number;
  /** Told when connections cannot be accepted, for example because no file descriptor is left. */
  readonly onFault: (error: Error) => void;
}

/** Access for the owner alone: the mask leaves 0600 of the 0777 that bind(2) gives a socket. */
const OWNER_ONLY = 0o177;
const MAX_TEMPORARY_NAMES = 100;

/** A listening Unix domain socket under a path of its own. */
export class UnixListener implements Listener {
  readonly path: string;
  readonly #server: Server;
  readonly #file: FileIdentity;
  readonly #arrivals: Arrivals;

  private constructor(path: string, server: Server, file: FileIdentity, arrivals: Arrivals) {
    this.path = path;
    this.#server = server;
    this.#file = file;
    this.#arrivals = arrivals;
  }

  /**
   * Binds, listens and publishes. The socket is bound under a name beside `path` and gets its own name when it
   * listens: nobody ever meets a socket there that does not answer. Throws SOCKET_IN_USE, SOCKET_PATH_OCCUPIED,
   * SOCKET_DIRECTORY_UNUSABLE.
   */
  static async open(options: UnixListenerOptions): Promise<UnixListener> {
    const { path } = options;
    const server = createServer();
    server.maxConnections = options.maxConnections;
    const arrivals = new Arrivals();
    server.on('connection', (connection) => {
      arrivals.take(connection);
    });
    const temporary = await bindBeside(server, path);
    try {
      const file = fileIdentity(temporary);
      if (file === undefined) throw unusable(path, 'the new socket has vanished');
      server.on('error', options.onFault);
      await publishSocket(temporary, path);
      return new UnixListener(path, server, file, arrivals);
    } catch (error) {
      arrivals.refuse();
      server.close();
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  accept(handler: (connection: Socket) => void): void {
    this.#arrivals.serve(handler);
  }

  /**
   * Takes the path away and stops listening; connections that were accepted live on. The path is removed first: as long
   * as we listen, no other server takes it for dead, so what is removed is ours. If something else stands there by now,
   * it is left alone. Never throws.
   */
  close(): void {
    const found = tryIdentity(this.path);
    if (found?.inode === this.#file.inode && found.device === this.#file.device) {
      rmSync(this.path, { force: true });
    }
    this.#arrivals.refuse();
    this.#server.close();
  }
}

/** Connections on their way to a handler; those that come before it wait. */
class Arrivals {
  #waiting: Socket[] = [];
  #handler: ((connection: Socket) => void) | undefined;

  take(connection: Socket): void {
    // A peer may reset a connection that waits; nobody else listens for that yet.
    connection.on('error', () => undefined);
    if (this.#handler === undefined) this.#waiting.push(connection);
    else this.#handler(connection);
  }

  serve(handler: (connection: Socket) => void): void {
    this.#handler = handler;
    for (const connection of this.#waiting.splice(0)) handler(connection);
  }

  refuse(): void {
    for (const connection of this.#waiting.splice(0)) connection.destroy();
  }
}

function tryIdentity(path: string): FileIdentity | undefined {
  try {
    return fileIdentity(path);
  } catch {
    return undefined;
  }
}

/** Makes the server listen under a fresh name in the directory of `path` and returns that name. */
async function bindBeside(server: Server, path: string): Promise<string> {
  for (let index = 0; index < MAX_TEMPORARY_NAMES; index += 1) {
    const temporary = sidePath(path, `bind ${process.pid} ${index}`);
    try {
      await listen(server, temporary);
      return temporary;
    } catch (error) {
      if (reasonOf(error) !== 'EADDRINUSE') throw unusable(path, reasonOf(error), error);
    }
  }
  throw unusable(path, 'it is full of unfinished sockets');
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    // node:net binds before listen() returns, so the mask holds for this socket and for nothing else.
    const before = process.umask(OWNER_ONLY);
    try {
      server.listen({ path });
    } finally {
      process.umask(before);
    }
  });
}
