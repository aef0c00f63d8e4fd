import { Client, compressionAlgorithms, credentials, Metadata, status } from '@grpc/grpc-js';
import type { Collector } from './collector.ts';
import { SendFailure, type Sender } from './otlp-exporter.ts';

/** Bytes of an answer that are read at most: it says how many items were refused and why. */
const LONGEST_ANSWER = 64 * 1024;

/** A sender by OTLP over gRPC, for one signal: `trace.v1.TraceService`. */
export function grpcSender(collector: Collector, service: string): Sender {
  const { protocol, host } = collector.endpoint('http://localhost:4317');
  const { ca, key, cert } = collector.tls;
  const client = new Client(
    host,
    protocol === 'https:'
      ? credentials.createSsl(ca ?? null, key ?? null, cert ?? null)
      : credentials.createInsecure(),
    {
      // The environment is read in one place of this product, and it is not there.
      'grpc.enable_http_proxy': 0,
      'grpc.primary_user_agent': collector.userAgent,
      'grpc.max_receive_message_length': LONGEST_ANSWER,
      'grpc.default_compression_algorithm':
        collector.compression === 'gzip'
          ? compressionAlgorithms.gzip
          : compressionAlgorithms.identity,
    },
  );
  const metadata = new Metadata();
  for (const [name, value] of collector.headers) metadata.set(name, value);
  const method = `/opentelemetry.proto.collector.${service}/Export`;

  return {
    send: async (body) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          method,
          (request: Uint8Array) => Buffer.from(request),
          () => undefined,
          body,
          metadata,
          { deadline: Date.now() + collector.timeoutMs },
          (error) => {
            if (error === null) resolve();
            else reject(new SendFailure(`the collector answers ${status[error.code]}`));
          },
        );
      }),
    close: () => {
      client.close();
    },
  };
}
