import type { CallSummary } from '../grpc/method.ts';
import type { Deprecation } from '../profile/index.ts';
import { traceParentOf } from '../telemetry/tracing/trace-parent.ts';
import type { TraceContext as SpanParent } from '../telemetry/tracing/tracer.ts';

/** What a client says about its request, in any generation of the wire. It is checked, then echoed. */
export interface RequestMetadata {
  /** Chosen by the client, usually a UUID. */
  readonly id: string;
  readonly traceContext?: TraceContext | undefined;
}

/** W3C Trace Context in parts, and the caller's own correlation id. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: string;
  readonly traceState: string;
  readonly correlationId: string;
}

/** What every response says about the request it answers. */
export interface ResponseMetadata {
  /** Absent when the request had none. */
  readonly request: RequestMetadata | undefined;
  /** Present when the profile is outdated. */
  readonly deprecation?: DeprecationNotice | undefined;
}

export interface DeprecationNotice extends Deprecation {
  readonly profile: string;
}

/** Where a call belongs by its request; undefined: the request does not say, or not rightly. */
export function requestParent(metadata: RequestMetadata | undefined): SpanParent | undefined {
  const trace = metadata?.traceContext;
  return trace && traceParentOf(trace);
}

/** The facts of a request that its log line shows; an empty one is none. */
export function callSummary(request: {
  readonly profile?: string;
  readonly metadata: RequestMetadata | undefined;
}): CallSummary {
  const { profile } = request;
  const correlationId = request.metadata?.traceContext?.correlationId;
  return {
    ...(profile === undefined || profile === '' ? {} : { profile }),
    ...(correlationId === undefined || correlationId === '' ? {} : { correlationId }),
  };
}
