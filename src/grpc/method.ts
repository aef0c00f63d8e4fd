import { BrokerError } from '../errors/index.ts';
import type { CallTrace } from './call-span.ts';

/** What a handler may know of the call that it serves. */
export interface CallContext {
  /** `/package.Service/Method`, as called. */
  readonly path: string;
  /** When the caller stops waiting, in milliseconds since 1970; absent: never. */
  readonly deadline: number | undefined;
  /** True once the caller has gone or the deadline has passed: work not yet begun is not to be begun. */
  readonly cancelled: boolean;
  /** Aborts at the same moment. Made when first asked for: most calls end without anybody asking. */
  readonly signal: AbortSignal;
}

/** What the log may say about a request: never its payload. Both come from the caller and are not to be trusted. */
export interface CallSummary {
  readonly profile?: string;
  readonly correlationId?: string;
}

/** How one wire generation spells the messages of a method. */
export interface MethodCodec<Request, Response> {
  /** Reads a whole request; throws MESSAGE_MALFORMED. The result may hold views of `bytes`. */
  readonly decode: (bytes: Uint8Array) => Request;
  readonly encode: (response: Response) => Uint8Array;
}

interface MethodRow<Request, Response> extends MethodCodec<Request, Response> {
  readonly path: string;
  /** True when requests hold key material: their bytes are wiped when the call has ended. */
  readonly secret?: boolean;
  readonly summary?: (request: Request) => CallSummary;
  /** What the span of a call says of it; asked for when the call has ended, and only while calls are traced. */
  readonly trace?: (request: Request, response: Response | undefined) => CallTrace;
}

export interface UnaryRow<Request, Response> extends MethodRow<Request, Response> {
  readonly handle: (request: Request, call: CallContext) => Response | Promise<Response>;
}

export interface ServerStreamRow<Request, Response> extends MethodRow<Request, Response> {
  /** Ends when the call's signal aborts. */
  readonly handle: (request: Request, call: CallContext) => AsyncIterable<Response>;
}

/**
 * One row of the method table with its message types folded away: bytes in, bytes out. Every generation of a method is a
 * row of its own with another path or codec and the same handler; a transport that can serve some rows by itself picks
 * them by path and leaves the rest.
 */
export type Method = UnaryMethod | ServerStreamMethod | BidirectionalMethod;

export interface UnaryMethod {
  readonly kind: 'unary';
  readonly path: string;
  readonly secret: boolean;
  /** Reads the request and returns what is left to do. */
  begin(request: Uint8Array): UnaryWork;
}

export interface UnaryWork {
  readonly summary: CallSummary;
  /** What the span says of the call as far as it has come. */
  readonly trace?: (() => CallTrace) | undefined;
  run(call: CallContext): Promise<Uint8Array>;
}

export interface ServerStreamMethod {
  readonly kind: 'server-stream';
  readonly path: string;
  readonly secret: boolean;
  begin(request: Uint8Array): ServerStreamWork;
}

export interface ServerStreamWork {
  readonly summary: CallSummary;
  run(call: CallContext): AsyncIterable<Uint8Array>;
}

/** A method that answers each request of a stream with one response, in their order. */
export interface BidirectionalMethod {
  readonly kind: 'bidirectional';
  readonly path: string;
  readonly secret: boolean;
  /** Gets ready for the requests of one call; what it returns throws MESSAGE_MALFORMED. */
  begin(): Promise<(request: Uint8Array) => Uint8Array>;
}

const NO_SUMMARY: CallSummary = {};

/** A method that answers one request with one response. */
export function unary<Request, Response>(row: UnaryRow<Request, Response>): UnaryMethod {
  return {
    kind: 'unary',
    path: row.path,
    secret: row.secret ?? false,
    begin: (bytes) => {
      const request = row.decode(bytes);
      const { trace } = row;
      let response: Response | undefined;
      return {
        summary: row.summary?.(request) ?? NO_SUMMARY,
        trace: trace && (() => trace(request, response)),
        run: async (call) => {
          response = await row.handle(request, call);
          return row.encode(response);
        },
      };
    },
  };
}

/** A method that answers one request with any number of responses. */
export function serverStream<Request, Response>(
  row: ServerStreamRow<Request, Response>,
): ServerStreamMethod {
  return {
    kind: 'server-stream',
    path: row.path,
    secret: row.secret ?? false,
    begin: (bytes) => {
      const request = row.decode(bytes);
      return {
        summary: row.summary?.(request) ?? NO_SUMMARY,
        run: (call) => encodeAll(row.handle(request, call), row),
      };
    },
  };
}

async function* encodeAll<Request, Response>(
  responses: AsyncIterable<Response>,
  codec: MethodCodec<Request, Response>,
): AsyncGenerator<Uint8Array> {
  for await (const response of responses) yield codec.encode(response);
}

/** A method of the table that this server does not serve: METHOD_CLOSED, whatever the request. */
export function closed(path: string, reason: string): UnaryMethod {
  return {
    kind: 'unary',
    path,
    secret: false,
    begin: () => {
      throw new BrokerError('METHOD_CLOSED', reason);
    },
  };
}
