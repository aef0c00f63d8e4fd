import { toBrokerError } from '../addon/native-error.ts';
import type { BoundSocket, SocketBinder } from '../grpc/transport.ts';
import { checkInherited, inheritedUnusable } from '../grpc/unix/inherited-socket.ts';
import type { DataPlaneAddon } from './data-plane-addon.ts';
import type { Plane } from './plane.ts';

/** Connections that may wait to be accepted; the same as node:net asks for. */
const BACKLOG = 511;

export type SocketAddon = Pick<DataPlaneAddon, 'listenUnix' | 'closeDescriptor'>;

/** Listening sockets that the data plane accepts from by itself; until it does, connections wait in the kernel. */
export function nativeSockets(
  addon: SocketAddon,
  plane: Pick<Plane, 'listen' | 'stopListening'>,
): SocketBinder {
  return {
    bind: (path) =>
      asPromise(() => new NativeSocket(addon, plane, addon.listenUnix(path, BACKLOG))),
    inherit: (descriptor) =>
      asPromise(() => {
        checkInherited(descriptor);
        return new NativeSocket(addon, plane, descriptor);
      }),
  };
}

class NativeSocket implements BoundSocket {
  readonly #addon: SocketAddon;
  readonly #plane: Pick<Plane, 'listen' | 'stopListening'>;
  readonly #descriptor: number;
  #state: 'waiting' | 'serving' | 'closed' = 'waiting';

  constructor(
    addon: SocketAddon,
    plane: Pick<Plane, 'listen' | 'stopListening'>,
    descriptor: number,
  ) {
    this.#addon = addon;
    this.#plane = plane;
    this.#descriptor = descriptor;
  }

  serve(): void {
    if (this.#state !== 'waiting') return;
    try {
      this.#plane.listen(this.#descriptor);
    } catch (error) {
      const failure = toBrokerError(error);
      if (failure.code !== 'INPUT_INVALID') throw failure;
      // Whatever it is, it was never ours to close.
      this.#state = 'closed';
      throw inheritedUnusable(failure);
    }
    this.#state = 'serving';
  }

  /** The data plane closes all its listening sockets with the first: they are only ever closed together. */
  close(): void {
    if (this.#state === 'serving') this.#plane.stopListening();
    if (this.#state === 'waiting') this.#addon.closeDescriptor(this.#descriptor);
    this.#state = 'closed';
  }
}

/** What is thrown becomes a rejection. */
async function asPromise<T>(make: () => T): Promise<T> {
  return await new Promise((resolve) => {
    resolve(make());
  });
}
