import type { KmipVersion } from '../kmip/version.ts';
import { createClient, type KmipClient } from './client.ts';
import { KmipConnection } from './connection.ts';
import { dial, type DialOptions } from './dial.ts';
import { negotiate } from './negotiate.ts';

export interface KmipConnectOptions extends DialOptions {
  /** Default: the one that client and server agree on. */
  readonly version?: KmipVersion | undefined;
  /** Time limit of each request, and of connecting, in milliseconds. Default: 10 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Bytes of the largest response that is taken; the server is told. Default: 1 MiB. */
  readonly maxResponse?: number | undefined;
  /**
   * Ties every request to others in the logs and traces of Gateway and Core: 1 to 255 printable ASCII characters. Sent from
   * KMIP 1.4 on, as Client Correlation Value.
   */
  readonly correlationId?: string | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESPONSE = 1_048_576;

/**
 * Connects to a KMIP server over TLS with a client certificate. Fails with KMIP_UNREACHABLE, DEADLINE_EXCEEDED,
 * KMIP_VERSION_UNSUPPORTED or KMIP_RESPONSE_MALFORMED. The caller closes the client.
 */
export async function connectKmip(options: KmipConnectOptions): Promise<KmipClient> {
  const {
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxResponse = DEFAULT_MAX_RESPONSE,
    correlationId,
  } = options;
  const now = (): number => performance.now();
  const deadline = now() + timeoutMs;
  const socket = await dial(options, timeoutMs);
  const connection = new KmipConnection({ socket, maxResponse, now });
  try {
    const version =
      options.version ??
      (await negotiate(connection, { timeoutMs: deadline - now(), maxResponse }));
    return createClient({ connection, version, timeoutMs, maxResponse, correlationId });
  } catch (error) {
    await connection.close();
    throw error;
  }
}
