import type { ItemExecutor, ItemResult } from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { enumerationFacts } from '../../kmip/tables/look-up.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import { versionText } from '../../kmip/version.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { clientName, type ClientIdentity } from '../identity/client-identity.ts';

/** Text of the line, which is not reworded. */
const FINISHED = 'finished KMIP operation';

const MICROSECONDS = 1000;

/** Writes one line for each item: who asked for what, and what came of it. Never what is in it. */
export function loggedExecutor(
  executor: ItemExecutor<ClientIdentity>,
  { logger, monotonicMs }: { readonly logger: Logger; readonly monotonicMs: () => number },
): ItemExecutor<ClientIdentity> {
  return {
    async execute(item, context) {
      const startedAt = monotonicMs();
      const log = (outcome: string, uid: string | undefined): void => {
        const { session: client, version } = context;
        logger.info(FINISHED, {
          operation:
            enumerationFacts(TAG.operation, item.operation)?.name ?? String(item.operation),
          version: versionText(version),
          client: clientName(client),
          tenant: client.tenantId,
          service: client.serviceId,
          uid,
          outcome,
          durationMs: Math.round((monotonicMs() - startedAt) * MICROSECONDS) / MICROSECONDS,
        });
      };
      try {
        const result = await executor.execute(item, context);
        log(outcomeOf(result), result.placeholder);
        return result;
      } catch (error) {
        log(error instanceof KmipFailure ? error.failure : 'fault', undefined);
        throw error;
      }
    },
  };
}

function outcomeOf(result: ItemResult): string {
  if (result.kind === 'success' || result.status === 0) return 'success';
  return result.reason === undefined ? 'refused by the core' : `core reason ${result.reason}`;
}
