import { methodNames } from '../../grpc/method-name.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import { CONNECT, ENROLL, TUNNEL } from '../../uplink-wire/index.ts';

/** A call of a Gateway or of an administrator that has ended. */
export interface EndedCall {
  /** Short name of the method. */
  readonly method: string;
  /** Name of the gRPC status. */
  readonly status: string;
  readonly durationMs: number;
}

/** Short names of the methods that Gateways call, by their paths. */
export const uplinkMethodName = methodNames([ENROLL, CONNECT, TUNNEL]);

export function countCall(metrics: Metrics, { method, status, durationMs }: EndedCall): void {
  countStatus(metrics, method, status);
  metrics
    .histogram('krypton_core_request_duration_seconds', { rpc_method: method })
    .record(durationMs / 1000);
}

/** Counts a call whose duration says nothing: a stream, when it has begun or was refused. */
export function countStatus(metrics: Metrics, method: string, status: string): void {
  metrics.counter('krypton_core_requests_total', { rpc_method: method, status }).add();
}
