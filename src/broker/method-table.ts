import { healthMethods } from '../grpc/health-methods.ts';
import type { HealthRegistry } from '../grpc/health-registry.ts';
import { closed, unary, type Method } from '../grpc/method.ts';
import {
  traceBenchmark,
  traceFakeEndpoint,
  traceHashData,
  traceSignCertificate,
} from './call-traces.ts';
import type { BenchmarkHandler } from './methods/benchmark.ts';
import type { FakeEndpointHandler } from './methods/fake-endpoint.ts';
import type { HashDataHandler } from './methods/hash-data.ts';
import type { SignCertificateHandler } from './methods/sign-certificate.ts';
import { callSummary } from './request-metadata.ts';
import { benchmarkCodec, fakeEndpointCodec } from './wire/development.ts';
import { hashDataCodec } from './wire/hash-data.ts';
import { signCertificateCodec } from './wire/sign-certificate.ts';

export const CRYPTO_SERVICE = 'CryptoBroker.CryptoGrpc';
export const DEVELOPMENT_SERVICE = 'CryptoBroker.CryptoGrpcDev';

/** The handlers a server has. Development methods are closed when theirs are absent. */
export interface Handlers {
  readonly hashData: HashDataHandler;
  readonly signCertificate: SignCertificateHandler;
  readonly health: HealthRegistry;
  readonly development?: {
    readonly benchmark: BenchmarkHandler;
    readonly fakeEndpoint: FakeEndpointHandler;
  };
}

/** Every method the server answers. One generation of a method is one row: its path, its codec, the common handler. */
export function methodTable(handlers: Handlers): readonly Method[] {
  return [
    unary({
      path: `/${CRYPTO_SERVICE}/HashData`,
      ...hashDataCodec,
      summary: callSummary,
      trace: traceHashData,
      handle: handlers.hashData,
    }),
    unary({
      path: `/${CRYPTO_SERVICE}/SignCertificate`,
      secret: true,
      ...signCertificateCodec,
      summary: callSummary,
      trace: traceSignCertificate,
      handle: handlers.signCertificate,
    }),
    ...developmentMethods(handlers.development),
    ...healthMethods(handlers.health),
  ];
}

function developmentMethods(handlers: Handlers['development']): readonly Method[] {
  const benchmark = `/${DEVELOPMENT_SERVICE}/Benchmark`;
  const fakeEndpoint = `/${DEVELOPMENT_SERVICE}/FakeEndpoint`;
  if (handlers === undefined) {
    return [benchmark, fakeEndpoint].map((path) =>
      closed(path, 'this is a development method, and this server does not serve them'),
    );
  }
  return [
    unary({
      path: benchmark,
      ...benchmarkCodec,
      summary: callSummary,
      trace: traceBenchmark,
      handle: handlers.benchmark,
    }),
    unary({
      path: fakeEndpoint,
      ...fakeEndpointCodec,
      summary: callSummary,
      trace: traceFakeEndpoint,
      handle: handlers.fakeEndpoint,
    }),
  ];
}
