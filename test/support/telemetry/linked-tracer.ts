import type {
  Span,
  SpanEnd,
  SpanStart,
  TraceContext,
  Tracer,
} from '../../../src/telemetry/tracing/tracer.ts';

export interface LinkedSpan extends SpanStart {
  readonly context: TraceContext;
  /** As it was ended; undefined while it runs. */
  ended: SpanEnd | undefined;
}

/**
 * A tracer whose spans have ids of their own, so that a test sees which is whose child also across processes: several of them
 * stand for several processes.
 */
export class LinkedTracer implements Tracer {
  readonly enabled = true;
  readonly sampling = { byParent: true, ratio: 1 };
  readonly spans: LinkedSpan[] = [];
  readonly #process: number;
  readonly #sampled: boolean;

  /** `process`: a small number that its ids are known by. `sampled`: what is decided of a trace that begins here. */
  constructor(process = 1, sampled = true) {
    this.#process = process;
    this.#sampled = sampled;
  }

  start(span: SpanStart): Span {
    const number = this.#process * 0x1000 + this.spans.length + 1;
    const context = {
      traceId: span.parent?.traceId ?? number.toString(16).padStart(32, '0'),
      spanId: number.toString(16).padStart(16, '0'),
      flags: span.parent?.flags ?? Number(this.#sampled),
    };
    const linked: LinkedSpan = { ...span, context, ended: undefined };
    this.spans.push(linked);
    return {
      context,
      end: (end = {}) => {
        linked.ended ??= end;
      },
    };
  }

  /** The spans of this name, oldest first. */
  named(name: string): readonly LinkedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
