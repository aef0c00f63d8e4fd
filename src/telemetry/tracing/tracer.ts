/**
 * Spans as the parts of a program make them. They know no OpenTelemetry: src/telemetry/otel implements `Tracer` with its SDK
 * and is loaded only when an exporter is on; otherwise `NO_TRACER` is what they get.
 */

/** Where a span belongs, as W3C trace context names it. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** 0 to 255; bit 0: sampled. */
  readonly flags: number;
  /** `tracestate` as it came; at most 512 characters. */
  readonly state?: string;
}

export type SpanKind = 'internal' | 'server' | 'client';
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  /** For the Broker the full method path, as the original has it. */
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent?: TraceContext | undefined;
  readonly attributes?: SpanAttributes;
  /** Milliseconds since 1970, with fractions; absent: now. */
  readonly startedAt?: number;
  /** True: somebody has decided by `Tracer.sampling` that this span is recorded. Absent: the tracer decides. */
  readonly sampled?: true;
}

export interface SpanEnd {
  /** The name of the status or result reason of a failure; absent: it went well. No secret, no payload. */
  readonly error?: string | undefined;
  readonly attributes?: SpanAttributes;
  /** Milliseconds since 1970, with fractions; absent: now. */
  readonly endedAt?: number;
}

export interface Span {
  /** What children and other processes are told; undefined when nothing is traced. */
  readonly context: TraceContext | undefined;
  /** Once; a later call means nothing. */
  end(end?: SpanEnd): void;
}

/** Which spans are recorded, for whoever decides before there is one. */
export interface Sampling {
  /** True: a span with a parent is recorded if and only if bit 0 of the parent's flags is set. */
  readonly byParent: boolean;
  /** Share of all other spans, 0 to 1. */
  readonly ratio: number;
}

export interface Tracer {
  /** False: nothing is ever traced, so nobody needs to gather attributes. */
  readonly enabled: boolean;
  readonly sampling: Sampling;
  start(span: SpanStart): Span;
}

const NO_SPAN: Span = { context: undefined, end: () => undefined };

/** A tracer for programs that trace nothing. */
export const NO_TRACER: Tracer = {
  enabled: false,
  sampling: { byParent: false, ratio: 0 },
  start: () => NO_SPAN,
};
