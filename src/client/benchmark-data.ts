import { BenchmarkResponse } from '../generated/cryptobroker/crypto_broker.ts';
import { BenchmarkRequest as WireBenchmarkRequest } from '../generated/cryptobroker/server_view.ts';
import {
  decodeMetadata,
  encodeMetadata,
  type RequestContext,
  type ResponseMetadata,
} from './metadata.ts';
import { malformedAnswer, type Operation } from './operation.ts';

/** A request to time the server's crypto core; only a server in development mode answers it. */
export type BenchmarkRequest = RequestContext;

export interface BenchmarkDataResult {
  readonly results: readonly BenchmarkTiming[];
  readonly metadata: ResponseMetadata;
}

/** How long one operation takes inside the core, without transport. */
export interface BenchmarkTiming {
  readonly name: string;
  /** Mean time of one operation in nanoseconds. */
  readonly avgTime: number;
}

const PATH = '/CryptoBroker.CryptoGrpcDev/Benchmark';

export const benchmarkData: Operation<BenchmarkRequest, BenchmarkDataResult> = {
  path: PATH,
  // Harmless to run twice, but it loads the server for seconds: the caller decides.
  idempotent: false,
  secret: false,
  deadlineMs: 60_000,
  encode: (data, id) =>
    WireBenchmarkRequest.encode({ metadata: encodeMetadata(id, data) }).finish(),
  decode: (answer) => {
    const { benchmarkResults, metadata } = BenchmarkResponse.decode(answer);
    return { results: timings(JSON.parse(benchmarkResults)), metadata: decodeMetadata(metadata) };
  },
};

function timings(value: unknown): BenchmarkTiming[] {
  const results =
    typeof value === 'object' && value !== null && 'results' in value ? value.results : undefined;
  if (!Array.isArray(results)) throw malformedAnswer(PATH);
  return results.map(timing);
}

function timing(value: unknown): BenchmarkTiming {
  if (typeof value === 'object' && value !== null && 'name' in value && 'avgTime' in value) {
    const { name, avgTime } = value;
    if (typeof name === 'string' && typeof avgTime === 'number') return { name, avgTime };
  }
  throw malformedAnswer(PATH);
}
