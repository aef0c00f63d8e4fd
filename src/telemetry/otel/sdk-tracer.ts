import {
  createContextKey,
  ROOT_CONTEXT,
  SpanKind as ApiSpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span as ApiSpan,
  type Tracer as ApiTracer,
} from '@opentelemetry/api';
import { millisToHrTime, TraceState } from '@opentelemetry/core';
import {
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type {
  Sampling,
  Span,
  SpanAttributes,
  SpanEnd,
  SpanStart,
  TraceContext,
  Tracer,
} from '../tracing/tracer.ts';

const KINDS = {
  internal: ApiSpanKind.INTERNAL,
  server: ApiSpanKind.SERVER,
  client: ApiSpanKind.CLIENT,
} as const;

/** Marks the context of a span that somebody has already decided to record. */
const DECIDED = createContextKey('crypto-broker sampled');

/** Samples as `Sampling` says, and whatever is decided already. */
export function samplerOf({ byParent, ratio }: Sampling): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio);
  const sampler = byParent ? new ParentBasedSampler({ root }) : root;
  return {
    shouldSample: (context, ...rest) =>
      context.getValue(DECIDED) === true
        ? { decision: SamplingDecision.RECORD_AND_SAMPLED }
        : sampler.shouldSample(context, ...rest),
    toString: () => sampler.toString(),
  };
}

/** Our tracer on that of the SDK, whose sampler is of `samplerOf`. */
export class SdkTracer implements Tracer {
  readonly enabled = true;
  readonly sampling: Sampling;
  readonly #tracer: ApiTracer;

  constructor(tracer: ApiTracer, sampling: Sampling) {
    this.#tracer = tracer;
    this.sampling = sampling;
  }

  start({ name, kind, parent, attributes, startedAt, sampled }: SpanStart): Span {
    // Most calls, where one in a hundred is sampled: nothing is made for them, and the parent is passed on as it came.
    if (parent !== undefined && this.sampling.byParent && (parent.flags & 1) === 0 && !sampled) {
      return { context: parent, end: () => undefined };
    }
    const context = parentContext(parent);
    const span = this.#tracer.startSpan(
      name,
      {
        kind: KINDS[kind],
        ...(attributes !== undefined && { attributes: present(attributes) }),
        ...(startedAt !== undefined && { startTime: millisToHrTime(startedAt) }),
      },
      sampled === true ? context.setValue(DECIDED, true) : context,
    );
    return new SdkSpan(span);
  }
}

class SdkSpan implements Span {
  readonly context: TraceContext;
  readonly #span: ApiSpan;

  constructor(span: ApiSpan) {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const state = traceState?.serialize();
    this.#span = span;
    this.context = {
      traceId,
      spanId,
      flags: traceFlags,
      ...(state !== undefined && state !== '' && { state }),
    };
  }

  end({ error, attributes, endedAt }: SpanEnd = {}): void {
    // The SDK complains about spans that end twice, where we mean it to mean nothing.
    if (!this.#span.isRecording()) return;
    if (attributes !== undefined) this.#span.setAttributes(present(attributes));
    if (error !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    this.#span.end(endedAt === undefined ? undefined : millisToHrTime(endedAt));
  }
}

function parentContext(parent: TraceContext | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags, state } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state !== undefined && { traceState: new TraceState(state) }),
  });
}

/** Without those that are not set. */
function present(attributes: SpanAttributes): Attributes {
  const set: Attributes = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) set[name] = value;
  }
  return set;
}
