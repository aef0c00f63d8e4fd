import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, credentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { CryptoProvider, SealingKey, ServiceKey } from '../../../src/crypto/provider.ts';
import {
  GrantResult,
  GrantTerms,
  OutboxEntry,
  type CoreFrame,
  type EnrollRequest,
  type EnrollResponse,
  type Event,
  type GatewayFrame,
  type LanePosition,
  type LoadedGrant,
  type ServiceKeyGrant,
  type TunnelRequest,
  type TunnelResponse,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import { encodeCanonical } from '../../../src/kmip/attributes/canonical.ts';
import {
  CONNECT,
  CORE_ERROR_TRAILER,
  ENROLL,
  timestampOf,
  TUNNEL,
  type UnaryWireMethod,
} from '../../../src/uplink-wire/index.ts';
import type { UplinkCredentials } from '../uplink-pki.ts';

type Frame = NonNullable<CoreFrame['frame']>;
type FrameCase = Frame['$case'];
type FrameOf<Case extends FrameCase> = Extract<Frame, { $case: Case }>['value'];

/** How a call was refused. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string | undefined;

  constructor(error: ServiceError) {
    super(error.details);
    this.status = error.code;
    const [code] = error.metadata.get(CORE_ERROR_TRAILER);
    this.code = typeof code === 'string' ? code : undefined;
  }
}

const same = (bytes: Buffer): Buffer => bytes;
const PATIENCE_MS = 10_000;

export interface HandGatewayOptions {
  readonly address: string;
  readonly caPem: string;
  readonly credentials: UplinkCredentials;
  readonly provider: CryptoProvider;
  readonly name: string;
  readonly vaultId?: string;
  readonly vaultGeneration?: bigint;
  readonly instanceId?: string;
  readonly sealingKey?: SealingKey;
}

/** A Gateway made by hand: it does what a test says, frame by frame. */
export class HandGateway {
  readonly name: string;
  readonly vaultId: string;
  readonly vaultGeneration: bigint;
  readonly instanceId: string;
  readonly sealingKey: SealingKey;
  readonly #client: Client;
  readonly #provider: CryptoProvider;
  enrolled: EnrollResponse | undefined;

  constructor(options: HandGatewayOptions) {
    this.name = options.name;
    this.vaultId = options.vaultId ?? randomUUID();
    this.vaultGeneration = options.vaultGeneration ?? 1n;
    this.instanceId = options.instanceId ?? randomUUID();
    this.#provider = options.provider;
    this.sealingKey = options.sealingKey ?? options.provider.serviceKeys.generateSealingKey();
    this.#client = new Client(
      options.address,
      credentials.createSsl(
        Buffer.from(options.caPem),
        Buffer.from(options.credentials.keyPem),
        Buffer.from(options.credentials.certificatePem),
      ),
      {
        'grpc.ssl_target_name_override': 'localhost',
        'grpc.enable_retries': 0,
        'grpc.use_local_subchannel_pool': 1,
        'grpc.initial_reconnect_backoff_ms': 50,
        'grpc.max_reconnect_backoff_ms': 100,
      },
    );
    onTestFinished(() => {
      this.close();
    });
  }

  enrollRequest(changes: Partial<EnrollRequest> = {}): EnrollRequest {
    return {
      gatewayName: this.name,
      instanceId: this.instanceId,
      vaultId: this.vaultId,
      vaultGeneration: this.vaultGeneration,
      sealingKeys: [
        {
          keyId: this.sealingKey.keyId,
          scheme: 1,
          spkiDer: this.sealingKey.publicKey,
          bootEphemeral: false,
        },
      ],
      software: {
        name: 'hand',
        version: '0',
        openssl: '',
        fipsProvider: '',
        kmipVersions: ['1.4'],
      },
      capabilities: [],
      lastCore: undefined,
      ...changes,
    };
  }

  async enroll(changes: Partial<EnrollRequest> = {}): Promise<EnrollResponse> {
    this.enrolled = await this.unary(ENROLL, this.enrollRequest(changes));
    return this.enrolled;
  }

  get generation(): bigint {
    return this.enrolled?.generation ?? 0n;
  }

  /** Opens the stream and says Hello. */
  connect(hello: Partial<Parameters<HandStream['hello']>[0]> = {}): HandStream {
    const call = this.#client.makeBidiStreamRequest(CONNECT.path, same, same);
    const stream = new HandStream(call);
    stream.hello({ generation: this.generation, ...hello });
    return stream;
  }

  /** A stream on which nothing was said yet. */
  open(): HandStream {
    return new HandStream(this.#client.makeBidiStreamRequest(CONNECT.path, same, same));
  }

  async tunnel(
    request: Pick<TunnelRequest, 'tenantId' | 'serviceId' | 'rawRequest'> &
      Partial<TunnelRequest> & { readonly clientPem: string },
    deadlineMs = PATIENCE_MS,
  ): Promise<TunnelResponse> {
    const { clientPem, ...rest } = request;
    const der = Buffer.from(clientPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    return await this.unary(
      TUNNEL,
      {
        requestId: randomUUID(),
        generation: this.generation,
        client: {
          chainDer: [der],
          spiffeId: '',
          subject: '',
          issuer: '',
          serial: '',
          spkiSha256: new Uint8Array(32),
          tlsVersion: '',
          cipher: '',
          peerAddress: '',
          authenticatedAt: undefined,
        },
        kmipMajor: 1,
        kmipMinor: 4,
        operations: [],
        correlationId: 'correlation',
        traceparent: '',
        attempt: 1,
        minOutboxSequence: 0n,
        ...rest,
      },
      deadlineMs,
    );
  }

  async unary<Request, Response>(
    method: UnaryWireMethod<Request, Response>,
    request: Request,
    deadlineMs = PATIENCE_MS,
  ): Promise<Response> {
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        same,
        same,
        Buffer.from(method.request.encode(request)),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (error !== null) reject(new Refused(error));
          else resolve(method.response.decode(response ?? Buffer.alloc(0)));
        },
      );
    });
  }

  /** Opens a grant as a Gateway does. Throws what the provider throws. */
  unseal(grant: ServiceKeyGrant): ServiceKey {
    return unsealGrant(this.#provider, this.sealingKey, grant);
  }

  close(): void {
    this.#client.close();
  }
}

