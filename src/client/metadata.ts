import type * as wire from '../generated/cryptobroker/crypto_broker.ts';
import type { RequestMetadata } from '../generated/cryptobroker/server_view.ts';
import { printableText, text } from './checks.ts';
import { LIMITS } from './limits.ts';

/** What a caller may send along with every request; the answer carries it back, and the server's log shows the first. */
export interface RequestContext {
  /** Ties this call to others in logs: at most 128 printable ASCII characters. */
  readonly correlationId?: string | undefined;
  /** The trace this call belongs to (W3C Trace Context). */
  readonly traceContext?: TraceContext | undefined;
}

/** The parts of a W3C `traceparent` and `tracestate` in lower-case hexadecimal. */
export interface TraceContext {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly traceFlags?: string | undefined;
  readonly traceState?: string | undefined;
}

/** What comes back with every answer. */
export interface ResponseMetadata {
  /** The id this library gave the request, a random UUID. */
  readonly id: string;
  readonly correlationId: string | undefined;
  readonly traceContext: TraceContext | undefined;
  /** Present when the profile is going to be removed. */
  readonly deprecation: Deprecation | undefined;
}

/** The announced end of a profile. Dates are texts as the profile file writes them. */
export interface Deprecation {
  readonly profile: string;
  readonly replacedBy: string | undefined;
  readonly deprecatedSince: string | undefined;
  readonly removeAfter: string | undefined;
  readonly reason: string | undefined;
}

/** What was done, for the record of whoever keeps the result. */
export interface Descriptor {
  readonly profile: string;
  /** `HashData` or `SignCertificate`. */
  readonly operation: string;
  /** `sha3-512`, `ecdsa-with-SHA512`. */
  readonly algorithm: string;
}

/** The metadata of one request. `id` is new for each. */
export function encodeMetadata(id: string, context: RequestContext): RequestMetadata {
  const { correlationId, traceContext } = context;
  if (correlationId === undefined && traceContext === undefined) return { id };
  const field = 'metadata.traceContext';
  return {
    id,
    traceContext: {
      traceId: text(`${field}.traceId`, traceContext?.traceId ?? '', LIMITS.traceId),
      spanId: text(`${field}.spanId`, traceContext?.spanId ?? '', LIMITS.spanId),
      traceFlags: text(`${field}.traceFlags`, traceContext?.traceFlags ?? '', LIMITS.traceFlags),
      traceState: text(`${field}.traceState`, traceContext?.traceState ?? '', LIMITS.traceState),
      correlationId: printableText(
        `${field}.correlationId`,
        correlationId ?? '',
        LIMITS.correlationId,
      ),
    },
  };
}

/** The metadata of an answer; a server of another make may leave it out. */
export function decodeMetadata(metadata: wire.Metadata | undefined): ResponseMetadata {
  const { correlationId, ...trace } = metadata?.traceContext ?? { correlationId: '' };
  return {
    id: metadata?.id ?? '',
    correlationId: correlationId === '' ? undefined : correlationId,
    traceContext: Object.values(trace).some((value) => value !== '') ? trace : undefined,
    deprecation:
      metadata?.deprecation === undefined ? undefined : decodeDeprecation(metadata.deprecation),
  };
}

function decodeDeprecation(warning: wire.DeprecationWarning): Deprecation {
  const { profile, replacedBy, deprecatedSince, removeAfter, reason } = warning;
  return { profile, replacedBy, deprecatedSince, removeAfter, reason };
}
