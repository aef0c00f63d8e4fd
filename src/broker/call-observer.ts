import type { CallCounts } from '../grpc/call-counts.ts';
import { isSampled, traceCall, type CallTrace, type EndedCall } from '../grpc/call-span.ts';
import type { CallPolicy, CallRecord } from '../grpc/run-call.ts';
import { shown } from '../grpc/shown.ts';
import type { PolicySnapshot } from '../profile/index.ts';
import { parseTraceHeaders } from '../telemetry/tracing/trace-parent.ts';
import type { Tracer } from '../telemetry/tracing/tracer.ts';
import type { CallLog } from './call-log.ts';

export interface CallObserverOptions {
  /** Writes the line of a call. */
  readonly log: CallLog;
  readonly counts: CallCounts;
  readonly tracer: Tracer;
  readonly policies: Pick<PolicySnapshot, 'find'>;
  /** The short name of the method at a path; `serves` says whether it is one. */
  readonly nameOf: (path: string) => string;
  readonly serves: (path: string) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What becomes of a call that has ended: a line, a count and, when calls are traced, a span. */
export function callObserver(options: CallObserverOptions): CallPolicy['observe'] {
  const { log, counts, tracer, policies, serves } = options;
  return (record) => {
    const { path, profile } = record;
    const known = profile !== undefined && policies.find(profile) !== undefined;
    counts.count(serves(path) ? path : '', record, known ? profile : undefined);
    if (!tracer.enabled) {
      log(record);
      return;
    }
    const trace = traceOf(record);
    log(record, recordedTrace(trace));
    traceCall(tracer, endedCall(record, trace, options));
  };
}

function recordedTrace({ parent }: CallTrace): string | undefined {
  return isSampled(parent) ? parent?.traceId : undefined;
}

/** What the message says of where the call belongs goes before what its headers say. */
function traceOf({ trace, traceHeaders }: CallRecord): CallTrace {
  const { parent, facts } = trace?.() ?? { parent: undefined, facts: {} };
  return { parent: parent ?? (traceHeaders && parseTraceHeaders(traceHeaders)), facts };
}

function endedCall(
  { path, status, profile, correlationId, durationMs }: CallRecord,
  trace: CallTrace,
  { nameOf, now }: CallObserverOptions,
): EndedCall {
  return {
    ...{ ...trace, status, durationMs, endedAt: now() },
    path: shown(path),
    method: nameOf(path),
    profile: profile && shown(profile),
    correlationId: correlationId && shown(correlationId),
  };
}
