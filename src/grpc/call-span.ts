import type { SpanAttributes, TraceContext, Tracer } from '../telemetry/tracing/tracer.ts';
import { STATUS_NUMBERS, type AnyStatusName } from './status.ts';

/** What a span says of a call's request and answer beside its record. Sizes in bytes; never the contents. */
export interface SpanFacts {
  readonly inputSize?: number;
  readonly hashAlgorithm?: string;
  readonly hashOutputSize?: number;
  readonly csrSize?: number;
  readonly caCertSize?: number;
  readonly caKeySize?: number;
  readonly signedCertSize?: number;
  readonly benchmarkResultsSize?: number;
}

/** Where a call belongs, and what its span says. */
export interface CallTrace {
  readonly parent: TraceContext | undefined;
  readonly facts: SpanFacts;
}

/** A call that has ended, as its span tells of it. Texts of the caller's are cut and in printable ASCII. */
export interface EndedCall extends CallTrace {
  readonly path: string;
  /** As `methodNames` gives it. */
  readonly method: string;
  readonly status: AnyStatusName;
  readonly profile: string | undefined;
  readonly correlationId: string | undefined;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** It has been decided already that this call is traced. */
  readonly sampled?: true;
}

/** Bit 0 of the flags. */
const SAMPLED = 1;

/** Whether whatever is at this place of a trace is recorded. */
export function isSampled(context: TraceContext | undefined): boolean {
  return context !== undefined && (context.flags & SAMPLED) !== 0;
}

/** Makes the span of a call, under the names of the original. Whichever transport served the call, this is where it ends. */
export function traceCall(tracer: Tracer, call: EndedCall): void {
  const { path, status, parent, endedAt, durationMs, sampled } = call;
  const span = tracer.start({
    ...{ name: path, kind: 'internal', parent, startedAt: endedAt - durationMs },
    ...(sampled && { sampled }),
  });
  span.end({
    endedAt,
    error: status === 'OK' ? undefined : status,
    ...(isSampled(span.context) && { attributes: attributesOf(call) }),
  });
}

function attributesOf({
  method,
  status,
  profile,
  correlationId,
  facts,
}: EndedCall): SpanAttributes {
  return {
    'rpc.method': method,
    'rpc.grpc.status_code': STATUS_NUMBERS[status],
    'crypto.profile': profile,
    'crypto.input_size': facts.inputSize,
    'crypto.hash_algorithm': facts.hashAlgorithm,
    'crypto.hash_output_size': facts.hashOutputSize,
    'crypto.signed_cert_size': facts.signedCertSize,
    'crypto.csr_size': facts.csrSize,
    'crypto.ca_cert_size': facts.caCertSize,
    'crypto.ca_key_size': facts.caKeySize,
    'crypto.benchmark_results_size': facts.benchmarkResultsSize,
    correlationId,
  };
}
