import {
  BrokerError,
  isErrorCode,
  type BrokerErrorOptions,
  type ErrorCode,
} from '../errors/index.ts';
import type { GrpcStatusName } from './status.ts';
import { TransportFailure } from './transport.ts';

/**
 * A call that failed. Branch on `code`: it is stable and the same whether this library refused the request or the
 * server did. `remedy` of docs/errors.md says what to do about each code.
 */
export class CallError extends BrokerError {
  /** The gRPC status the server answered, or would have answered had the request been sent. */
  readonly status: GrpcStatusName;
  /** Names the line in the server's log that holds the detail; given with INTERNAL alone. */
  readonly incident: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: BrokerErrorOptions & { status?: GrpcStatusName; incident?: string | undefined } = {},
  ) {
    super(code, message, options);
    this.status = options.status ?? this.definition.status;
    this.incident = options.incident;
  }
}

/** Trailer in which our server sends the stable code; the original's servers send none. */
const CODE_TRAILER = 'cryptobroker-error';
const INCIDENT_TRAILER = 'cryptobroker-incident';

/** What a status means when no code came with it: the failure was met by the transport, or by another make of server. */
const CODE_BY_STATUS: Readonly<Partial<Record<GrpcStatusName, ErrorCode>>> = {
  CANCELLED: 'CANCELLED',
  INVALID_ARGUMENT: 'INPUT_INVALID',
  OUT_OF_RANGE: 'INPUT_INVALID',
  FAILED_PRECONDITION: 'INPUT_INVALID',
  PERMISSION_DENIED: 'OPERATION_NOT_ALLOWED',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  UNIMPLEMENTED: 'METHOD_UNKNOWN',
  UNAVAILABLE: 'UNAVAILABLE',
  RESOURCE_EXHAUSTED: 'QUEUE_FULL',
};

/** How transports word their own limit on the size of a message; it has the status of every other limit of theirs. */
const TOO_LARGE = /\blarger than\b/;

/** Texts for failures the transport words with timings and addresses of the host; its own text stays in `cause`. */
const FIXED_TEXTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  CANCELLED: 'the call was cancelled',
  DEADLINE_EXCEEDED: 'the call did not end before its deadline',
};

/** The error a caller sees for what the transport reports. */
export function toCallError(failure: unknown): CallError {
  if (failure instanceof CallError) return failure;
  if (!(failure instanceof TransportFailure)) {
    return new CallError('INTERNAL', 'the call failed inside the client', { cause: failure });
  }
  const { status, message, trailers } = failure;
  const sent = trailers.get(CODE_TRAILER);
  const incident = trailers.get(INCIDENT_TRAILER);
  if (sent !== undefined && isErrorCode(sent)) {
    return new CallError(sent, message, { status, incident, cause: failure });
  }
  const tooLarge = status === 'RESOURCE_EXHAUSTED' && TOO_LARGE.test(message);
  const code = tooLarge ? 'MESSAGE_TOO_LARGE' : (CODE_BY_STATUS[status] ?? 'INTERNAL');
  const text =
    failure.neverSent && code === 'UNAVAILABLE'
      ? 'no server answers on the socket'
      : FIXED_TEXTS[code];
  return new CallError(code, text ?? message, { status, incident, cause: failure });
}
