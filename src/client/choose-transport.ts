import { lazyTransport } from './lazy-transport.ts';
import { leanTransport } from './lean-transport.ts';
import { nativeTransport } from './native-transport.ts';
import type { Transport } from './transport.ts';

export const CLIENT_TRANSPORTS = ['auto', 'lean', 'native', 'grpc-js'] as const;

/** Ways to speak gRPC. They differ in what they cost alone. */
export type ClientTransport = (typeof CLIENT_TRANSPORTS)[number];

/** What a transport needs of the world besides the socket. */
export interface TransportParts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The transport of a name over a Unix domain socket. ADDON_UNUSABLE for `native` where there is no addon. */
export function chooseTransport(
  name: ClientTransport,
  socket: string,
  { now, random }: TransportParts,
): Transport {
  switch (name) {
    // Measured: of a call, the protocol costs `lean` 0.6 us and `native` 2.0.
    case 'auto':
    case 'lean':
      return leanTransport(socket, now, random);
    case 'native':
      return nativeTransport(socket, now, random);
    case 'grpc-js':
      // Loading it takes a command line 30 ms, which nobody else needs.
      return lazyTransport(async () =>
        (await import('./grpc-js-transport.ts')).grpcJsTransport(socket),
      );
  }
}
