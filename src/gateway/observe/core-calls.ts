import { BrokerError } from '../../errors/index.ts';
import { methodNames } from '../../grpc/method-name.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import type { TraceContext, Tracer } from '../../telemetry/tracing/tracer.ts';
import { formatTraceparent } from '../../telemetry/tracing/format-traceparent.ts';
import { TUNNEL } from '../../uplink-wire/index.ts';

export interface CoreCallsOptions {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly monotonicMs: () => number;
}

/** How the Core was asked. */
export interface CoreCall {
  /** For the Core; empty when nothing is traced. */
  readonly traceparent: string;
  /** It has answered, or `error` says why it has not. What is said after the first time means nothing. */
  ended(error?: unknown): void;
}

const RPC_METHOD = methodNames([TUNNEL])(TUNNEL.path);

const RESULTS: Readonly<Record<string, string>> = {
  CORE_UNREACHABLE: 'unreachable',
  CORE_OUTCOME_UNKNOWN: 'unknown',
  CORE_REFUSED: 'refused',
  UPLINK_BUSY: 'busy',
};

/** Times and traces what is passed on to the Core. */
export class CoreCalls {
  readonly #options: CoreCallsOptions;

  constructor(options: CoreCallsOptions) {
    this.#options = options;
  }

  begin(operation: string, parent: TraceContext | undefined): CoreCall {
    const { metrics, tracer, monotonicMs } = this.#options;
    const startedAt = monotonicMs();
    const span = tracer.enabled
      ? tracer.start({
          name: TUNNEL.path,
          kind: 'client',
          parent,
          attributes: {
            'rpc.system': 'grpc',
            'rpc.method': RPC_METHOD,
            'kmip.operation': operation,
          },
        })
      : undefined;
    let over = false;
    return {
      traceparent: formatTraceparent(span?.context),
      ended: (error) => {
        if (over) return;
        over = true;
        const result = error === undefined ? 'answered' : resultOf(error);
        metrics
          .histogram('krypton_tunnel_duration_seconds', { result })
          .record((monotonicMs() - startedAt) / 1000);
        span?.end(error === undefined ? {} : { error: result });
      },
    };
  }
}

function resultOf(error: unknown): string {
  const code = error instanceof BrokerError ? error.code : '';
  return RESULTS[code] ?? 'failed';
}
