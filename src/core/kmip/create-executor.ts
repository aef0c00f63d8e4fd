import { BrokerError } from '../../errors/index.ts';
import {
  createEngine,
  DEFAULT_ENGINE_LIMITS,
  type EngineClock,
  type EngineLimits,
  type ItemExecutor,
} from '../../kmip/engine/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { ResponseItem } from '../../kmip/messages/message.ts';
import { decodeResponse } from '../../kmip/messages/response.ts';
import { RESULT_STATUS } from '../../kmip/tables/enumerations.ts';
import { operationName, resultReasonName } from '../../kmip/tables/names.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { KmipAnswer, KmipExecutor } from '../executor.ts';
import { forClient } from './failures.ts';
import type { CallRecord, CoreSession, OperationParts } from './operation.ts';
import { OPERATIONS } from './operations.ts';

export interface KmipExecutorOptions extends OperationParts {
  readonly clock: EngineClock;
  readonly logger: Logger;
}

/** A delegated message has one item: Gateways take batches apart. */
const LIMITS: EngineLimits = {
  ...DEFAULT_ENGINE_LIMITS,
  request: { ...DEFAULT_ENGINE_LIMITS.request, batch: 1 },
};

/** Executes delegated KMIP messages on the Core's keys. */
export function createKmipExecutor(options: KmipExecutorOptions): KmipExecutor {
  const { clock, logger } = options;
  const engine = createEngine<CoreSession>({
    executor: itemExecutor(options),
    clock,
    limits: LIMITS,
    onFault: (error) => {
      logger.error(FAULT, { reason: reasonOf(error) });
    },
  });
  return {
    async execute(call, work) {
      const record: CallRecord = { operation: '', uid: '', failure: undefined };
      const encoded = await engine.handle(call.request, { call, work, record }, call.deadline);
      try {
        // The engine may refuse what an operation has done, when the answer does not fit: the response alone says.
        const [item] = decodeResponse(encoded.bytes).items;
        return answerOf(item, record, encoded);
      } catch (error) {
        encoded.release();
        throw error;
      }
    },
  };
}

/** Log line for what fails inside; a peer is told a fixed text. */
const FAULT = 'a kmip operation failed inside the core';

function answerOf(
  item: ResponseItem | undefined,
  { operation, uid, failure }: CallRecord,
  encoded: { readonly bytes: Uint8Array; readonly secret: boolean; readonly release: () => void },
): KmipAnswer {
  const succeeded = item?.status === RESULT_STATUS.success;
  const reason = item?.reason === undefined ? undefined : resultReasonName(item.reason);
  return {
    response: encoded.bytes,
    succeeded,
    secret: encoded.secret,
    operation,
    uid,
    reason: succeeded ? undefined : (reason ?? 'General Failure'),
    outcome: succeeded ? 'success' : (failure ?? reason ?? 'generalFailure'),
    release: () => {
      encoded.release();
    },
  };
}

function itemExecutor(options: KmipExecutorOptions): ItemExecutor<CoreSession> {
  const { logger } = options;
  return {
    execute(item, context) {
      const { session, version } = context;
      const { call, work, record } = session;
      return Promise.resolve().then(() => {
        try {
          const name = operationName(item.operation) ?? '';
          record.operation = name;
          // Before anything else, so that a client learns nothing by operations it may not have.
          const { operations } = call.client;
          if (operations !== undefined && !operations.has(name)) {
            throw new KmipFailure('permissionDenied', 'the client may not have this operation');
          }
          const operation = OPERATIONS.get(item.operation);
          if (operation === undefined) {
            throw new KmipFailure('operationNotSupported', 'the operation is not supported');
          }
          return operation({ item, context, version, work, record }, options);
        } catch (error) {
          const told = forClient(error);
          const failure =
            told instanceof KmipFailure
              ? told
              : new KmipFailure('generalFailure', 'the operation failed inside the core');
          if (failure !== told) {
            const { correlationId } = call;
            const { operation, uid } = record;
            logger.error(FAULT, { operation, uid, correlationId, reason: reasonOf(error) });
          }
          record.failure = failure.failure;
          throw failure;
        }
      });
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof BrokerError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : 'unknown';
}
