import { createEngine, DEFAULT_ENGINE_LIMITS, type MessageScope } from '../../kmip/engine/index.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../kmip/messages/request.ts';
import type { RequestHandler } from '../../kmip-session/index.ts';
import { Delegate } from '../delegate/delegate.ts';
import type { ClientIdentity } from '../identity/client-identity.ts';
import type { KmipListener, ListenerParts } from '../kmip-listener.ts';
import { FreshKeys } from '../operations/fresh-keys.ts';
import { createGatewayExecutor } from '../router/gateway-executor.ts';
import { loggedExecutor } from '../router/logged-executor.ts';
import { CoreCalls } from '../observe/core-calls.ts';
import { KmipCounts } from '../observe/kmip-counts.ts';
import { messageScopes } from '../observe/message-scopes.ts';
import type { Tracer } from '../../telemetry/tracing/tracer.ts';
import { KmipPort, type KmipPortOptions } from './kmip-port.ts';

export interface KmipListenerOptions extends Omit<KmipPortOptions, 'requests' | 'onFault'> {
  /** Version of this product, for Query. */
  readonly productVersion: string;
  /** Items of one batch. */
  readonly batchItems: number;
  /** Write a line for each operation. */
  readonly logOperations: boolean;
  /** A new UUID in lower case, for delegated requests and as the name of a message. */
  readonly newId: () => string;
  readonly tracer: Tracer;
}

/** The KMIP side of a Gateway, from the port down to its keys and the Core. */
export function createKmipListener(
  { keys, uplink, ...vault }: ListenerParts,
  options: KmipListenerOptions,
): KmipListener {
  const { clock, logger, newId, productVersion, batchItems, metrics, tracer } = options;
  const onFault = (error: unknown, scope?: MessageScope): void => {
    logger.error('a KMIP request failed inside the gateway', {
      correlationId: scope?.correlationId,
      traceId: scope?.trace?.traceId,
      spanId: scope?.trace?.spanId,
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  };
  const monotonicMs = (): number => clock.monotonicMs();
  const counts = new KmipCounts(metrics);
  const delegate = new Delegate({
    ...{ uplink, keys, ...vault, logger, monotonicMs },
    newRequestId: newId,
    calls: new CoreCalls({ metrics, tracer, monotonicMs }),
  });
  const fresh = new FreshKeys();
  const executor = createGatewayExecutor({ keys, delegate, fresh, productVersion });
  const engine = createEngine<ClientIdentity>({
    executor: options.logOperations ? loggedExecutor(executor, { logger, monotonicMs }) : executor,
    clock: { now: clock.now, monotonicMs },
    begin: messageScopes({ counts, tracer, monotonicMs, newId }),
    onFault,
    limits: {
      ...DEFAULT_ENGINE_LIMITS,
      request: { ...DEFAULT_REQUEST_LIMITS, batch: batchItems },
    },
  });
  const refuse: RequestHandler['refuse'] = (failure, message, request) => {
    counts.unread(failure);
    return engine.refuse(failure, message, request);
  };
  return new KmipPort({
    ...options,
    onFault,
    requests: {
      forClient: (client) => ({
        handle: (request, deadline) => engine.handle(request, client, deadline),
        refuse,
      }),
      refuse,
    },
  });
}
