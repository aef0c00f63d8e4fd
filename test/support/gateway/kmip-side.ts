import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Delegate } from '../../../src/gateway/delegate/delegate.ts';
import type { ClientIdentity } from '../../../src/gateway/identity/client-identity.ts';
import { FreshKeys } from '../../../src/gateway/operations/fresh-keys.ts';
import { createGatewayExecutor } from '../../../src/gateway/router/gateway-executor.ts';
import type { ServicePolicy } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet, type NewAttribute } from '../../../src/kmip/attributes/attribute-set.ts';
import { createEngine } from '../../../src/kmip/engine/index.ts';
import type {
  RequestHeader,
  ResponseItem,
  ResponseMessage,
} from '../../../src/kmip/messages/message.ts';
import { encodeRequest } from '../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../src/kmip/messages/response.ts';
import { create } from '../../../src/kmip/payloads/create.ts';
import { FAILURES, type Failure } from '../../../src/kmip/failure.ts';
import { CRYPTOGRAPHIC_ALGORITHM, OBJECT_TYPE } from '../../../src/kmip/tables/enumerations.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../src/kmip/ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../../../src/kmip/version.ts';
import { openPure } from '../providers.ts';
import { openKeySide, type KeySide, type KeySideOptions } from './key-side.ts';
import { POLICY } from './test-core.ts';
import { ScriptedCore } from './scripted-core.ts';

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

/** A Gateway's KMIP side as a connected client meets it: real engine, real keys, a scripted Core. */
export interface KmipSide {
  readonly side: KeySide;
  readonly core: ScriptedCore;
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
  /** Makes a key and gives its Unique Identifier. */
  make(version?: KmipVersion, extra?: readonly NewAttribute[]): Promise<string>;
  /** The link goes to another state. */
  link(state: 'linked' | 'stale' | 'cut'): void;
}

export interface AskOptions {
  readonly client?: ClientIdentity;
  readonly header?: Partial<RequestHeader>;
}

export interface KmipSideOptions extends KeySideOptions {
  readonly policy?: Partial<ServicePolicy>;
  /** Policies of further services. */
  readonly others?: readonly ServicePolicy[];
}

export async function openKmipSide(options: KmipSideOptions = {}): Promise<KmipSide> {
  const side = await openKeySide(await openPure(), options);
  await side.join([{ ...POLICY, ...options.policy }, ...(options.others ?? [])]);
  const core = new ScriptedCore();
  const faults: unknown[] = [];
  const { keys, clock, log } = side;
  const delegate = new Delegate({
    ...{ uplink: core, keys, logger: log },
    applyDirectives: side.applyDirectives,
    pendingSequence: side.pendingSequence,
    outboxHead: side.outboxHead,
    newRequestId: randomUUID,
    monotonicMs: clock.monotonicMs,
  });
  const engine = createEngine<ClientIdentity>({
    executor: createGatewayExecutor({
      ...{ keys, delegate, fresh: new FreshKeys(), productVersion: '1.2.3' },
      newCorrelationId: randomUUID,
    }),
    clock,
    onFault: (error) => faults.push(error),
  });

  const askBytes: KmipSide['askBytes'] = async (request, client = side.client) => {
    const response = await engine.handle(request, client, clock.monotonicMs() + 10_000);
    const bytes = Uint8Array.from(response.bytes);
    response.release();
    return decodeResponse(bytes);
  };
  const ask: KmipSide['ask'] = async (version, items, { client, header } = {}) => {
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
  const one: KmipSide['one'] = async (version, codec, request, askOptions) => {
    const { items } = await ask(version, [item(version, codec, request)], askOptions);
    return answered(items[0], version);
  };
  return {
    ...{ side, core, faults, ask, askBytes, one },
    make: async (version = 14, extra = []) => {
      const request = { objectType: OBJECT_TYPE.symmetricKey, attributes: aes(256, extra) };
      return (await one(version, create, request)).read(create).uid;
    },
    link: (state) => {
      core.state = state;
      side.link(state);
    },
  };
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

/** The attributes of a new AES key, for encryption and decryption. */
export function aes(length: number, extra: readonly NewAttribute[] = []): AttributeSet {
  return AttributeSet.of([
    {
      name: 'Cryptographic Algorithm',
      value: { type: 'enumeration', value: CRYPTOGRAPHIC_ALGORITHM.aes },
    },
    { name: 'Cryptographic Length', value: { type: 'integer', value: length } },
    { name: 'Cryptographic Usage Mask', value: { type: 'integer', value: 12 } },
    ...extra,
  ]);
}

/** Asserts that an item failed in exactly this way, as the version's family says it. */
export function expectFailure(
  answer: Answered,
  version: KmipVersion,
  failure: Failure,
  message?: string,
): void {
  expect(answer).toMatchObject({
    status: 1,
    reason: FAILURES[failure][isVersion2(version) ? 1 : 0],
    ...(message === undefined ? {} : { message }),
  });
}

/** A request names its object so. */
export const uidOf = (uid: string) => ({ kind: 'text', uid }) as const;
export const PLACEHOLDER = { kind: 'placeholder' } as const;

/** One version of each family and its ends. */
export const FAMILIES: readonly KmipVersion[] = [10, 14, 20, 21];
