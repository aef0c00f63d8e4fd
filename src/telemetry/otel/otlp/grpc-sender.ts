import { Client, compressionAlgorithms, credentials, Metadata, status } from '@grpc/grpc-js';
import type { Collector } from './collector.ts';
import { SendFailure, type Sender } from './otlp-exporter.ts';
import { sendAgain } from './send-again.ts';

/** Bytes of an answer that are read at most: it says how many items were refused and why. */
const LONGEST_ANSWER = 64 * 1024;

/**
 * Statuses after which the OTLP specification has a client try again. RESOURCE_EXHAUSTED is one only when the collector says
 * when, which is not read: such a collector has too much already. At DEADLINE_EXCEEDED the time for all attempts is over.
 */
const TRY_AGAIN: readonly number[] = [
  status.CANCELLED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
];

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

  const attempt = async (body: Uint8Array, deadline: number): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method,
        (request: Uint8Array) => Buffer.from(request),
        () => undefined,
        body,
        metadata,
        { deadline },
        (error) => {
          if (error === null) resolve();
          else
            reject(
              new SendFailure(`the collector answers ${status[error.code]}`, {
                again: TRY_AGAIN.includes(error.code),
              }),
            );
        },
      );
    });

  return {
    send: async (body) => {
      const deadline = Date.now() + collector.timeoutMs;
      await sendAgain(collector.timeoutMs, () => attempt(body, deadline));
    },
    close: () => {
      client.close();
    },
  };
}
