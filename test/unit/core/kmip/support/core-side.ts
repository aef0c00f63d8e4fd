import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Administration } from '../../../../../src/core/admin/administration.ts';
import { createGateway } from '../../../../../src/core/admin/gateways.ts';
import { createService } from '../../../../../src/core/admin/services.ts';
import { createTenant } from '../../../../../src/core/admin/tenants.ts';
import { Publisher } from '../../../../../src/core/events/publisher.ts';
import type { KmipAnswer, KmipExecutor, VerifiedClient } from '../../../../../src/core/index.ts';
import { StagedWork } from '../../../../../src/core/keys/staged-work.ts';
import { createKmipExecutor } from '../../../../../src/core/kmip/index.ts';
import { KeyRing } from '../../../../../src/core/sealing/key-ring.ts';
import { openRootKeys } from '../../../../../src/core/sealing/root-key.ts';
import { staticRootSealer } from '../../../../../src/core/sealing/root-sealer.ts';
import { CoreStore } from '../../../../../src/core/store/core-store.ts';
import type { CryptoProvider } from '../../../../../src/crypto/provider.ts';
import {
  Event,
  type Directive,
  type ServicePolicy,
} from '../../../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { GatewayHub } from '../../../../../src/core/uplink-server/gateway-hub.ts';
import type { AttributeSet } from '../../../../../src/kmip/attributes/attribute-set.ts';
import type { ResponseItem } from '../../../../../src/kmip/messages/message.ts';
import { encodeRequest } from '../../../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../../../src/kmip/messages/response.ts';
import { getAttributeList } from '../../../../../src/kmip/payloads/get-attribute-list.ts';
import { getAttributes } from '../../../../../src/kmip/payloads/get-attributes.ts';
import type { PayloadCodec } from '../../../../../src/kmip/payloads/payload-codec.ts';
import { enumerationFacts } from '../../../../../src/kmip/tables/look-up.ts';
import { TAG } from '../../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../../src/kmip/version.ts';
import { captureLog, type CapturedLog } from '../../../../integration/support/captured-log.ts';
import { scratchDirectory } from '../../../../support/scratch.ts';

export const TENANT = 'acme';
export const SERVICE = 'orders';
/** When all of it happens, in seconds since 1970. */
export const NOW = 1_750_000_000;

/** An answer, with what came of it. */
export interface Told {
  readonly item: ResponseItem;
  readonly answer: Omit<KmipAnswer, 'release'>;
  readonly directives: readonly Directive[];
}

