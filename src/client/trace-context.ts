import { parseTraceHeaders } from '../telemetry/tracing/trace-parent.ts';
import type { TraceContext } from './metadata.ts';

/** Headers of W3C Trace Context, as an incoming request or OpenTelemetry's `propagation.inject` has them. */
export interface TraceCarrier {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/**
 * The `traceContext` of requests that belong to the trace of these headers; undefined when they name none:
 *
 *     const carrier = {};
 *     propagation.inject(context.active(), carrier);
 *     await client.hashData({ profile, input, traceContext: traceContextFrom(carrier) });
 */
export function traceContextFrom(carrier: TraceCarrier): TraceContext | undefined {
  const { traceparent = '', tracestate = '' } = carrier;
  const parent = parseTraceHeaders({ traceparent, tracestate });
  if (parent === undefined) return undefined;
  const { traceId, spanId, flags, state } = parent;
  const traceFlags = flags.toString(16).padStart(2, '0');
  return { traceId, spanId, traceFlags, ...(state !== undefined && { traceState: state }) };
}
