import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Server, ServerCredentials, status, type Metadata } from '@grpc/grpc-js';
import {
  readLogs,
  readMetrics,
  readTraces,
  type ReadLogRecord,
  type ReadMetric,
  type ReadRequest,
  type ReadSpan,
} from './otlp-messages.ts';

/** What a collector got. Each list grows while the test runs. */
export interface Received {
  readonly traces: Arrived<ReadSpan>[];
  readonly metrics: Arrived<ReadMetric>[];
  readonly logs: Arrived<ReadLogRecord>[];
}

export interface Arrived<Item> extends ReadRequest<Item> {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A collector that a test runs: it decodes what comes, and answers as it is told. */
export interface OtlpCollector {
  /** `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly received: Received;
  /** Requests that have come, also those that were refused or not answered. */
  readonly requests: () => number;
  /** How it answers from now on: an HTTP status, or not at all. gRPC: 200 is OK, 503 UNAVAILABLE, all else INTERNAL. */
  readonly answer: (how: number | 'never') => void;
  readonly close: () => Promise<void>;
}

const BY_PATH = { 'v1/traces': 'traces', 'v1/metrics': 'metrics', 'v1/logs': 'logs' } as const;

/** By OTLP over HTTP, protobuf encoded. `base`: what stands before `/v1/traces`. */
export async function httpCollector({
  base = '',
  tls,
}: {
  readonly base?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
} = {}): Promise<OtlpCollector> {
  const received: Received = { traces: [], metrics: [], logs: [] };
  const unanswered: ServerResponse[] = [];
  let requests = 0;
  let how: number | 'never' = 200;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests++;
      if (how === 'never') {
        unanswered.push(response);
        return;
      }
      const path = request.url?.slice(`${base}/`.length) ?? '';
      if (how === 200 && request.method === 'POST' && path in BY_PATH) {
        const { headers } = request;
        const whole = Buffer.concat(chunks);
        const body = headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
        take(received, BY_PATH[path as keyof typeof BY_PATH], body, {
          ...Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, String(value)]),
          ),
        });
      }
      response.writeHead(path in BY_PATH ? how : 404).end();
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${base}`,
    received,
    requests: () => requests,
    answer: (next) => {
      how = next;
    },
    close: async () => {
      for (const response of unanswered) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const BY_SERVICE = {
  'trace.v1.TraceService': 'traces',
  'metrics.v1.MetricsService': 'metrics',
  'logs.v1.LogsService': 'logs',
} as const;

/** By OTLP over gRPC, without TLS. */
export async function grpcCollector(): Promise<OtlpCollector> {
  const received: Received = { traces: [], metrics: [], logs: [] };
  let requests = 0;
  let how: number | 'never' = 200;
  const server = new Server();
  for (const [service, signal] of Object.entries(BY_SERVICE)) {
    const path = `/opentelemetry.proto.collector.${service}/Export`;
    server.addService(
      {
        export: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: (value: Buffer) => value,
          requestDeserialize: (value: Buffer) => value,
          responseSerialize: (value: Buffer) => value,
          responseDeserialize: (value: Buffer) => value,
        },
      },
      {
        export: (
          call: { readonly request: Buffer; readonly metadata: Metadata },
          done: (error: { code: number } | null, answer?: Buffer) => void,
        ) => {
          requests++;
          if (how === 'never') return;
          if (how !== 200) {
            done({ code: how === 503 ? status.UNAVAILABLE : status.INTERNAL });
            return;
          }
          const headers = Object.entries(call.metadata.getMap());
          take(received, signal, call.request, {
            ...Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
          });
          done(null, Buffer.alloc(0));
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    requests: () => requests,
    answer: (next) => {
      how = next;
    },
    close: async () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function take(
  received: Received,
  signal: keyof Received,
  body: Buffer,
  headers: Arrived<unknown>['headers'],
): void {
  switch (signal) {
    case 'traces':
      received.traces.push({ ...readTraces(body), headers });
      break;
    case 'metrics':
      received.metrics.push({ ...readMetrics(body), headers });
      break;
    case 'logs':
      received.logs.push({ ...readLogs(body), headers });
  }
}
