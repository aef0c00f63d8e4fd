import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { printable } from '../config/printable.ts';
import { BrokerError } from '../errors/index.ts';
import type { TraceHeaders } from '../telemetry/tracing/trace-parent.ts';
import { MAX_HEADER_BYTES, MAX_PENDING_BYTES, MAX_STREAMS } from './limits.ts';
import type { CallPolicy } from './run-call.ts';
import {
  CODE_TRAILER,
  failureOf,
  STATUS_NUMBERS,
  statusName,
  trailersOf,
  type AnyStatusName,
} from './status.ts';

/** One HTTP/2 stream that was let in, until it is closed. */
export interface AdmittedCall {
  readonly path: string;
  /** Not unary. */
  readonly stream: boolean;
  /** By `monotonicMs`. */
  readonly startedAt: number;
  readonly traceHeaders: TraceHeaders | undefined;
  /** Set when the frame of the message says that it is compressed (PROTOCOL-HTTP2, Compressed-Flag). */
  compressed: boolean;
  /** True once a handler has the call: from then on its record is written there. */
  handled: boolean;
}

export interface CallGateOptions {
  /** True for a path that somebody behind the gate serves. */
  readonly serves: (path: string) => boolean;
  /** True for a path whose requests hold key material. */
  readonly secret: (path: string) => boolean;
  /** True for a path whose calls are not unary. */
  readonly streams: (path: string) => boolean;
  readonly policy: CallPolicy;
  readonly maxPendingBytes?: number;
  readonly maxStreams?: number;
}

/** Header by which a call is found again behind the gate. Whatever a client sends under this name is overwritten. */
export const ADMISSION_HEADER = 'cryptobroker-admission';

/** application/grpc, alone or with the protobuf codec named: no other codec is spoken here. */
const GRPC_CONTENT = /^application\/grpc(?:\+proto)?(?:;.*)?$/i;

/** PROTOCOL-HTTP2: at most 8 digits and a unit. */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 } as const;
/** Longer delays wrap around in setTimeout and would end the call at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Stands before the gRPC library and looks at the headers of every stream: what can be refused by them is refused here,
 * with our codes, before a library or a handler sees it. It also sees every stream end, so that each call has exactly
 * one record, and keeps the sum of half-received requests bounded.
 */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #admitted = new Map<string, AdmittedCall>();
  readonly #maxPendingBytes: number;
  readonly #maxStreams: number;
  #pendingBytes = 0;
  #streams = 0;
  #nextId = 0;
  #finished = 0;

  constructor(options: CallGateOptions) {
    this.#options = options;
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
    this.#maxStreams = options.maxStreams ?? MAX_STREAMS;
  }

  get running(): number {
    return this.#admitted.size;
  }

  get finished(): number {
    return this.#finished;
  }

  /** The call behind an admission header. */
  call(id: string): AdmittedCall | undefined {
    return this.#admitted.get(id);
  }

  /** Lets a stream in and returns the headers to go on with, or answers it and returns undefined. Never throws. */
  admit(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): IncomingHttpHeaders | undefined {
    // Whoever resets a stream also makes it fail; the reset is dealt with when it closes.
    stream.on('error', () => undefined);
    if (stream.destroyed || stream.closed) return undefined;
    if (headerBytes(headers) > MAX_HEADER_BYTES) {
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return undefined;
    }
    const path = headers[':path'] ?? '';
    if (!GRPC_CONTENT.test(headers['content-type'] ?? '')) {
      answer(stream, { ':status': constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE });
      return undefined;
    }
    const refusal = this.#refusal(path, headers);
    if (refusal === undefined) {
      completeTrailers(stream);
      return this.#letIn(headers, path);
    }
    this.#refuse(stream, headers, path, refusal);
    return undefined;
  }

  /** Waits for the streams' messages; called after the library has attached itself, which pauses the stream. */
  watch(stream: ServerHttp2Stream, id: string): void {
    const call = this.#admitted.get(id);
    if (call === undefined) return;
    const secret = this.#options.secret(call.path);
    const chunks: Buffer[] = [];
    let received = 0;
    stream.on('data', (chunk: Buffer) => {
      if (received === 0) call.compressed = chunk[0] !== 0;
      received += chunk.length;
      this.#pendingBytes += chunk.length;
      // The library copies the message out of these; they are the last copy that we can reach.
      if (secret) chunks.push(chunk);
      if (this.#pendingBytes > this.#maxPendingBytes) {
        stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      }
    });
    const closed = (): void => {
      this.#pendingBytes -= received;
      for (const chunk of chunks) chunk.fill(0);
      this.#admitted.delete(id);
      if (call.stream) this.#streams -= 1;
      this.#finished += 1;
      if (!call.handled) this.#recordUnseen(stream, call, received);
    };
    // A stream that waited for something may be gone by now, and would not say so again.
    if (stream.destroyed) closed();
    else stream.once('close', closed);
  }

  #refusal(path: string, headers: IncomingHttpHeaders): BrokerError | undefined {
    if (!this.#options.serves(path)) {
      return new BrokerError('METHOD_UNKNOWN', `unknown method ${printable(path)}`);
    }
    const encoding = headers['grpc-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      return new BrokerError('ENCODING_UNSUPPORTED', 'compressed messages are not accepted');
    }
    const timeout = headers['grpc-timeout'];
    if (timeout !== undefined && !(typeof timeout === 'string' && TIMEOUT.test(timeout))) {
      return new BrokerError('INPUT_INVALID', 'grpc-timeout: is not a timeout');
    }
    if (this.#options.streams(path) && this.#streams >= this.#maxStreams) {
      return new BrokerError('QUEUE_FULL', 'too many streams are open');
    }
    return undefined;
  }

  #letIn(headers: IncomingHttpHeaders, path: string): IncomingHttpHeaders {
    this.#nextId += 1;
    const id = String(this.#nextId);
    const stream = this.#options.streams(path);
    if (stream) this.#streams += 1;
    this.#admitted.set(id, {
      path,
      stream,
      startedAt: this.#options.policy.monotonicMs(),
      traceHeaders: traceHeaders(headers),
      compressed: false,
      handled: false,
    });
    const { 'grpc-timeout': timeout, ...rest } = headers;
    const admitted: IncomingHttpHeaders = { ...rest, [ADMISSION_HEADER]: id };
    if (typeof timeout === 'string' && milliseconds(timeout) <= LONGEST_TIMEOUT_MS) {
      admitted['grpc-timeout'] = timeout;
    }
    return admitted;
  }

  #refuse(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    path: string,
    error: BrokerError,
  ): void {
    const { policy } = this.#options;
    const failure = failureOf(error, policy.newIncident);
    answer(stream, {
      ':status': constants.HTTP_STATUS_OK,
      'content-type': 'application/grpc+proto',
      'grpc-status': STATUS_NUMBERS[failure.status],
      'grpc-message': encodeURI(failure.details),
      ...(failure.code === 'ENCODING_UNSUPPORTED' ? { 'grpc-accept-encoding': 'identity' } : {}),
      ...trailersOf(failure),
    });
    this.#finished += 1;
    policy.observe({
      path,
      status: failure.status,
      code: failure.code,
      incident: undefined,
      cause: undefined,
      durationMs: 0,
      requestBytes: 0,
      responseBytes: 0,
      traceHeaders: traceHeaders(headers),
    });
  }

  /** The record of a call that ended before its handler: cut off by its caller, or refused by the library. */
  #recordUnseen(stream: ServerHttp2Stream, call: AdmittedCall, received: number): void {
    const { policy } = this.#options;
    const status = sentStatus(stream);
    policy.observe({
      path: call.path,
      status,
      code: status === 'CANCELLED' || status === 'DEADLINE_EXCEEDED' ? status : undefined,
      incident: undefined,
      cause: undefined,
      durationMs: policy.monotonicMs() - call.startedAt,
      requestBytes: received,
      responseBytes: 0,
      traceHeaders: call.traceHeaders,
    });
  }
}

