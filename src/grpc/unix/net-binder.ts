import { createServer, type Server, type Socket } from 'node:net';
import type { BoundSocket, SocketBinder } from '../transport.ts';
import { checkInherited, inheritedUnusable } from './inherited-socket.ts';

export interface NetBinderOptions {
  /** Connections that one socket may have open at a time; further ones are closed at once. */
  readonly maxConnections: number;
  readonly onConnection: (connection: Socket) => void;
  /** Told when connections cannot be accepted, for example because no file descriptor is left. */
  readonly onFault: (error: Error) => void;
}

/** Access for the owner alone: the mask leaves 0600 of the 0777 that bind(2) gives a socket. */
const OWNER_ONLY = 0o177;

/** Listening sockets of node:net. */
export function netBinder(options: NetBinderOptions): SocketBinder {
  return {
    bind: async (path) => await open(options, { path }),
    inherit: async (descriptor) => {
      // node:net would take files and terminals for sockets, too.
      checkInherited(descriptor);
      return await open(options, { fd: descriptor }).catch((cause: unknown) => {
        throw inheritedUnusable(cause);
      });
    },
  };
}

type Place = { readonly path: string } | { readonly fd: number };

async function open(options: NetBinderOptions, where: Place): Promise<BoundSocket> {
  const server = createServer();
  server.maxConnections = options.maxConnections;
  const arrivals = new Arrivals();
  server.on('connection', (connection) => {
    arrivals.take(connection);
  });
  const socket: BoundSocket = {
    serve: () => {
      arrivals.serve(options.onConnection);
    },
    close: () => {
      arrivals.refuse();
      server.close();
    },
  };
  await listen(server, where);
  server.on('error', options.onFault);
  // Only a socket of the internet has an address that is an object.
  if (typeof server.address() === 'object' && server.address() !== null) {
    socket.close();
    throw inheritedUnusable();
  }
  return socket;
}

async function listen(server: Server, where: Place): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    // node:net binds before listen() returns, so the mask holds for this socket and for nothing else.
    const before = process.umask(OWNER_ONLY);
    try {
      server.listen(where);
    } finally {
      process.umask(before);
    }
  });
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
