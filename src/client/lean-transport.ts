import { SocketTransport } from './http2/socket-transport.ts';
import { LeanSession } from './lean/session.ts';
import type { Transport } from './transport.ts';

/** gRPC over a Unix domain socket by an HTTP/2 client of our own. `socket` is the path of the socket. */
export function leanTransport(socket: string, now: () => number, random: () => number): Transport {
  return new SocketTransport({ socket, now, random, newSession: () => new LeanSession() });
}
