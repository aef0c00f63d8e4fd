import { readFileSync } from 'node:fs';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import { connect, type Client, type ClientTransport } from '../../../src/client/index.ts';
import {
  HashDataRequest,
  SignCertificateRequest,
} from '../../../src/generated/cryptobroker/server_view.ts';
import { processorNanoseconds } from '../../harness/processor-time.ts';
import type { LoadResult } from './load-result.ts';

export interface OwnClientJob {
  readonly socket: string;
  readonly path: string;
  /** File with the request message. */
  readonly request: string;
  readonly transport: string;
  readonly inFlight: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly warmUpInFlight: number;
  readonly serverPid: number;
}

const TRANSPORTS: readonly ClientTransport[] = ['native', 'lean', 'grpc-js'];
const PERCENTS = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.99, 100];
const NANOSECONDS_PER_US = 1e3;
const NANOSECONDS_PER_MS = 1e6;

/** Warms up and measures with the client library. Rejects when a call fails: a server that refuses is not fast. */
export async function runOwnClient(job: OwnClientJob): Promise<LoadResult> {
  const transport = TRANSPORTS.find((name) => name === job.transport);
  if (transport === undefined) throw new RangeError(`no transport ${job.transport}`);
  const client = connect({ socket: job.socket, transport, retry: false });
  try {
    const message = readFileSync(job.request);
    const call = callOf(client, job.path, message);
    const latencies = createHistogram({ figures: 3 });
    await load(call, job.warmUpInFlight, job.warmUpSeconds, latencies);
    latencies.reset();
    const before = processorTimes(job.serverPid);
    const elapsed = await load(call, job.inFlight, job.seconds, latencies);
    const after = processorTimes(job.serverPid);
    const each = (nanoseconds: number): number =>
      nanoseconds / NANOSECONDS_PER_US / latencies.count;
    return {
      ...summary(latencies, elapsed),
      serverCpu: each(after.server - before.server),
      clientCpu: each(after.client - before.client),
      requestBytes: message.byteLength,
    };
  } finally {
    await client.close();
  }
}

function callOf(client: Client, path: string, message: Uint8Array): () => Promise<unknown> {
  switch (path.slice(path.lastIndexOf('/') + 1)) {
    case 'HashData': {
      const { profile, input } = HashDataRequest.decode(message);
      return () => client.hashData({ profile, input });
    }
    case 'SignCertificate': {
      const { profile, csr, caPrivateKey, caCert } = SignCertificateRequest.decode(message);
      return () =>
        client.signCertificate({ profile, csr, caPrivateKey, caCert, outputFormat: 'der' });
    }
    case 'Check':
      return () => client.health();
    default:
      throw new RangeError(`${path} is not known here`);
  }
}

/** Keeps so many calls going for so many seconds; the milliseconds it took until the last had ended. */
async function load(
  call: () => Promise<unknown>,
  inFlight: number,
  seconds: number,
  latencies: RecordableHistogram,
): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  const work = async (): Promise<void> => {
    for (let begun = start; begun < end;) {
      begun = performance.now();
      await call();
      const nanoseconds = Math.round((performance.now() - begun) * NANOSECONDS_PER_MS);
      latencies.record(Math.max(nanoseconds, 1));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return performance.now() - start;
}

function processorTimes(server: number): { readonly server: number; readonly client: number } {
  return {
    server: processorNanoseconds(server) ?? 0,
    client: process.cpuUsage().user * 1e3 + process.cpuUsage().system * 1e3,
  };
}

function summary(
  latencies: RecordableHistogram,
  elapsed: number,
): Omit<LoadResult, 'serverCpu' | 'clientCpu' | 'requestBytes'> {
  const at = (percent: number): number => latencies.percentile(percent) / NANOSECONDS_PER_US;
  return {
    requests: latencies.count,
    seconds: elapsed / 1000,
    perSecond: (latencies.count / elapsed) * 1000,
    mean: latencies.mean / NANOSECONDS_PER_US,
    ...{ p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) },
    percentiles: PERCENTS.map((percent) => [percent, at(percent)] as const),
    ...{ failures: {}, late: 0, notSent: 0, answerBytes: 0 },
  };
}
