import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import type { Tracer } from '../../telemetry/tracing/tracer.ts';

/** Where a Core says what it does. */
export interface CoreTelemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly logger: Logger;
  /** Write a line for each message that Gateways pass on. */
  readonly logOperations: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
}
