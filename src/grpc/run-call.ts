import { BrokerError, type ErrorCode } from '../errors/index.ts';
import type { TraceHeaders } from '../telemetry/tracing/trace-parent.ts';
import type { CallTrace } from './call-span.ts';
import { MAX_REQUEST_BYTES } from './limits.ts';
import type {
  BidirectionalMethod,
  CallContext,
  CallSummary,
  Method,
  ServerStreamMethod,
  UnaryMethod,
} from './method.ts';
import { failureOf, type AnyStatusName, type Failure } from './status.ts';

/** What is known about a call when it has ended: the request log, the metrics and the spans are made from it. */
export interface CallRecord extends CallSummary {
  readonly path: string;
  readonly status: AnyStatusName;
  /** Absent when the call succeeded, or when the transport ended it by itself. */
  readonly code: ErrorCode | undefined;
  readonly incident: string | undefined;
  /** What was thrown when `incident` is set. */
  readonly cause: unknown;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Where the call belongs by its headers; absent: they say nothing. */
  readonly traceHeaders?: TraceHeaders | undefined;
  /** What its span says of the request that was read; absent: none was, or there is nothing to say. */
  readonly trace?: (() => CallTrace) | undefined;
}

/** What every transport needs to run calls, whatever it is made of. */
export interface CallPolicy {
  /** Called once for every call that has ended. Must not throw. */
  readonly observe: (record: CallRecord) => void;
  /** A new id for an internal error; unguessable and unique. */
  readonly newIncident: () => string;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}

/** A call as a transport hands it over. */
export interface IncomingCall {
  readonly context: CallContext;
  /** The request message; wiped here when the method says so. */
  readonly request: Uint8Array;
  /** A request that is not to be looked at, and why: the transport found its frame wrong. */
  readonly refusal?: BrokerError | undefined;
  /** When the call arrived, by `monotonicMs`. */
  readonly startedAt: number;
  readonly traceHeaders?: TraceHeaders | undefined;
}

/** What is known of a call by its request. */
type Known = Pick<CallRecord, keyof CallSummary | 'trace'>;

export type Outcome =
  | { readonly ok: true; readonly response: Uint8Array }
  | { readonly ok: false; readonly failure: Failure };

/** Runs a unary call from bytes to bytes: limits, decoding, handler, status, record, wiping. Never rejects. */
export async function runUnary(
  method: UnaryMethod,
  call: IncomingCall,
  policy: CallPolicy,
): Promise<Outcome> {
  let known: Known = {};
  try {
    checkRequest(call);
    const work = method.begin(call.request);
    known = { ...work.summary, trace: work.trace };
    throwIfCancelled(call.context);
    const response = await work.run(call.context);
    throwIfCancelled(call.context);
    finish(call, policy, known, {
      requestBytes: call.request.byteLength,
      responseBytes: response.byteLength,
    });
    return { ok: true, response };
  } catch (error) {
    return { ok: false, failure: fail(call, policy, known, error, 0) };
  } finally {
    wipe(method, call);
  }
}

/**
 * Runs a server-streaming call; `send` resolves when the next message may follow. Returns the failure the call ends
 * with, or undefined when it ends well. Never rejects.
 */
export async function runServerStream(
  method: ServerStreamMethod,
  call: IncomingCall,
  policy: CallPolicy,
  send: (response: Uint8Array) => Promise<void>,
): Promise<Failure | undefined> {
  let summary: CallSummary = {};
  let responseBytes = 0;
  try {
    checkRequest(call);
    const work = method.begin(call.request);
    summary = work.summary;
    for await (const response of work.run(call.context)) {
      throwIfCancelled(call.context);
      responseBytes += response.byteLength;
      await send(response);
    }
    throwIfCancelled(call.context);
    finish(call, policy, summary, { requestBytes: call.request.byteLength, responseBytes });
    return undefined;
  } catch (error) {
    return fail(call, policy, summary, error, responseBytes);
  } finally {
    wipe(method, call);
  }
}

/** A call with a stream of requests. */
export interface IncomingConversation {
  readonly context: CallContext;
  /** Ends, or fails, when the caller has gone. */
  readonly requests: AsyncIterable<Uint8Array>;
  /** When the call arrived, by `monotonicMs`. */
  readonly startedAt: number;
  readonly traceHeaders?: TraceHeaders | undefined;
}

/** Runs a bidirectional call; otherwise like `runServerStream`. A request is read when the one before it is answered. */
export async function runBidirectional(
  method: BidirectionalMethod,
  call: IncomingConversation,
  policy: CallPolicy,
  send: (response: Uint8Array) => Promise<void>,
): Promise<Failure | undefined> {
  const sizes = { requestBytes: 0, responseBytes: 0 };
  try {
    throwIfCancelled(call.context);
    const answer = await method.begin();
    for await (const request of call.requests) {
      sizes.requestBytes += request.byteLength;
      checkSize(request);
      throwIfCancelled(call.context);
      const response = answer(request);
      sizes.responseBytes += response.byteLength;
      await send(response);
    }
    throwIfCancelled(call.context);
    finish(call, policy, {}, sizes);
    return undefined;
  } catch (error) {
    const failure = failureOf(cancellationOf(call.context) ?? error, policy.newIncident);
    finish(call, policy, {}, { ...sizes, failure });
    return failure;
  }
}

function checkRequest(call: IncomingCall): void {
  if (call.refusal !== undefined) throw call.refusal;
  checkSize(call.request);
  throwIfCancelled(call.context);
}

function checkSize(request: Uint8Array): void {
  if (request.byteLength > MAX_REQUEST_BYTES) {
    throw new BrokerError('MESSAGE_TOO_LARGE', `message: too large (max ${MAX_REQUEST_BYTES})`);
  }
}

function throwIfCancelled(context: CallContext): void {
  const reason = cancellationOf(context);
  if (reason !== undefined) throw reason;
}

/** Why nobody waits for a call any longer; absent: somebody does. */
function cancellationOf(context: CallContext): BrokerError | undefined {
  if (!context.cancelled) return undefined;
  return context.signal.reason instanceof BrokerError
    ? context.signal.reason
    : new BrokerError('CANCELLED', 'the caller cancelled the call');
}

function fail(
  call: IncomingCall,
  policy: CallPolicy,
  known: Known,
  error: unknown,
  responseBytes: number,
): Failure {
  const failure = failureOf(error, policy.newIncident);
  finish(call, policy, known, {
    requestBytes: call.request.byteLength,
    responseBytes,
    failure,
  });
  return failure;
}

function finish(
  call: Pick<IncomingCall, 'context' | 'startedAt' | 'traceHeaders'>,
  policy: CallPolicy,
  known: Known,
  end: {
    readonly requestBytes: number;
    readonly responseBytes: number;
    readonly failure?: Failure;
  },
): void {
  const { failure } = end;
  policy.observe({
    ...known,
    path: call.context.path,
    status: failure?.status ?? 'OK',
    code: failure?.code,
    incident: failure?.incident,
    cause: failure?.cause,
    durationMs: policy.monotonicMs() - call.startedAt,
    requestBytes: end.requestBytes,
    responseBytes: end.responseBytes,
    traceHeaders: call.traceHeaders,
  });
}

/** Every value that was read from the request is a view of it, so this ends all of them. */
function wipe(method: Method, call: IncomingCall): void {
  if (method.secret) call.request.fill(0);
}
