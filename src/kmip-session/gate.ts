import { TokenBucket } from './token-bucket.ts';

/** What all connections together, and those of one identity, may have. */
export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerIdentity: number;
  /** Requests a second of one identity, over all its connections, on average. */
  readonly requestsPerSecond: number;
  /** Requests of one identity at once. */
  readonly requestBurst: number;
  /** Bytes of requests, unfinished or waiting, that all connections hold together. */
  readonly bufferedBytes: number;
}

/** Counts connections, requests and bytes. One for a listener. */
export interface ConnectionGate {
  /** Lets a connection in before anything is known about it; undefined when there are too many. */
  enter(): GatePlace | undefined;
  /** Connections that are in. */
  readonly connections: number;
  readonly bufferedBytes: number;
}

/** The place of one connection. */
export interface GatePlace {
  /** Says whose connection it is, once the handshake has shown it. False: that identity has too many. Call once. */
  identify(identity: string): boolean;
  /** Counts one request. False: the identity sends too many. */
  countRequest(): boolean;
  /** Counts bytes that are held, or given up when negative. False: there are too many, of which these are counted. */
  countBytes(difference: number): boolean;
  /** Gives everything back. Leaving twice is harmless. */
  leave(): void;
}

/** Known identities beyond which those without connection and debt are forgotten. */
const SWEEP_ABOVE = 1024;

/** `now` gives monotonic milliseconds. */
export function createGate(limits: ConnectionLimits, now: () => number): ConnectionGate {
  const identities = new Map<string, IdentityUse>();
  let connections = 0;
  let bufferedBytes = 0;

  function useOf(identity: string): IdentityUse {
    const known = identities.get(identity);
    if (known !== undefined) return known;
    if (identities.size >= SWEEP_ABOVE) sweep();
    const { requestsPerSecond, requestBurst } = limits;
    const use = { connections: 0, bucket: new TokenBucket(requestsPerSecond, requestBurst, now()) };
    identities.set(identity, use);
    return use;
  }

  /** An identity that has spent its requests stays known: connecting anew must not give it new ones. */
  function sweep(): void {
    for (const [identity, use] of identities) {
      if (use.connections === 0 && use.bucket.isFull(now())) identities.delete(identity);
    }
  }

  function place(): GatePlace {
    let use: IdentityUse | undefined;
    let held = 0;
    let left = false;
    return {
      identify(identity) {
        const wanted = useOf(identity);
        if (wanted.connections >= limits.connectionsPerIdentity) return false;
        use = wanted;
        use.connections += 1;
        return true;
      },
      countRequest: () => use?.bucket.take(now()) ?? false,
      countBytes(difference) {
        // A late handler gives its request up after its connection is gone.
        if (left) return true;
        held += difference;
        bufferedBytes += difference;
        return bufferedBytes <= limits.bufferedBytes;
      },
      leave() {
        if (left) return;
        left = true;
        connections -= 1;
        bufferedBytes -= held;
        if (use !== undefined) use.connections -= 1;
      },
    };
  }

  return {
    enter() {
      if (connections >= limits.connections) return undefined;
      connections += 1;
      return place();
    },
    get connections() {
      return connections;
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
  };
}

/** What one identity uses now. */
interface IdentityUse {
  connections: number;
  readonly bucket: TokenBucket;
}
