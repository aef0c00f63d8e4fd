import { randomUUID } from 'node:crypto';
import { oneOf, wrongKind } from './checks.ts';
import { chooseTransport, CLIENT_TRANSPORTS, type ClientTransport } from './choose-transport.ts';
import { createClient, positiveMilliseconds, type Client } from './client.ts';
import type { RetryOptions, RetryPolicy } from './retry.ts';

/** The socket every server listens on unless told otherwise; released clients of the Open Crypto Broker know no other. */
export const DEFAULT_SOCKET = '/tmp/open-crypto-broker/crypto-broker-server.sock';

const DEFAULT_DEADLINE_MS = 10_000;

/** Where the server is, and how patient to be. */
export interface ConnectOptions {
  /** Path of the server's Unix domain socket. Default: `/tmp/open-crypto-broker/crypto-broker-server.sock`. */
  readonly socket?: string | undefined;
  /** Time limit of each call in milliseconds, connecting and retries included. Default: 10 seconds. */
  readonly deadlineMs?: number | undefined;
  /**
   * With retries (the default) a call waits, up to its deadline, for a server that is not there yet, and `hashData` and
   * `health` are sent again when the connection breaks under them. `false`: every failure is reported at once.
   */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * How to speak gRPC. `auto` (the default) is the fastest there is: `lean`, an HTTP/2 client of our own in JavaScript.
   * `native` is nghttp2 in the addon, `grpc-js` is @grpc/grpc-js.
   */
  readonly transport?: ClientTransport | undefined;
}

/**
 * Makes a client for the Broker behind a Unix domain socket. Returns at once: the connection is made by the first call.
 * Throws INPUT_INVALID when an option makes no sense, and ADDON_UNUSABLE when `native` is asked for where the addon cannot
 * be loaded.
 */
export function connect(options: ConnectOptions = {}): Client {
  const { socket = DEFAULT_SOCKET, deadlineMs = DEFAULT_DEADLINE_MS, retry = {} } = options;
  if (typeof socket !== 'string' || socket === '')
    throw wrongKind('socket', 'the path of a Unix domain socket');
  const transport = oneOf('transport', options.transport ?? 'auto', CLIENT_TRANSPORTS);
  return createClient({
    transport: chooseTransport(transport, socket, { now: Date.now, random: Math.random }),
    deadlineMs: positiveMilliseconds('deadlineMs', deadlineMs),
    retry: retry === false ? undefined : retryPolicy(retry),
    now: Date.now,
    random: Math.random,
    newId: randomUUID,
  });
}

function retryPolicy({
  attempts = 3,
  initialDelayMs = 100,
  maxDelayMs = 1000,
}: RetryOptions): RetryPolicy {
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 10) {
    throw wrongKind('retry.attempts', 'a whole number from 1 to 10');
  }
  return {
    attempts,
    initialDelayMs: positiveMilliseconds('retry.initialDelayMs', initialDelayMs),
    maxDelayMs: positiveMilliseconds('retry.maxDelayMs', maxDelayMs),
  };
}
