import type { TransportName } from '../../../src/grpc/transport.ts';

/** What serves the Broker: the same is expected of each, for a caller must not notice which one it is. */
export const TRANSPORTS = ['grpc-js', 'native'] as const satisfies readonly TransportName[];