/** Opens a grant that was sealed to this key. Throws what the provider throws. */
export function unsealGrant(
  { serviceKeys }: Pick<CryptoProvider, 'serviceKeys'>,
  sealingKey: SealingKey,
  { terms, sealedKey }: ServiceKeyGrant,
): ServiceKey {
  if (sealedKey === undefined) throw new Error('a grant without a key');
  const context = createHash('sha384').update(terms).digest();
  return serviceKeys.open(sealingKey, sealedKey, context);
}

/** One stream; the frames of the Core wait here until a test asks for them. */
export class HandStream {
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #frames: Frame[] = [];
  readonly #waiting = new Set<() => void>();
  #end: Refused | 'ended' | undefined;

  constructor(call: ClientDuplexStream<Buffer, Buffer>) {
    this.#call = call;
    call.on('data', (bytes: Buffer) => {
      const { frame } = CONNECT.down.decode(bytes);
      if (frame !== undefined) this.#frames.push(frame);
      this.#wake();
    });
    call.on('error', (error: ServiceError) => {
      this.#end ??= new Refused(error);
      this.#wake();
    });
    call.on('end', () => {
      // A refusal comes as an error behind it.
      setImmediate(() => {
        this.#end ??= 'ended';
        this.#wake();
      });
    });
  }

