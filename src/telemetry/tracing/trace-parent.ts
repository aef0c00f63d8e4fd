import type { TraceContext } from './tracer.ts';

/** Parts of a trace context as a caller sent them; nothing about them has been checked. */
export interface TraceParts {
  readonly traceId: string;
  readonly spanId: string;
  /** Two hexadecimal digits. */
  readonly traceFlags: string;
  readonly traceState: string;
}

/** The headers of these names as they came, several of one name joined by commas; '' for none. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate: string;
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const FLAGS = /^[0-9a-f]{2}$/;
/** Characters that a `tracestate` is made of; longer ones may be dropped (W3C Trace Context §3.3.1.5). */
const STATE = /^[\x20-\x7e]{1,512}$/;

/** Caller's flags when it has none: the original traces every call with a parent. */
const SAMPLED = '01';

/**
 * The parent that a caller names by its parts; undefined when they name none, for whatever reason: a wrong trace context is
 * never a reason to refuse a call. A state that cannot be passed on is left out. native/rpc/trace_parent.h has the same rules.
 */
export function traceParentOf(parts: TraceParts): TraceContext | undefined {
  const { traceId, spanId, traceState } = parts;
  const flags = parts.traceFlags === '' ? SAMPLED : parts.traceFlags;
  if (!TRACE_ID.test(traceId) || !SPAN_ID.test(spanId) || !FLAGS.test(flags)) return undefined;
  return {
    traceId,
    spanId,
    flags: Number.parseInt(flags, 16),
    ...(STATE.test(traceState) && { state: traceState }),
  };
}

/**
 * version "-" trace-id "-" parent-id "-" trace-flags (W3C Trace Context §3.2). A later version may go on after a further
 * "-". A comma means that the header came more than once.
 */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/s;

/** The parent that the headers of a call name; undefined when they name none. */
export function parseTraceHeaders(headers: TraceHeaders): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', traceFlags = '', rest] =
    TRACEPARENT.exec(headers.traceparent) ?? [];
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined;
  return traceParentOf({ traceId, spanId, traceFlags, traceState: headers.tracestate });
}
