import type {
  Sampling,
  SpanAttributes,
  SpanKind,
  TraceContext,
  Tracer,
} from '../../../src/telemetry/tracing/tracer.ts';

/** A span that was recorded, as an exporter would see it. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: TraceContext | undefined;
  readonly attributes: SpanAttributes;
  readonly error: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface RecordingTracer extends Tracer {
  readonly spans: readonly RecordedSpan[];
  /** Spans that were begun, recorded or not. */
  readonly started: () => number;
  readonly clear: () => void;
}

/** A tracer that keeps what it is told: of roots all or none, of others by their parents unless told otherwise. */
export function recordingTracer(
  sampling: Sampling = { byParent: true, ratio: 1 },
): RecordingTracer {
  const spans: RecordedSpan[] = [];
  let started = 0;
  return {
    ...{ enabled: true, sampling, spans },
    started: () => started,
    clear: () => {
      spans.length = 0;
    },
    start: ({ name, kind, parent, attributes, startedAt = Number.NaN, sampled }) => {
      started += 1;
      const byParent = parent !== undefined && sampling.byParent;
      const decided = byParent ? (parent.flags & 1) === 1 : sampling.ratio > 0;
      const recorded = sampled ?? decided;
      return {
        context: {
          traceId: parent?.traceId ?? 'a'.repeat(32),
          spanId: 'b'.repeat(16),
          flags: recorded ? 1 : 0,
        },
        end: ({ error, attributes: more, endedAt = Number.NaN } = {}) => {
          if (!recorded) return;
          const all = { ...attributes, ...more };
          spans.push({ name, kind, parent, attributes: all, error, startedAt, endedAt });
        },
      };
    },
  };
}

/** What is said of a span wherever and whenever it was made: no times, and attributes that have a value. */
export function comparableSpan({ name, kind, parent, attributes, error }: RecordedSpan): unknown {
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return { name, kind, parent, error, attributes: Object.fromEntries(present) };
}
