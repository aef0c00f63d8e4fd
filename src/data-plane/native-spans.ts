import type { NativeSampling } from '../addon/data-plane.ts';
import type { EndedCall, SpanFacts } from '../grpc/call-span.ts';
import { shown } from '../grpc/shown.ts';
import { statusName } from '../grpc/status.ts';
import type { Sampling, TraceContext } from '../telemetry/tracing/tracer.ts';

/** Sizes of a call, in the order of the addon's `SpanSize` (native/rpc/span_facts.h). */
const SIZES = [
  'inputSize',
  'csrSize',
  'caCertSize',
  'caKeySize',
  'hashOutputSize',
  'signedCertSize',
] as const satisfies readonly (keyof SpanFacts)[];

/** Entries of one call in a batch. */
const WIDTH = 11 + SIZES.length;

const ALL = 2 ** 32;

/**
 * Which calls the data plane keeps for spans: the same share that TraceIdRatioBased of OpenTelemetry's JavaScript keeps, by
 * the same number.
 */
export function nativeSampling({ byParent, ratio }: Sampling): NativeSampling {
  return { byParent, threshold: ratio === 1 ? ALL : Math.floor(ratio * (ALL - 1)) };
}

/** The calls of a batch as the addon hands them over; throws TypeError for what is none. */
export function* endedCalls(
  batch: readonly unknown[],
  nameOf: (path: string) => string,
): Generator<EndedCall> {
  for (let at = 0; at < batch.length; at += WIDTH) {
    const text = (place: number): string => textOf(batch[at + place]);
    const number = (place: number): number => numberOf(batch[at + place]);
    const path = text(0);
    yield {
      path: shown(path),
      method: nameOf(path),
      status: statusName(number(1)),
      endedAt: number(2) / 1e3,
      durationMs: number(3) / 1e6,
      profile: shown(text(4)) || undefined,
      correlationId: shown(text(5)) || undefined,
      parent: parentOf(text(6), text(7), number(8), text(9)),
      facts: factsOf(
        text(10),
        SIZES.map((_, index) => number(11 + index)),
      ),
      sampled: true,
    };
  }
}

function parentOf(
  traceId: string,
  spanId: string,
  flags: number,
  state: string,
): TraceContext | undefined {
  if (traceId === '') return undefined;
  return { traceId, spanId, flags, ...(state !== '' && { state }) };
}

function factsOf(hashAlgorithm: string, sizes: readonly number[]): SpanFacts {
  const present = SIZES.map((name, index) => [name, sizes[index] ?? -1] as const).filter(
    ([, size]) => size >= 0,
  );
  return { ...Object.fromEntries(present), ...(hashAlgorithm !== '' && { hashAlgorithm }) };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('the data plane told of a call without its texts');
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError('the data plane told of a call without its numbers');
}