  /** Everything that has come, and was not taken. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  hello(hello: {
    readonly generation: bigint;
    readonly applied?: LanePosition;
    readonly loaded?: LoadedGrant[];
    readonly keys?: bigint;
    readonly resumeToken?: Uint8Array;
    readonly outboxAcknowledged?: bigint;
  }): void {
    this.send({
      $case: 'hello',
      value: {
        generation: hello.generation,
        resumeToken: hello.resumeToken ?? new Uint8Array(),
        loaded: hello.loaded ?? [],
        outboxHead: hello.outboxAcknowledged ?? 0n,
        outboxAcknowledged: hello.outboxAcknowledged ?? 0n,
        keys: hello.keys ?? 0n,
        applied: hello.applied ?? { lane0: 0n, lane1: 0n, lane2: 0n },
      },
    });
  }

  send(frame: NonNullable<GatewayFrame['frame']>): void {
    this.#call.write(Buffer.from(CONNECT.up.encode({ frame })));
  }

  /** Any bytes in the place of a frame. */
  sendBytes(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  heartbeat(
    sequence: bigint,
    facts: { readonly applied?: LanePosition; readonly loaded?: LoadedGrant[] } = {},
  ): void {
    this.send({
      $case: 'heartbeat',
      value: {
        sequence,
        wallTime: timestampOf(Date.now()),
        monotonicMs: 1n,
        applied: facts.applied ?? { lane0: 0n, lane1: 0n, lane2: 0n },
        outboxDepth: 0n,
        outboxOldestMs: 0n,
        auditHead: 0n,
        loaded: facts.loaded ?? [],
        fips: 'off',
        rssBytes: 1n,
      },
    });
  }

  acknowledge(event: Event): void {
    this.send({
      $case: 'eventAck',
      value: {
        lane: event.lane,
        laneSequence: event.laneSequence,
        appliedAt: timestampOf(Date.now()),
      },
    });
  }

  acknowledgeGrant(
    grant: ServiceKeyGrant,
    keyCheckValue: Uint8Array,
    result: GrantResult = GrantResult.GRANT_RESULT_LOADED,
  ): void {
    const { grantId } = GrantTerms.decode(grant.terms);
    this.send({ $case: 'grantAck', value: { grantId, result, keyCheckValue } });
  }

  /** Sends a batch from `first` on and gives the answer. */
  async outbox(first: bigint, entries: readonly Uint8Array[]): Promise<FrameOf<'outboxAck'>> {
    this.send({
      $case: 'outboxBatch',
      value: {
        items: entries.map((entry, index) => ({ sequence: first + BigInt(index), entry })),
      },
    });
    return await this.next('outboxAck');
  }

  /** The next frame of this kind; frames of other kinds before it stay. */
  async next<Case extends FrameCase>(kind: Case): Promise<FrameOf<Case>> {
    return (await this.take((frame) => frame.$case === kind, kind)).value as FrameOf<Case>;
  }

  /** The next frame, whatever its kind. */
  async any(): Promise<Frame> {
    return await this.take(() => true, 'any frame');
  }

  async take(wanted: (frame: Frame) => boolean, name: string): Promise<Frame> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const index = this.#frames.findIndex(wanted);
      const [frame] = index < 0 ? [] : this.#frames.splice(index, 1);
      if (frame !== undefined) return frame;
      if (this.#end !== undefined) {
        throw this.#end === 'ended' ? new Error(`the stream ended before ${name}`) : this.#end;
      }
      await this.#changed(deadline, name);
    }
  }

  /** How the stream ended. */
  async ended(): Promise<Refused | 'ended'> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#end === undefined) await this.#changed(deadline, 'the end');
    return this.#end;
  }

  cancel(): void {
    this.#call.cancel();
  }

  async #changed(deadline: number, name: string): Promise<void> {
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`waited too long for ${name}`);
    const over = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      }),
      delay(left, undefined, { signal: over.signal, ref: false }).catch(() => undefined),
    ]);
    over.abort();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** An outbox entry with a key wrapped under a service key, as a Gateway makes it. */
export function makeEntry(
  provider: CryptoProvider,
  key: ServiceKey,
  facts: Pick<OutboxEntry, 'tenantId' | 'serviceId' | 'serviceKeyId' | 'serviceKeyVersion'> &
    Partial<OutboxEntry>,
): OutboxEntry {
  const made = provider.dataKeys.create(key, 256, Buffer.from('header of the vault'));
  const uid = facts.uid ?? randomUUID();
  return {
    entryId: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'),
    kind: 1,
    uid,
    objectType: 2,
    state: 2,
    attributes: encodeCanonical(
      AttributeSet.of([
        { name: 'Unique Identifier', value: { type: 'textString', value: uid } },
        { name: 'Cryptographic Algorithm', value: { type: 'enumeration', value: 3 } },
        { name: 'Cryptographic Length', value: { type: 'integer', value: 256 } },
      ]),
    ),
    creator: 'spiffe://test/workload',
    creatorSpkiSha256: new Uint8Array(32),
    createdAt: timestampOf(Date.now()),
    monotonicMs: 1n,
    offline: false,
    wrappedSha256: createHash('sha256').update(made.wrapped).digest(),
    wrapped: made.wrapped,
    digest: made.digest,
    ...facts,
  };
}

export function encodeEntry(entry: OutboxEntry): Uint8Array {
  return OutboxEntry.encode(entry).finish();
}
