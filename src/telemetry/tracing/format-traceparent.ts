import type { TraceContext } from './tracer.ts';

/** `traceparent` (W3C Trace Context §3.2) of a span for whoever is called from it; empty when nothing is traced. */
export function formatTraceparent(context: TraceContext | undefined): string {
  if (context === undefined) return '';
  const { traceId, spanId, flags } = context;
  return `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, '0')}`;
}
