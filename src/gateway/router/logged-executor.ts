import { printable } from '../../config/printable.ts';
import type { ItemExecutor, ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { namedUid } from '../../kmip/payloads/uid.ts';
import { operationName, resultReasonName } from '../../kmip/tables/names.ts';
import { versionText } from '../../kmip/version.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';

/** Text of the line, which is not reworded. */
const FINISHED = 'finished KMIP operation';

const MICROSECONDS = 1000;

/** Writes one line for each item: who asked for what, about which object, and what came of it. Never what else is in it. */
export function loggedExecutor(
  executor: ItemExecutor<ClientIdentity>,
  { logger, monotonicMs }: { readonly logger: Logger; readonly monotonicMs: () => number },
): ItemExecutor<ClientIdentity> {
  return {
    async execute(item, context) {
      const startedAt = monotonicMs();
      const log = (outcome: string, made?: string): void => {
        const { session: client, version, scope } = context;
        const uid = made ?? namedUid(item.payload, version);
        logger.info(FINISHED, {
          operation: operationName(item.operation) ?? String(item.operation),
          kmipVersion: versionText(version),
          client: clientName(client),
          tenantId: client.tenantId,
          serviceId: client.serviceId,
          uid: uid === undefined ? undefined : printable(uid),
          outcome,
          correlationId: scope.correlationId,
          serverCorrelationValue: scope.serverCorrelationValue,
          traceId: scope.trace?.traceId,
          spanId: scope.trace?.spanId,
          durationMs: Math.round((monotonicMs() - startedAt) * MICROSECONDS) / MICROSECONDS,
        });
      };
      try {
        const result = await executor.execute(item, context);
        log(outcomeOf(result), result.placeholder);
        return result;
      } catch (error) {
        log(error instanceof KmipFailure ? error.failure : 'fault');
        throw error;
      }
    },
  };
}

function outcomeOf(result: ItemResult): string {
  if (result.kind === 'success' || result.status === 0) return 'success';
  const { reason } = result;
  if (reason === undefined) return 'refused by the core';
  return `core: ${resultReasonName(reason) ?? `reason ${reason}`}`;
}
