import type { TunnelRequest } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { STATUS_NUMBERS, type AnyStatusName } from '../../grpc/status.ts';
import { operationName } from '../../kmip/tables/names.ts';
import { OPERATION } from '../../kmip/tables/enumerations.ts';
import { parseTraceHeaders } from '../../telemetry/tracing/trace-parent.ts';
import { TUNNEL } from '../../uplink-wire/index.ts';
import { CORE_LOG } from '../log-messages.ts';
import type { CoreTelemetry } from './core-telemetry.ts';
import { uplinkMethodName } from './uplink-calls.ts';

/** What came of the item of a message. */
export interface Executed {
  /** The specification's name of the operation; empty: it has none. */
  readonly operation: string;
  readonly uid: string;
  /** Who asked; empty: nobody that may. */
  readonly client: string;
  /** The specification's name of the Result Reason; undefined: it went well. */
  readonly reason: string | undefined;
}

/** One message of a Gateway on its way through the Core. */
export interface TunnelCall {
  /** The item was executed, or its client refused; the last one counts when it is executed again. */
  executed(facts: Executed): void;
  /** The call has ended with this gRPC status. */
  ended(status: AnyStatusName): void;
}

const OPERATIONS: ReadonlySet<string> = new Set(
  Object.values(OPERATION).flatMap((operation) => operationName(operation) ?? []),
);
const UNKNOWN = 'unknown';

/** Counts, logs and traces the messages that Gateways pass on. The span's parent is the Gateway's. */
export class TunnelCalls {
  readonly #telemetry: CoreTelemetry;

  constructor(telemetry: CoreTelemetry) {
    this.#telemetry = telemetry;
  }

  begin(gateway: string, request: TunnelRequest): TunnelCall {
    const { metrics, tracer, logger, logOperations, monotonicMs } = this.#telemetry;
    const { tenantId, serviceId, correlationId, requestId, traceparent } = request;
    const startedAt = monotonicMs();
    const span = tracer.enabled
      ? tracer.start({
          name: TUNNEL.path,
          kind: 'server',
          parent: parseTraceHeaders({ traceparent, tracestate: '' }),
          attributes: {
            'rpc.system': 'grpc',
            'rpc.method': uplinkMethodName(TUNNEL.path),
            'krypton.gateway': gateway,
            'kmip.tenant': tenantId,
            'kmip.service': serviceId,
            'krypton.request_id': requestId,
            'krypton.attempt': request.attempt,
            correlationId,
          },
        })
      : undefined;
    let facts: Executed | undefined;
    return {
      executed: (told) => {
        facts = told;
      },
      ended: (status) => {
        const operation = facts === undefined ? undefined : known(facts.operation);
        const outcome = facts === undefined ? undefined : (facts.reason ?? 'success');
        if (operation !== undefined && outcome !== undefined) {
          const labels = { operation, result: outcome };
          metrics.counter('krypton_kmip_requests_total', labels).add();
        }
        const failed = status === 'OK' ? facts?.reason : status;
        span?.end({
          error: failed,
          attributes: {
            'kmip.operation': operation,
            'kmip.unique_identifier': facts?.uid === '' ? undefined : facts?.uid,
            'kmip.result_reason': facts?.reason,
            'kmip.outcome': failed === undefined ? 'success' : 'failed',
            'rpc.grpc.status_code': STATUS_NUMBERS[status],
          },
        });
        if (!logOperations) return;
        logger.info(CORE_LOG.operationFinished, {
          ...{ gateway, operation, client: facts?.client },
          ...{ tenantId, serviceId },
          uid: facts?.uid === '' ? undefined : facts?.uid,
          ...{ outcome, code: status, correlationId, requestId },
          ...{ traceId: span?.context?.traceId, spanId: span?.context?.spanId },
          durationMs: Math.round((monotonicMs() - startedAt) * 1000) / 1000,
        });
      },
    };
  }
}

/** What a Gateway's client makes up is no series. */
function known(operation: string): string {
  return OPERATIONS.has(operation) ? operation : UNKNOWN;
}
