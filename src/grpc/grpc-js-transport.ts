import type { ServerHttp2Session } from 'node:http2';
import {
  Metadata,
  Server,
  setLogger,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { BrokerError } from '../errors/index.ts';
import { ADMISSION_HEADER, CallGate } from './call-gate.ts';
import { CallState } from './call-state.ts';
import { interceptHttp2 } from './http2-server.ts';
import { HARD_MESSAGE_BYTES } from './limits.ts';
import type { Method, ServerStreamMethod, UnaryMethod } from './method.ts';
import { addReflection, REFLECTION_PATHS, type ReflectionOptions } from './reflection.ts';
import { runServerStream, runUnary, type CallPolicy, type IncomingCall } from './run-call.ts';
import { failureOf, STATUS_NUMBERS, trailersOf, type Failure } from './status.ts';
import type { DrainResult, Transport } from './transport.ts';

export interface GrpcJsTransportOptions {
  readonly methods: readonly Method[];
  readonly policy: CallPolicy;
  /** Calls one connection may have open at a time. */
  readonly maxConcurrentStreams: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What server reflection shows; absent: no reflection. */
  readonly reflection?: ReflectionOptions;
  /** Told of failures that belong to no call; the connection they belong to is ended. */
  readonly onFault: (error: unknown) => void;
}

/** gRPC by @grpc/grpc-js, behind a gate that looks at every stream first. */
export function grpcJsTransport(options: GrpcJsTransportOptions): Transport {
  const { methods, policy } = options;
  // Its messages quote what clients send. What matters of them reaches the log through the gate and the call records.
  setLogger({ error: () => undefined, info: () => undefined, debug: () => undefined });
  const byPath = new Map(methods.map((method) => [method.path, method]));
  const reflected = options.reflection === undefined ? [] : REFLECTION_PATHS;
  const gate = new CallGate({
    serves: (path) => byPath.has(path) || reflected.includes(path),
    secret: (path) => byPath.get(path)?.secret === true,
    policy,
  });
  const server = new Server({
    'grpc.max_receive_message_length': HARD_MESSAGE_BYTES,
    // Replies may have any size: what they answer to is bounded.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': options.maxConcurrentStreams,
    'grpc.enable_channelz': 0,
  });
  const sessions = new Set<ServerHttp2Session>();
  const prepare = reflectionOnDemand(server, options.reflection);
  const http2 = interceptHttp2(server, (stream, headers, next) => {
    const admitted = gate.admit(stream, headers);
    if (admitted === undefined) return;
    const enter = (): void => {
      next(stream, admitted);
    };
    const fail = (error: unknown): void => {
      // Uncaught, it would end the process; the stream is what it may cost.
      options.onFault(error);
      stream.destroy();
    };
    const watch = (): void => {
      gate.watch(stream, String(admitted[ADMISSION_HEADER]));
    };
    if (reflected.includes(headers[':path'] ?? '')) {
      prepare().then(enter).catch(fail).finally(watch).catch(fail);
      return;
    }
    try {
      enter();
    } catch (error) {
      fail(error);
    }
    watch();
  });
  http2.onSession((session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  for (const method of methods) register(server, method, gate, options);

  return {
    name: 'grpc-js',
    listen: (listener) => {
      listener.accept((connection) => {
        http2.injector.injectConnection(connection);
      });
    },
    drain: async (milliseconds) => {
      const result = await drain(sessions, gate, milliseconds);
      server.forceShutdown();
      return result;
    },
    stats: () => ({
      connections: sessions.size,
      runningCalls: gate.running,
      finishedCalls: gate.finished,
    }),
  };
}

/** Adds reflection to the server the first time it is wanted; harmless without options. */
function reflectionOnDemand(
  server: Server,
  options: ReflectionOptions | undefined,
): () => Promise<void> {
  let added: Promise<void> | undefined;
  return () => {
    added ??= options === undefined ? Promise.resolve() : addReflection(server, options);
    return added;
  };
}

const sameBytes = (bytes: Buffer): Buffer => bytes;

function register(
  server: Server,
  method: Method,
  gate: CallGate,
  options: GrpcJsTransportOptions,
): void {
  if (method.kind === 'unary') {
    const handler = (
      call: ServerUnaryCall<Buffer, Buffer>,
      respond: sendUnaryData<Buffer>,
    ): void => {
      answerUnary(method, call, respond, gate, options).catch((error: unknown) => {
        respond(fault(error, options));
      });
    };
    server.register(method.path, handler, sameBytes, sameBytes, 'unary');
  } else {
    const handler = (call: ServerWritableStream<Buffer, Buffer>): void => {
      answerStream(method, call, gate, options).catch((error: unknown) => {
        call.emit('error', fault(error, options));
      });
    };
    server.register(method.path, handler, sameBytes, sameBytes, 'serverStream');
  }
}

/** Something failed behind the handlers: reported, and the call ended all the same, so that nobody waits for ever. */
function fault(error: unknown, options: GrpcJsTransportOptions): ReturnType<typeof wireStatus> {
  options.onFault(error);
  return wireStatus(failureOf(error, options.policy.newIncident));
}

async function answerUnary(
  method: UnaryMethod,
  call: ServerUnaryCall<Buffer, Buffer>,
  respond: sendUnaryData<Buffer>,
  gate: CallGate,
  options: GrpcJsTransportOptions,
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
  options: GrpcJsTransportOptions,
): Promise<void> {
  const send = async (response: Uint8Array): Promise<void> => {
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
  };
  const failure = await runServerStream(
    method,
    incoming(call, gate, options),
    options.policy,
    send,
  );
  if (call.destroyed) return;
  if (failure === undefined) call.end();
  else call.emit('error', wireStatus(failure));
}

/** A call of grpc-js in our words. From here on its record is ours to write. */
function incoming(
  call: ServerUnaryCall<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>,
  gate: CallGate,
  options: GrpcJsTransportOptions,
): IncomingCall {
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
    request: call.request,
    startedAt: admitted?.startedAt ?? options.policy.monotonicMs(),
    refusal:
      admitted?.compressed === true
        ? new BrokerError('ENCODING_UNSUPPORTED', 'compressed messages are not accepted')
        : undefined,
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
