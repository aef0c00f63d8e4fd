import type { Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/**
 * Keeps hold of the sockets that a gRPC channel dials, so that they can be destroyed. Closing a channel alone leaves one
 * open for ever when TLS never gets an answer on it, as behind a balancer that accepts for a Core that hangs: one for each
 * attempt to connect. The only way in is the connector that credentials make; it is not documented, and a test that counts
 * sockets watches over it.
 */
export class OwnSockets {
  readonly #sockets = new Set<Socket>();
  #closed = false;

  /** Makes connections with these credentials ours. */
  watch(security: ChannelCredentials): void {
    const create = security._createSecureConnector.bind(security);
    security._createSecureConnector = (...parameters): SecureConnector => {
      const connector = create(...parameters);
      return {
        connect: (socket) => {
          this.#add(socket);
          return connector.connect(socket);
        },
        waitForReady: () => connector.waitForReady(),
        getCallCredentials: () => connector.getCallCredentials(),
        destroy: () => {
          connector.destroy();
        },
      };
    };
  }

  /** Destroys them all, and any that comes later. */
  destroy(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
    });
    if (this.#closed) socket.destroy();
  }
}
