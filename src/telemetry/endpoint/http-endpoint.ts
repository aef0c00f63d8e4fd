import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BrokerError } from '../../errors/index.ts';
import { prometheusText, PROMETHEUS_TEXT } from '../metrics/prometheus-text.ts';
import type { MetricsRegistry } from '../metrics/registry.ts';
import { answerOf, type ProgramHealth } from './program-health.ts';

export interface HttpEndpointOptions {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly registry: Pick<MetricsRegistry, 'collect'>;
  readonly health: ProgramHealth;
}

/** A listener for scrapers and orchestrators. */
export interface HttpEndpoint {
  /** `127.0.0.1:9464`, `[::1]:9464`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Connections at a time: a few scrapers and probes. */
const MOST_CONNECTIONS = 32;
const MOST_REQUESTS_OF_A_CONNECTION = 1000;
const LONGEST_HEADERS = 8 * 1024;
const MOST_HEADERS = 64;
const HEADERS_TIMEOUT_MS = 3000;
const REQUEST_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 10_000;
const CHECK_INTERVAL_MS = 1000;

/** An answer: nothing of a request is ever in one. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const NOT_FOUND: Answer = { status: 404, type: TEXT, body: 'not found\n' };
const NOT_ALLOWED: Answer = { status: 405, type: TEXT, body: 'only GET and HEAD\n' };
const NO_BODY: Answer = { status: 413, type: TEXT, body: 'a request has no body here\n' };

/**
 * Listens with `/metrics` (Prometheus), `/livez` and `/readyz`. TELEMETRY_LISTEN_FAILED when that is not possible. Whoever
 * reaches it learns what the metrics say, which holds no secret; it is for the machine or the pod, not for the world.
 */
export async function openHttpEndpoint(options: HttpEndpointOptions): Promise<HttpEndpoint> {
  const routes = routesOf(options);
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEADERS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    (request, response) => {
      respond(routes, request, response).catch(() => {
        response.destroy();
      });
    },
  );
  server.maxHeadersCount = MOST_HEADERS;
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = MOST_REQUESTS_OF_A_CONNECTION;
  // A connection on which nothing moves, an answer that nobody reads included.
  server.setTimeout(IDLE_TIMEOUT_MS);
  await listening(server, options);
  return {
    address: addressOf(server),
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

type Routes = ReadonlyMap<string, () => Promise<Answer>>;

function routesOf({ registry, health }: HttpEndpointOptions): Routes {
  const metrics = async (): Promise<Answer> => ({
    status: 200,
    type: PROMETHEUS_TEXT,
    body: prometheusText(await registry.collect()),
  });
  const yesOrNo = (ask: () => boolean | Promise<boolean>, no: string) => async () => {
    const yes = await answerOf(ask);
    return { status: yes ? 200 : 503, type: TEXT, body: yes ? 'ok\n' : `${no}\n` };
  };
  return new Map([
    ['/metrics', metrics],
    ['/livez', yesOrNo(health.live, 'not live')],
    ['/readyz', yesOrNo(health.ready, 'not ready')],
  ]);
}

async function respond(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await answerTo(routes, request);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
    // What it sends besides is not read.
    ...(status === 413 && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerTo(
  routes: Routes,
  { method, url = '', headers }: IncomingMessage,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED;
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) {
    return NO_BODY;
  }
  const [path = ''] = url.split('?', 1);
  return (await routes.get(path)?.()) ?? NOT_FOUND;
}

async function listening(server: Server, { host, port }: HttpEndpointOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? 'unknown error';
      reject(
        new BrokerError('TELEMETRY_LISTEN_FAILED', reason, { field: 'telemetry.listen', cause }),
      );
    });
    server.listen({ host, port, exclusive: true, backlog: MOST_CONNECTIONS }, resolve);
  });
  // One that comes up later is of one connection, which it ends by itself.
  server.removeAllListeners('error');
  server.on('error', () => undefined);
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
