import { randomUUID } from 'node:crypto';
import { Delegate } from '../../../src/gateway/delegate/delegate.ts';
import type { ClientIdentity } from '../../../src/gateway/identity/client-identity.ts';
import type { ListenerParts } from '../../../src/gateway/kmip-listener.ts';
import { FreshKeys } from '../../../src/gateway/operations/fresh-keys.ts';
import { createGatewayExecutor } from '../../../src/gateway/router/gateway-executor.ts';
import { createEngine } from '../../../src/kmip/engine/index.ts';
import type {
  RequestHeader,
  ResponseItem,
  ResponseMessage,
} from '../../../src/kmip/messages/message.ts';
import { encodeRequest } from '../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../src/kmip/messages/response.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../src/kmip/version.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { CoreCalls } from '../../../src/gateway/observe/core-calls.ts';
import { KmipCounts } from '../../../src/gateway/observe/kmip-counts.ts';
import { messageScopes } from '../../../src/gateway/observe/message-scopes.ts';
import type { Metrics } from '../../../src/telemetry/metrics/metrics.ts';
import { NO_TRACER, type Tracer } from '../../../src/telemetry/tracing/tracer.ts';
import { testMetrics } from '../telemetry/test-metrics.ts';

/** One item to ask for. */
export interface Asked {
  readonly operation: number;
  readonly payload: Uint8Array | ((writer: TtlvWriter) => void);
  readonly itemId?: Uint8Array;
}

/** What writes the requests of an operation. */
interface RequestWriter<Request> {
  readonly operation: number;
  encodeRequest(writer: TtlvWriter, request: Request, version: KmipVersion): void;
}

/** What an item was answered with. */
export interface Answered extends ResponseItem {
  /** The response payload, read; fails the test when the item failed. */
  read<Response>(codec: {
    decodeResponse(reader: TtlvReader, version: KmipVersion): Response;
  }): Response;
}

export interface AskOptions {
  readonly client?: ClientIdentity;
  readonly header?: Partial<RequestHeader>;
}

/** Asks a Gateway what a connected client would ask, through its real engine and executor. */
export interface KmipAsker {
  readonly faults: unknown[];
  /** Asks in one message; the whole of the answer. */
  ask(
    version: KmipVersion,
    items: readonly Asked[],
    options?: AskOptions,
  ): Promise<ResponseMessage>;
  /** Asks with these bytes, whatever they are. */
  askBytes(request: Uint8Array, client?: ClientIdentity): Promise<ResponseMessage>;
  /** Asks one item; its answer. */
  one<Request>(
    version: KmipVersion,
    codec: RequestWriter<Request>,
    request: Request,
    options?: AskOptions,
  ): Promise<Answered>;
}

export interface KmipAskerOptions {
  readonly client: ClientIdentity;
  readonly clock: { readonly now: () => number; readonly monotonicMs: () => number };
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
}

export function kmipAsker(
  {
    keys,
    uplink,
    ...vault
  }: Omit<ListenerParts, 'uplink'> & {
    readonly uplink: ConstructorParameters<typeof Delegate>[0]['uplink'];
  },
  { client: usual, clock, logger, metrics = testMetrics(), tracer = NO_TRACER }: KmipAskerOptions,
): KmipAsker {
  const faults: unknown[] = [];
  const { applyDirectives, pendingSequence, outboxHead } = vault;
  const delegate = new Delegate({
    ...{ uplink, keys, applyDirectives, pendingSequence, outboxHead, logger },
    newRequestId: randomUUID,
    monotonicMs: clock.monotonicMs,
    calls: new CoreCalls({ metrics, tracer, monotonicMs: clock.monotonicMs }),
  });
  const engine = createEngine<ClientIdentity>({
    executor: createGatewayExecutor({
      ...{ keys, delegate, fresh: new FreshKeys(), productVersion: '1.2.3' },
    }),
    clock,
    begin: messageScopes({
      ...{ counts: new KmipCounts(metrics), tracer, newId: randomUUID },
      monotonicMs: clock.monotonicMs,
    }),
    onFault: (error) => faults.push(error),
  });

  const askBytes: KmipAsker['askBytes'] = async (request, client = usual) => {
    const response = await engine.handle(request, client, clock.monotonicMs() + 10_000);
    const bytes = Uint8Array.from(response.bytes);
    response.release();
    return decodeResponse(bytes);
  };
  const ask: KmipAsker['ask'] = async (version, items, { client, header } = {}) => {
    const writer = new TtlvWriter();
    const whole = {
      version,
      hasAuthentication: false,
      errorContinuation: 'stop',
      ...header,
    } as const;
    encodeRequest(writer, whole, items);
    return await askBytes(Uint8Array.from(writer.finish()), client);
  };
  const one: KmipAsker['one'] = async (version, codec, request, options) => {
    const { items } = await ask(version, [item(version, codec, request)], options);
    return answered(items[0], version);
  };
  return { faults, ask, askBytes, one };
}

/** An item with this request. */
export function item<Request>(
  version: KmipVersion,
  codec: RequestWriter<Request>,
  request: Request,
): Asked {
  return {
    operation: codec.operation,
    payload: (writer) => {
      codec.encodeRequest(writer, request, version);
    },
  };
}

/** An item of a response, ready to be read. */
export function answered(response: ResponseItem | undefined, version: KmipVersion): Answered {
  if (response === undefined) throw new Error('there is no such item');
  return {
    ...response,
    read: (codec) => {
      if (response.status !== 0 || response.payload === undefined) {
        throw new Error(`failed: ${response.reason} ${response.message}`);
      }
      return codec.decodeResponse(new TtlvReader(response.payload), version);
    },
  };
}
