import type { EventEmitter } from 'node:events';
import type { ServerHttp2Session } from 'node:http2';
import {
  Metadata,
  Server,
  setLogger,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { BrokerError } from '../errors/index.ts';
import { ADMISSION_HEADER, CallGate, type AdmittedCall } from './call-gate.ts';
import { CallState } from './call-state.ts';
import { FAULTS } from './faults.ts';
import { interceptHttp2 } from './http2-server.ts';
import { HARD_MESSAGE_BYTES } from './limits.ts';
import type { BidirectionalMethod, Method, ServerStreamMethod, UnaryMethod } from './method.ts';
import { runBidirectional, runServerStream, runUnary, type IncomingCall } from './run-call.ts';
import { failureOf, STATUS_NUMBERS, trailersOf, type Failure } from './status.ts';
import type { DrainResult, Transport, TransportParts } from './transport.ts';
import { netBinder } from './unix/net-binder.ts';

/** gRPC by @grpc/grpc-js, behind a gate that looks at every stream first. */
export function grpcJsTransport(options: TransportParts): Transport {
  const { methods, policy, limits, onFault } = options;
  // Its messages quote what clients send. What matters of them reaches the log through the gate and the call records.
  setLogger({ error: () => undefined, info: () => undefined, debug: () => undefined });
  const byPath = new Map(methods.map((method) => [method.path, method]));
  const gate = new CallGate({
    serves: (path) => byPath.has(path),
    secret: (path) => byPath.get(path)?.secret === true,
    streams: (path) => byPath.get(path)?.kind !== 'unary',
    policy,
  });
  const server = new Server({
    'grpc.max_receive_message_length': HARD_MESSAGE_BYTES,
    // Replies may have any size: what they answer to is bounded.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': limits.maxConcurrentStreams,
    'grpc.enable_channelz': 0,
  });
  const sessions = new Set<ServerHttp2Session>();
  const http2 = interceptHttp2(server, (stream, headers, next) => {
    const admitted = gate.admit(stream, headers);
    if (admitted === undefined) return;
    try {
      next(stream, admitted);
    } catch (error) {
      // Uncaught, it would end the process; the stream is what it may cost.
      onFault(FAULTS.connectionFailed, error);
      stream.destroy();
    }
    gate.watch(stream, String(admitted[ADMISSION_HEADER]));
  });
  http2.onSession((session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  for (const method of methods) register(server, method, gate, options);

  return {
    name: 'grpc-js',
    ...netBinder({
      maxConnections: limits.maxConnections,
      onConnection: (connection) => {
        http2.injector.injectConnection(connection);
      },
      onFault: (error) => {
        onFault(FAULTS.acceptFailed, error);
      },
    }),
    drain: async (milliseconds) => {
      const result = await drain(sessions, gate, milliseconds);
      server.forceShutdown();
      return result;
    },
    stats: () => ({
      connections: sessions.size,
      runningCalls: gate.running,
      finishedCalls: gate.finished,
      lostRecords: 0,
    }),
    // The observer of the policy is told of every call.
    counters: () => [],
  };
}

const sameBytes = (bytes: Buffer): Buffer => bytes;

function register(server: Server, method: Method, gate: CallGate, options: TransportParts): void {
  const { path } = method;
  switch (method.kind) {
    case 'unary': {
      const handler = (
        call: ServerUnaryCall<Buffer, Buffer>,
        respond: sendUnaryData<Buffer>,
      ): void => {
        answerUnary(method, call, respond, gate, options).catch((error: unknown) => {
          respond(fault(error, options));
        });
      };
      server.register(path, handler, sameBytes, sameBytes, 'unary');
      break;
    }
    case 'server-stream': {
      const handler = (call: ServerWritableStream<Buffer, Buffer>): void => {
        endWhen(call, answerStream(method, call, gate, options), options);
      };
      server.register(path, handler, sameBytes, sameBytes, 'serverStream');
      break;
    }
    case 'bidirectional': {
      const handler = (call: ServerDuplexStream<Buffer, Buffer>): void => {
        endWhen(call, answerConversation(method, call, gate, options), options);
      };
      server.register(path, handler, sameBytes, sameBytes, 'bidi');
      break;
    }
  }
}

/** Something failed behind the handlers: reported, and the call ended all the same, so that nobody waits for ever. */
function fault(error: unknown, options: TransportParts): ReturnType<typeof wireStatus> {
  options.onFault(FAULTS.callFailed, error);
  return wireStatus(failureOf(error, options.policy.newIncident));
}

/** What calls of all kinds have in common. */
type AnyCall = Pick<
  ServerUnaryCall<Buffer, Buffer>,
  'metadata' | 'cancelled' | 'getDeadline' | 'getPath'
> &
  EventEmitter;

/** The part of a stream of responses that is used. */
interface StreamCall extends EventEmitter {
  readonly destroyed: boolean;
  write(bytes: Buffer, done: (error?: Error | null) => void): unknown;
  end(): unknown;
}

async function answerUnary(
  method: UnaryMethod,
  call: ServerUnaryCall<Buffer, Buffer>,
  respond: sendUnaryData<Buffer>,
  gate: CallGate,
  options: TransportParts,
): Promise<void> {
  const outcome = await runUnary(method, incoming(call, gate, options), options.policy);
  if (outcome.ok) {
    const { buffer, byteOffset, byteLength } = outcome.response;
    respond(null, Buffer.from(buffer, byteOffset, byteLength));
  } else {
    respond(wireStatus(outcome.failure));
  }
}

async function answerStream(
  method: ServerStreamMethod,
  call: ServerWritableStream<Buffer, Buffer>,
  gate: CallGate,
  options: TransportParts,
): Promise<Failure | undefined> {
  return await runServerStream(
    method,
    incoming(call, gate, options),
    options.policy,
    async (response) => {
      await sendOn(call, response);
    },
  );
}

async function answerConversation(
  method: BidirectionalMethod,
  call: ServerDuplexStream<Buffer, Buffer>,
  gate: CallGate,
  options: TransportParts,
): Promise<Failure | undefined> {
  const { context, startedAt, admitted } = admittedCall(call, gate, options);
  const { traceHeaders } = admitted ?? {};
  return await runBidirectional(
    method,
    { context, startedAt, traceHeaders, requests: requestsOf(call, admitted) },
    options.policy,
    async (response) => {
      await sendOn(call, response);
    },
  );
}

/** The requests of a stream, which stays open for an answer when they are not read to their end. */
async function* requestsOf(
  call: ServerDuplexStream<Buffer, Buffer>,
  admitted: AdmittedCall | undefined,
): AsyncGenerator<Buffer> {
  const requests = call.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const request of requests) {
    if (admitted?.compressed === true) throw compressionRefused();
    yield request;
  }
}

function compressionRefused(): BrokerError {
  return new BrokerError('ENCODING_UNSUPPORTED', 'compressed messages are not accepted');
}

/** Resolves when the next message may follow. */
async function sendOn(call: StreamCall, response: Uint8Array): Promise<void> {
  const bytes = Buffer.from(response.buffer, response.byteOffset, response.byteLength);
  await new Promise<void>((resolve, reject) => {
    // A stream that is cut off while the message waits never calls back; its close ends the wait.
    call.once('close', resolve);
    call.write(bytes, (error?: Error | null) => {
      call.off('close', resolve);
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });
}

/** Ends a stream when what answers it has ended, with the failure it returned if any. */
function endWhen(
  call: StreamCall,
  answered: Promise<Failure | undefined>,
  options: TransportParts,
): void {
  answered
    .then((failure) => {
      if (call.destroyed) return;
      if (failure === undefined) call.end();
      else call.emit('error', wireStatus(failure));
    })
    .catch((error: unknown) => {
      call.emit('error', fault(error, options));
    });
}

function incoming(
  call: ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>,
  gate: CallGate,
  options: TransportParts,
): IncomingCall {
  const { context, startedAt, admitted } = admittedCall(call, gate, options);
  return {
    context,
    request: call.request,
    startedAt,
    traceHeaders: admitted?.traceHeaders,
    refusal: admitted?.compressed === true ? compressionRefused() : undefined,
  };
}

/** A call of grpc-js in our words. From here on its record is ours to write. */
function admittedCall(
  call: AnyCall,
  gate: CallGate,
  options: TransportParts,
): {
  readonly context: CallState;
  readonly startedAt: number;
  readonly admitted: AdmittedCall | undefined;
} {
  const [id] = call.metadata.get(ADMISSION_HEADER);
  const admitted = gate.call(String(id));
  if (admitted !== undefined) admitted.handled = true;
  const deadline = call.getDeadline();
  const at = deadline instanceof Date ? deadline.getTime() : deadline;
  const context = new CallState(call.getPath(), Number.isFinite(at) ? at : undefined);
  call.once('cancelled', () => {
    context.cancel(options.now());
  });
  if (call.cancelled || admitted === undefined) context.cancel(options.now());
  return {
    context,
    startedAt: admitted?.startedAt ?? options.policy.monotonicMs(),
    admitted,
  };
}

function wireStatus(
  failure: Failure,
): Error & { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailersOf(failure))) metadata.set(name, value);
  return Object.assign(new Error(failure.details), {
    code: STATUS_NUMBERS[failure.status],
    details: failure.details,
    metadata,
  });
}

/** GOAWAY to every connection, then as long as it takes, then the end (RFC 9113 §6.8). */
async function drain(
  sessions: ReadonlySet<ServerHttp2Session>,
  gate: CallGate,
  milliseconds: number,
): Promise<DrainResult> {
  const allClosed = Promise.all([...sessions].map(closed));
  for (const session of sessions) session.close();
  let cutOff = 0;
  const timer = setTimeout(() => {
    cutOff = gate.running;
    for (const session of sessions) session.destroy();
  }, milliseconds);
  await allClosed;
  clearTimeout(timer);
  return { cutOff };
}

async function closed(session: ServerHttp2Session): Promise<void> {
  if (session.destroyed) return;
  await new Promise<void>((resolve) => {
    session.once('close', resolve);
  });
}
