import type { CallTrace, SpanFacts } from '../grpc/call-span.ts';
import type { BenchmarkRequest, BenchmarkResult } from './methods/benchmark.ts';
import type { FakeEndpointRequest } from './methods/fake-endpoint.ts';
import type { HashDataRequest, HashDataResult } from './methods/hash-data.ts';
import type { SignCertificateRequest, SignCertificateResult } from './methods/sign-certificate.ts';
import { benchmarkText } from './wire/development.ts';
import { requestParent, type RequestMetadata } from './request-metadata.ts';

/**
 * What the span of a call of each method says, as far as the call has come: names and sizes, never what was hashed or
 * signed. The native methods say the same (native/broker).
 */

export function traceHashData(
  request: HashDataRequest,
  result: HashDataResult | undefined,
): CallTrace {
  return traced(request, {
    inputSize: request.input.byteLength,
    ...(result && {
      hashAlgorithm: result.descriptor.algorithm,
      hashOutputSize:
        result.value.format === 'hex' ? result.value.hex.length / 2 : result.value.bytes.byteLength,
    }),
  });
}

export function traceSignCertificate(
  request: SignCertificateRequest,
  result: SignCertificateResult | undefined,
): CallTrace {
  return traced(request, {
    csrSize: request.csr.byteLength,
    caCertSize: request.caCert.byteLength,
    caKeySize: request.caPrivateKey.byteLength,
    ...(result && { signedCertSize: result.certificate.byteLength }),
  });
}

export function traceBenchmark(
  request: BenchmarkRequest,
  result: BenchmarkResult | undefined,
): CallTrace {
  return traced(
    request,
    result ? { benchmarkResultsSize: benchmarkText(result.results).length } : {},
  );
}

export function traceFakeEndpoint(request: FakeEndpointRequest): CallTrace {
  return traced(request, {});
}

function traced(
  { metadata }: { readonly metadata: RequestMetadata | undefined },
  facts: SpanFacts,
): CallTrace {
  return { parent: requestParent(metadata), facts };
}
