import {
  Client as GrpcClient,
  connectivityState,
  credentials,
  Metadata,
  status,
  type ChannelInterface,
  type ServiceError,
} from '@grpc/grpc-js';
import { RECONNECT_FIRST_MS, RECONNECT_LONGEST_MS } from './http2/backoff.ts';
import { CONNECTION_BROKE, SERVER_ENDED_CALL, SERVER_REFUSED_CALL } from './http2/failures.ts';
import { statusName } from './status.ts';
import { TransportFailure, type Transport, type TransportCall } from './transport.ts';

/** gRPC over a Unix domain socket by @grpc/grpc-js. `socket` is the path of the socket. */
export function grpcJsTransport(socket: string): Transport {
  const client = new GrpcClient(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': RECONNECT_FIRST_MS,
    'grpc.max_reconnect_backoff_ms': RECONNECT_LONGEST_MS,
    // A connection belongs to its client: closing one client does not keep another's alive.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_channelz': 0,
  });
  return {
    async unary(path, request, call) {
      await untilConnected(client.getChannel(), call);
      return await send(client, path, request, call);
    },
    close: () => {
      client.close();
    },
  };
}

/**
 * Waits for a connection until the deadline, so that a call that finds no server fails with UNAVAILABLE and is known
 * never to have been sent; gRPC's own wait-for-ready would end in DEADLINE_EXCEEDED, which tells neither.
 */
async function untilConnected(channel: ChannelInterface, call: TransportCall): Promise<void> {
  for (;;) {
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY) return;
    if (call.signal?.aborted === true)
      throw unsent('CANCELLED', 'the call was cancelled before it was sent');
    if (state === connectivityState.SHUTDOWN) throw unsent('CANCELLED', 'the client was closed');
    // Starts connecting. Not to be asked of a channel that was shut down: it would start all the same.
    channel.getConnectivityState(true);
    if (state === connectivityState.TRANSIENT_FAILURE && !call.waitForServer) {
      throw unsent('UNAVAILABLE', 'the connection was refused');
    }
    if (!(await changed(channel, state, call)))
      throw unsent('UNAVAILABLE', 'no connection before the deadline');
  }
}

/** Resolves with true when the channel has left `state` or the signal has aborted, with false at the deadline. */
async function changed(
  channel: ChannelInterface,
  state: connectivityState,
  call: TransportCall,
): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const onAbort = (): void => {
      resolve(true);
    };
    call.signal?.addEventListener('abort', onAbort, { once: true });
    channel.watchConnectivityState(state, call.deadline, (timedOut) => {
      call.signal?.removeEventListener('abort', onAbort);
      resolve(timedOut === undefined);
    });
  });
}

async function send(
  client: GrpcClient,
  path: string,
  request: Uint8Array,
  call: TransportCall,
): Promise<Uint8Array> {
  if (call.signal?.aborted === true)
    throw unsent('CANCELLED', 'the call was cancelled before it was sent');
  // Should the connection break before the request has left, gRPC sends it on the next one by itself: that is safe for
  // every method. With waitForReady it also waits for the next one.
  const metadata = new Metadata({ waitForReady: call.waitForServer });
  return await new Promise<Uint8Array>((resolve, reject) => {
    let cancelled = false;
    const sent = client.makeUnaryRequest(
      path,
      asBuffer,
      asIs,
      request,
      metadata,
      { deadline: call.deadline },
      done,
    );
    const onAbort = (): void => {
      cancelled = true;
      sent.cancel();
    };
    call.signal?.addEventListener('abort', onAbort, { once: true });

    function done(error: ServiceError | null, answer?: Buffer): void {
      call.signal?.removeEventListener('abort', onAbort);
      if (error !== null) reject(failureOf(error, cancelled));
      else resolve(answer ?? Buffer.alloc(0));
    }
  });
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asIs = (bytes: Buffer): Buffer => bytes;

function failureOf(error: ServiceError, cancelled: boolean): TransportFailure {
  if (error.code === status.CANCELLED && !cancelled) {
    // A server that is killed with calls under way resets their streams, which gRPC takes for a cancellation.
    return new TransportFailure('UNAVAILABLE', SERVER_ENDED_CALL, { cause: error });
  }
  const trailers = new Map<string, string>();
  for (const [name, value] of Object.entries(error.metadata.getMap())) {
    if (typeof value === 'string') trailers.set(name, value);
  }
  const details = error.code === status.UNAVAILABLE ? ourWords(error.details) : error.details;
  return new TransportFailure(statusName(error.code), details, { cause: error, trailers });
}

/** What gRPC says itself of a connection, as the other transports say it; a server's text stays. */
function ourWords(details: string): string {
  if (details === 'Stream refused by server') return SERVER_REFUSED_CALL;
  return details === 'Connection dropped' || /^(?:read|write) E[A-Z]+$/.test(details)
    ? CONNECTION_BROKE
    : details;
}

function unsent(status: 'CANCELLED' | 'UNAVAILABLE', details: string): TransportFailure {
  return new TransportFailure(status, details, { neverSent: true });
}
