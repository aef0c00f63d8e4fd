import type {
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import { ServerCredentials, type ConnectionInjector, type Server } from '@grpc/grpc-js';

type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** The HTTP/2 side of a grpc-js server. */
export interface Http2Side {
  readonly injector: ConnectionInjector;
  readonly onSession: (listener: (session: ServerHttp2Session) => void) => void;
}

/**
 * Makes a place where connections can be handed to a grpc-js server, with `intercept` between HTTP/2 and gRPC: it gets
 * every stream, and passes it on by calling `next` or does not.
 *
 * grpc-js has no public way to see a request's headers before it has used and removed them (it would inflate compressed
 * messages without a word), to answer unknown methods, or to reach its sessions. Its HTTP/2 server is an ordinary event
 * emitter of node:http2, so only one private name is needed, the map that holds it. package.json names one exact version
 * of grpc-js; should another one come without that map, the server refuses to start instead of running unguarded.
 */
export function interceptHttp2(
  server: Server,
  intercept: (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    next: StreamListener,
  ) => void,
): Http2Side {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const http2Server = soleHttp2Server(server);
  const [listener, ...others] = http2Server.listeners('stream') as StreamListener[];
  if (listener === undefined || others.length > 0) throw unexpectedVersion();
  const next: StreamListener = listener.bind(http2Server);
  http2Server.removeAllListeners('stream');
  http2Server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    intercept(stream, headers, next);
  });
  return {
    injector,
    onSession: (onSession) => {
      http2Server.on('session', onSession);
    },
  };
}

function soleHttp2Server(server: Server): Http2Server {
  const { http2Servers } = server as unknown as { readonly http2Servers: unknown };
  if (!(http2Servers instanceof Map) || http2Servers.size !== 1) throw unexpectedVersion();
  const [http2Server] = http2Servers.keys() as IterableIterator<Http2Server>;
  if (http2Server === undefined) throw unexpectedVersion();
  return http2Server;
}

function unexpectedVersion(): Error {
  return new Error(
    'this version of @grpc/grpc-js is built differently from the one this was made for',
  );
}