/** The Core's executor over a store on the disk, at a time that the test moves. */
export class CoreSide {
  readonly executor: KmipExecutor;
  readonly store: CoreStore;
  readonly directory: string;
  readonly log: CapturedLog = captureLog();
  readonly administration: Administration;
  /** Seconds since 1970. */
  now = NOW;
  readonly #keyRing: KeyRing;
  readonly #publisher: Publisher;
  #client: Pick<VerifiedClient, 'tenantId' | 'serviceId' | 'operations'> = {
    ...{ tenantId: TENANT, serviceId: SERVICE, operations: undefined },
  };

  constructor(provider: CryptoProvider) {
    this.directory = scratchDirectory();
    const now = (): number => this.now * 1000;
    const newId = (): string => randomUUID();
    const store = CoreStore.open({
      path: join(this.directory, 'core.db'),
      uid: process.getuid?.() ?? 0,
    });
    const rootKeys = openRootKeys({
      ...{ sealer: staticRootSealer(Buffer.alloc(32, 7)), provider, store, newId },
      ...{ region: 'test', now: now() },
    });
    const keyRing = new KeyRing({ provider, store, root: rootKeys.root });
    const publisher = new Publisher({ store, now, newId, epoch: 1 });
    const clock = { now, monotonicMs: () => 0 };
    const hub = new GatewayHub({ ...clock, heartbeatMs: 1000, lostMs: 5000 });
    publisher.observe(hub);
    this.administration = {
      ...{ provider, store, keyRing, publisher, hub, newId, now, version: '0' },
      identity: () => {
        throw new Error('not asked for');
      },
      uplinkAddress: () => '',
    };
    this.store = store;
    this.#keyRing = keyRing;
    this.#publisher = publisher;
    const { logger } = this.log;
    this.executor = createKmipExecutor({ provider, clock, newId, logger });
    onTestFinished(() => {
      keyRing.dropAll();
      rootKeys.drop();
      store.close();
    });
  }

  addService(tenantId = TENANT, policy?: Partial<ServicePolicy>): void {
    createTenant(this.administration, { tenantId, name: '', trust: undefined });
    const service = { tenantId, serviceId: SERVICE };
    createService(this.administration, { ...service, policy: undefined });
    const record = this.store.services.get(tenantId, SERVICE);
    if (policy !== undefined && record !== undefined) {
      this.store.services.setPolicy(tenantId, SERVICE, { ...record.policy, ...policy });
    }
  }

  /** Declares a gateway of the test's service, and enrols it as if it had come; its id. */
  addGateway(name: string): string {
    const { gatewayId } = createGateway(this.administration, {
      name,
      identity: `spiffe://test/gateway/${name}`,
      scopes: [{ tenantId: TENANT, serviceId: SERVICE, serviceKeyId: '', sealing: 0 }],
    });
    const instance = { instanceId: 'of the test', vaultId: `of ${name}` };
    this.store.gateways.enrol(gatewayId, { generation: 1, ...instance, sealingKeys: [] });
    return gatewayId;
  }

  /** Speaks for another client from here on. */
  as(client: Partial<Pick<VerifiedClient, 'tenantId' | 'serviceId' | 'operations'>>): void {
    this.#client = { ...this.#client, ...client };
  }

  /** A piece of work for the client. */
  work(): StagedWork {
    const { tenantId, serviceId } = this.#client;
    const service = this.store.services.get(tenantId, serviceId);
    if (service === undefined) throw new Error('no service');
    return new StagedWork({
      ...{ store: this.store, keyRing: this.#keyRing, publisher: this.#publisher, service },
      ...{ gatewayId: 'edge', actor: 'tester', correlationId: 'c-1', now: this.now },
    });
  }

  /** Sends a whole message and makes its changes durable as the tunnel does. */
  async send(request: Uint8Array): Promise<Told> {
    const work = this.work();
    const client = { ...this.#client, name: 'tester', spkiSha256: new Uint8Array(32) };
    const call = { client, request, deadline: 1000, correlationId: 'c-1' };
    const answer = await this.executor.execute(call, work);
    const commits = answer.succeeded && work.hasChanges;
    expect(commits && answer.secret).toBe(false);
    if (commits) {
      this.store.transaction(() => {
        work.commit();
      });
      if (work.destroys) this.store.shred();
    }
    const directives = answer.succeeded ? work.directives() : [];
    const response = Uint8Array.from(answer.response);
    answer.release();
    const [item] = decodeResponse(response).items;
    if (item === undefined) throw new Error('an answer without an item');
    return { item, answer: { ...answer, response }, directives };
  }

  /** Sends one request and gives its answer as it came. */
  tell<Request>(
    version: KmipVersion,
    codec: PayloadCodec<Request, unknown>,
    request: Request,
  ): Promise<Told> {
    return this.send(messageOf(version, codec, request));
  }

  /** Sends one request that must succeed. */
  async ask<Request, Response, ReadRequest extends Request, ReadResponse extends Response>(
    version: KmipVersion,
    codec: PayloadCodec<Request, Response, ReadRequest, ReadResponse>,
    request: Request,
  ): Promise<ReadResponse & { readonly told: Told }> {
    const told = await this.send(messageOf(version, codec, request));
    const { item } = told;
    expect(item.message).toBeUndefined();
    expect(item).toMatchObject({ status: 0, operation: codec.operation });
    const reader = new TtlvReader(item.payload ?? new Uint8Array());
    return { ...codec.decodeResponse(reader, version), told };
  }

  /** Sends one request that must fail, and says with what Result Reason; it must have changed nothing. */
  async refusal<Request>(
    version: KmipVersion,
    codec: PayloadCodec<Request, unknown>,
    request: Request,
  ): Promise<string> {
    const { item, answer, directives } = await this.tell(version, codec, request);
    expect(answer.succeeded).toBe(false);
    expect(directives).toEqual([]);
    expect(item).toMatchObject({ status: 1, operation: codec.operation });
    return reasonName(item.reason);
  }

  /** Every attribute of an object; without names, an answer leaves some of them out. */
  async attributes(version: KmipVersion, uid: string): Promise<AttributeSet> {
    const { names } = await this.ask(version, getAttributeList, { uid: named(uid) });
    return (await this.ask(version, getAttributes, { uid: named(uid), names })).attributes;
  }

  /** Events that wait for a gateway, lane 0 first. */
  events(gatewayId: string): Event[] {
    return ([0, 1, 2] as const).flatMap((lane) =>
      this.store.events.after(gatewayId, lane, 0, 100).map(({ event }) => Event.decode(event)),
    );
  }
}

export function reasonName(reason: number | undefined): string {
  return enumerationFacts(TAG.resultReason, reason ?? 0)?.name ?? 'none';
}

export function messageOf<Request>(
  version: KmipVersion,
  codec: PayloadCodec<Request, unknown>,
  request: Request,
): Uint8Array {
  const writer = new TtlvWriter();
  const header = { version, hasAuthentication: false, errorContinuation: 'stop' } as const;
  const payload = (into: TtlvWriter): void => {
    codec.encodeRequest(into, request, version);
  };
  encodeRequest(writer, header, [{ operation: codec.operation, payload }]);
  return Uint8Array.from(writer.finish());
}

/** A request's object, by its Unique Identifier. */
export function named(uid: string): { readonly kind: 'text'; readonly uid: string } {
  return { kind: 'text', uid };
}
