import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '../messages/request.ts';
import type { KmipVersion } from '../version.ts';
import type { ItemExecutor } from './engine.ts';
import type { BeginScope, MessageScope } from './message-scope.ts';

/** What messages may cost. */
export interface EngineLimits {
  readonly request: RequestLimits;
  /** Bytes of the largest response, also for clients that name no Maximum Response Size. */
  readonly responseLength: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = {
  request: DEFAULT_REQUEST_LIMITS,
  responseLength: 1_048_576,
};

/** The two clocks an engine reads. */
export interface EngineClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}

export interface EngineOptions<Session> {
  readonly executor: ItemExecutor<Session>;
  readonly clock: EngineClock;
  /** Something failed that is no KmipFailure. Called once for each; the peer is told a fixed text. */
  readonly onFault: (error: unknown, scope: MessageScope) => void;
  readonly limits?: EngineLimits;
  /** Follows every message that a client sends; default: nobody does. */
  readonly begin?: BeginScope<Session>;
  /** Default: all. */
  readonly supportedVersions?: readonly KmipVersion[];
}
