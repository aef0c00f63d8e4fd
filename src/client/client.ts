import {
  benchmarkData,
  type BenchmarkDataResult,
  type BenchmarkRequest,
} from './benchmark-data.ts';
import { CallError, toCallError } from './call-error.ts';
import { wrongKind } from './checks.ts';
import {
  hashData,
  type HashDataRequest,
  type HashDataResults,
  type HashFormat,
} from './hash-data.ts';
import { health, type HealthRequest, type HealthStatus } from './health.ts';
import { malformedAnswer, type Operation } from './operation.ts';
import { withRetry, type RetryPolicy } from './retry.ts';
import {
  signCertificate,
  type CertificateFormat,
  type SignCertificateRequest,
  type SignCertificateResults,
} from './sign-certificate.ts';
import { TransportFailure, type Transport } from './transport.ts';

/** What bounds one call. */
export interface CallOptions {
  /**
   * Time limit in milliseconds, connecting and retries included. Absent: the one given to `connect`; a minute for
   * `benchmarkData`.
   */
  readonly deadlineMs?: number | undefined;
  /** Cancels the call when it aborts; the call then fails with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A connection to a Broker. Calls may run side by side. Every failure is a `CallError` with a stable `code`; a failed
 * call leaves the client usable, and a server that comes back is found again.
 */
export interface Client {
  /** Hashes at most 1 MiB with the hash function of a profile. */
  hashData<Format extends HashFormat = 'hex'>(
    request: HashDataRequest<Format>,
    options?: CallOptions,
  ): Promise<HashDataResults[Format]>;
  /** Issues a certificate for a CSR by the rules of a profile. Never sent twice once a server may have read it. */
  signCertificate<Format extends CertificateFormat = 'pem'>(
    request: SignCertificateRequest<Format>,
    options?: CallOptions,
  ): Promise<SignCertificateResults[Format]>;
  /** Times the server's crypto core; METHOD_CLOSED or METHOD_UNKNOWN unless the server runs in development mode. */
  benchmarkData(options?: CallOptions & BenchmarkRequest): Promise<BenchmarkDataResult>;
  /** Asks whether the server serves. Fails with UNAVAILABLE when there is none. */
  health(options?: CallOptions & HealthRequest): Promise<HealthStatus>;
  /**
   * Ends the connection when the calls sent on it have ended, and resolves then. Calls still waiting for a server, and
   * later ones, fail with CANCELLED. Closing twice is harmless.
   */
  close(): Promise<void>;
}

/** What a client is made of. */
export interface ClientParts {
  readonly transport: Transport;
  readonly deadlineMs: number;
  /** `undefined`: nothing is sent twice, and a refused connection fails the call at once. */
  readonly retry: RetryPolicy | undefined;
  readonly now: () => number;
  readonly random: () => number;
  /** A new id for each request. */
  readonly newId: () => string;
}

export function createClient(parts: ClientParts): Client {
  let underWay = 0;
  let closed = false;
  let drained: (() => void)[] = [];

  async function call<Request, Result>(
    operation: Operation<Request, Result>,
    request: Request,
    options: CallOptions,
  ): Promise<Result> {
    if (closed) throw new CallError('CANCELLED', 'the client is closed');
    underWay += 1;
    try {
      return await perform(parts, operation, request, options);
    } finally {
      underWay -= 1;
      if (underWay === 0) {
        for (const resolve of drained) resolve();
        drained = [];
      }
    }
  }

  return {
    // The format of the answer follows from the request; `decode` checks it, the type system cannot see it.
    hashData: <Format extends HashFormat>(
      request: HashDataRequest<Format>,
      options: CallOptions = {},
    ) => call(hashData, request, options) as Promise<HashDataResults[Format]>,
    signCertificate: <Format extends CertificateFormat>(
      request: SignCertificateRequest<Format>,
      options: CallOptions = {},
    ) => call(signCertificate, request, options) as Promise<SignCertificateResults[Format]>,
    benchmarkData: (options = {}) => call(benchmarkData, options, options),
    health: (options = {}) => call(health, options, options),
    async close() {
      closed = true;
      parts.transport.close();
      if (underWay > 0) await new Promise<void>((resolve) => drained.push(resolve));
    },
  };
}

async function perform<Request, Result>(
  parts: ClientParts,
  operation: Operation<Request, Result>,
  request: Request,
  { deadlineMs = operation.deadlineMs ?? parts.deadlineMs, signal }: CallOptions,
): Promise<Result> {
  const { transport, retry, now, random, newId } = parts;
  if (typeof request !== 'object' || request === null) throw wrongKind('request', 'an object');
  const deadline = now() + positiveMilliseconds('deadlineMs', deadlineMs);
  const bytes = operation.encode(request, newId());
  try {
    const send = (): Promise<Uint8Array> =>
      transport.unary(operation.path, bytes, {
        deadline,
        signal,
        waitForServer: retry !== undefined,
      });
    const answer =
      retry === undefined || !operation.idempotent
        ? await send()
        : await withRetry(send, connectionBroke, { policy: retry, deadline, signal, now, random });
    return decodeAnswer(operation, answer, request);
  } catch (failure) {
    throw toCallError(failure);
  } finally {
    if (operation.secret) bytes.fill(0);
  }
}

/** True for a call that found a server and lost it; waiting for one that is not there is the transport's task. */
function connectionBroke(failure: unknown): boolean {
  return (
    failure instanceof TransportFailure && failure.status === 'UNAVAILABLE' && !failure.neverSent
  );
}

function decodeAnswer<Request, Result>(
  operation: Operation<Request, Result>,
  answer: Uint8Array,
  request: Request,
): Result {
  try {
    return operation.decode(answer, request);
  } catch (cause) {
    throw cause instanceof CallError ? cause : malformedAnswer(operation.path, cause);
  }
}

/** The longest time a timer can wait. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/** A time span a timer can wait: more than 0 and less than 25 days. */
export function positiveMilliseconds(field: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_MILLISECONDS) return value;
  throw wrongKind(field, `a number of milliseconds from 1 to ${MAX_MILLISECONDS}`);
}
