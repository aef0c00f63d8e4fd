import {
  BenchmarkResponse,
  FakeEndpointResponse,
} from '../../generated/cryptobroker/crypto_broker.ts';
import {
  BenchmarkRequest as WireBenchmarkRequest,
  FakeEndpointRequest as WireFakeEndpointRequest,
} from '../../generated/cryptobroker/server_view.ts';
import type { MethodCodec } from '../../grpc/method.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { BenchmarkRequest, BenchmarkResult, BenchmarkTiming } from '../methods/benchmark.ts';
import type { FakeEndpointRequest, FakeEndpointResult } from '../methods/fake-endpoint.ts';
import { echoMetadata, METADATA_SHAPE } from './metadata.ts';

const decodeBenchmark = strictDecoder(WireBenchmarkRequest, { 1: METADATA_SHAPE });
const decodeFakeEndpoint = strictDecoder(WireFakeEndpointRequest, { 1: METADATA_SHAPE });

/** Benchmark of service CryptoGrpcDev. The timings travel as JSON inside a string. */
export const benchmarkCodec: MethodCodec<BenchmarkRequest, BenchmarkResult> = {
  decode: (bytes) => decodeBenchmark(bytes),
  encode: ({ results, metadata }) =>
    BenchmarkResponse.encode({
      benchmarkResults: benchmarkText(results),
      metadata: echoMetadata(metadata),
    }).finish(),
};

/** The timings as they travel. */
export function benchmarkText(results: readonly BenchmarkTiming[]): string {
  return JSON.stringify({ results: results.map(({ name, avgTime }) => ({ name, avgTime })) });
}

/** FakeEndpoint of service CryptoGrpcDev. */
export const fakeEndpointCodec: MethodCodec<FakeEndpointRequest, FakeEndpointResult> = {
  decode: (bytes) => decodeFakeEndpoint(bytes),
  encode: ({ message, metadata }) =>
    FakeEndpointResponse.encode({ message, metadata: echoMetadata(metadata) }).finish(),
};