/** node:http2 joins several fields of one name by commas, as they are to be read. */
function traceHeaders({ traceparent, tracestate }: IncomingHttpHeaders): TraceHeaders | undefined {
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : '' };
}

function milliseconds(timeout: string): number {
  const [, digits = '', unit = 'H'] = TIMEOUT.exec(timeout) ?? [];
  return Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The grpc-status that has left on a stream, in its trailers or in a response without a body; none: cut off. */
function sentStatus(stream: ServerHttp2Stream): AnyStatusName {
  // sentTrailers and sentHeaders are absent as long as nothing was sent, whatever their types say.
  const sent: (Record<string, unknown> | undefined)[] = [stream.sentTrailers, stream.sentHeaders];
  for (const headers of sent) {
    const status = headers?.['grpc-status'];
    if (status !== undefined) return statusName(Number(status));
  }
  return 'CANCELLED';
}

/**
 * The library ends a call at its deadline by itself, and knows no codes; and it does not say which encodings are left
 * when one is refused. Both belong to the answer, and are added where it leaves.
 */
function completeTrailers(stream: ServerHttp2Stream): void {
  const respond = stream.respond.bind(stream);
  const sendTrailers = stream.sendTrailers.bind(stream);
  stream.respond = (headers, options) => {
    // The library gives headers as an object.
    respond(completed(headers as OutgoingHttpHeaders | undefined), options);
  };
  stream.sendTrailers = (trailers) => {
    sendTrailers(completed(trailers));
  };
}

function completed(headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  const code = headers[CODE_TRAILER];
  if (code === 'ENCODING_UNSUPPORTED') return { ...headers, 'grpc-accept-encoding': 'identity' };
  const late = Number(headers['grpc-status']) === STATUS_NUMBERS.DEADLINE_EXCEEDED;
  return late && code === undefined ? { ...headers, [CODE_TRAILER]: 'DEADLINE_EXCEEDED' } : headers;
}

/** Ends a stream with headers alone. What the client still sends is thrown away, or its window would stay used up. */
function answer(stream: ServerHttp2Stream, headers: Record<string, string | number>): void {
  try {
    stream.respond(headers, { endStream: true });
    stream.resume();
  } catch {
    // The client was faster and has reset the stream.
    stream.destroy();
  }
}

/** Octets beside its name and value that a field counts for (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32;

/** The size of a header list as RFC 9113 §6.5.2 counts it. */
function headerBytes(headers: IncomingHttpHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) {
      bytes += name.length + one.length + FIELD_OVERHEAD;
    }
  }
  return bytes;
}
