import {
  Server,
  ServerCredentials,
  setLogger,
  status,
  Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import {
  OutboxResult,
  SealingMode,
  TunnelOutcome,
  type CoreFrame,
  type EnrollRequest,
  type EnrollResponse,
  type Event,
  type GatewayFrame,
  type Hello,
  type ServiceKeyGrant,
  type TunnelRequest,
  type TunnelResponse,
  EventKind,
  SealingScheme,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import {
  CONNECT,
  CORE_ERROR_TRAILER,
  ENROLL,
  EVENT_LANES,
  timestampOf,
  TUNNEL,
  type CoreErrorName,
  type KnownEventKind,
} from '../../../src/uplink-wire/index.ts';
import type { UplinkCredentials } from '../../support/uplink-pki.ts';

export type GatewayFrameCase = NonNullable<GatewayFrame['frame']>['$case'];
type ValueOf<Case extends GatewayFrameCase> = Extract<
  NonNullable<GatewayFrame['frame']>,
  { $case: Case }
>['value'];

/** A call refused by the Core. */
export class Refusal extends Error {
  readonly code: number;
  readonly details: string;
  readonly metadata = new Metadata();

  constructor(code: number, details: string, name?: CoreErrorName) {
    super(details);
    this.code = code;
    this.details = details;
    if (name !== undefined) this.metadata.set(CORE_ERROR_TRAILER, name);
  }
}

/** One connection as the Core sees it. The test says what the Core sends. */
export class CoreStream {
  readonly received: NonNullable<GatewayFrame['frame']>[] = [];
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #waiting: (() => void)[] = [];
  ended = false;

  constructor(call: ServerDuplexStream<Buffer, Buffer>, onFrame: (stream: CoreStream) => void) {
    this.#call = call;
    call.on('data', (bytes: Buffer) => {
      const { frame } = CONNECT.up.decode(bytes);
      if (frame === undefined) return;
      this.received.push(frame);
      onFrame(this);
      this.#tell();
    });
    const end = (): void => {
      this.ended = true;
      this.#tell();
    };
    call.on('end', () => {
      end();
      call.end();
    });
    call.on('cancelled', end);
    call.on('error', end);
  }

  send(frame: NonNullable<CoreFrame['frame']>): void {
    this.sendRaw(CONNECT.down.encode({ frame }));
  }

  sendRaw(bytes: Uint8Array): void {
    if (!this.ended) this.#call.write(Buffer.from(bytes));
  }

  welcome(epoch = 1n, resumeOk = true): void {
    this.send({
      $case: 'welcome',
      value: {
        epoch,
        resumeOk,
        serverTime: timestampOf(Date.now()),
        resumeToken: Buffer.from('token'),
      },
    });
  }

  laneFlushed(lane0 = 0n): void {
    this.send({ $case: 'laneFlushed', value: { lane0 } });
  }

  event(event: Event): void {
    this.send({ $case: 'event', value: event });
  }

  acknowledgeOutbox(sequences: readonly number[], result: OutboxResult = ACCEPTED): void {
    this.send({
      $case: 'outboxAck',
      value: {
        outcomes: sequences.map((sequence) => ({ sequence: BigInt(sequence), result, reason: '' })),
        acknowledged: BigInt(sequences.at(-1) ?? 0),
      },
    });
  }

  /** Ends the stream from the Core's side. */
  end(refusal?: Refusal): void {
    if (refusal === undefined) this.#call.end();
    else this.#call.emit('error', refusal);
  }

  frames<Case extends GatewayFrameCase>(kind: Case): ValueOf<Case>[] {
    return this.received
      .filter((frame) => frame.$case === kind)
      .map((frame) => frame.value as ValueOf<Case>);
  }

  /** The nth frame of a kind (from 1), waited for. */
  async frame<Case extends GatewayFrameCase>(kind: Case, nth = 1): Promise<ValueOf<Case>> {
    await this.until(() => this.frames(kind).length >= nth || this.ended);
    const found = this.frames(kind)[nth - 1];
    if (found === undefined) throw new Error(`the stream ended before ${kind} ${nth}`);
    return found;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const ACCEPTED = OutboxResult.OUTBOX_RESULT_ACCEPTED;

/** What the Core does; each part may be changed at any time. */
export interface CoreScript {
  enroll: (request: EnrollRequest, response: EnrollResponse) => EnrollResponse;
  /** Called with Hello. */
  hello: (stream: CoreStream, hello: Hello) => void;
  heartbeats: 'answered' | 'ignored';
  outbox: 'accepted' | 'ignored';
  tunnel: (request: TunnelRequest) => Promise<TunnelResponse>;
}

/** A Core that does as it is told: a real gRPC server over mTLS on the loopback. */
export class ScriptedCore {
  readonly enrolments: EnrollRequest[] = [];
  readonly streams: CoreStream[] = [];
  readonly tunnelled: TunnelRequest[] = [];
  readonly script: CoreScript = {
    enroll: (_request, response) => response,
    hello: (stream) => {
      stream.welcome();
      stream.laneFlushed();
    },
    heartbeats: 'answered',
    outbox: 'accepted',
    tunnel: () => Promise.resolve(tunnelAnswer()),
  };
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  #generation = 0n;
  port = 0;

  constructor() {
    setLogger({ error: () => undefined, info: () => undefined, debug: () => undefined });
    this.#server = new Server({
      'grpc.max_receive_message_length': 8 * 1024 * 1024,
      'grpc.max_send_message_length': -1,
    });
    const asIs = (bytes: Buffer): Buffer => bytes;
    this.#server.register(
      ENROLL.path,
      (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
        this.#enroll(call.request, respond);
      },
      asIs,
      asIs,
      'unary',
    );
    this.#server.register(
      TUNNEL.path,
      (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
        this.#tunnel(call.request, respond);
      },
      asIs,
      asIs,
      'unary',
    );
    this.#server.register(
      CONNECT.path,
      (call: ServerDuplexStream<Buffer, Buffer>) => {
        this.streams.push(
          new CoreStream(call, (stream) => {
            this.#onFrame(stream);
          }),
        );
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
      asIs,
      asIs,
      'bidi',
    );
  }

  /** Listens; `port` 0 is any. */
  async start(ca: string, { certificatePem, keyPem }: UplinkCredentials, port = 0): Promise<void> {
    const credentials = ServerCredentials.createSsl(
      Buffer.from(ca),
      [{ cert_chain: Buffer.from(certificatePem), private_key: Buffer.from(keyPem) }],
      true,
    );
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Ends at once, as a killed process does. */
  stop(): void {
    this.#server.forceShutdown();
  }

  /** The nth connection (from 1), waited for. */
  async stream(nth = 1): Promise<CoreStream> {
    for (;;) {
      const stream = this.streams[nth - 1];
      if (stream !== undefined) return stream;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #enroll(bytes: Buffer, respond: sendUnaryData<Buffer>): void {
    const request = ENROLL.request.decode(bytes);
    this.enrolments.push(request);
    this.#generation += 1n;
    try {
      const response = this.script.enroll(request, enrollAnswer(this.#generation));
      respond(null, Buffer.from(ENROLL.response.encode(response)));
    } catch (error) {
      respond(error as Refusal);
    }
  }

  #tunnel(bytes: Buffer, respond: sendUnaryData<Buffer>): void {
    // A copy: the views die with the request.
    const request = TUNNEL.request.decode(Buffer.from(bytes));
    this.tunnelled.push(request);
    this.script.tunnel(request).then(
      (response) => {
        respond(null, Buffer.from(TUNNEL.response.encode(response)));
      },
      (error: unknown) => {
        respond(error instanceof Refusal ? error : new Refusal(status.INTERNAL, 'script failed'));
      },
    );
  }

  #onFrame(stream: CoreStream): void {
    const frame = stream.received.at(-1);
    switch (frame?.$case) {
      case 'hello':
        this.script.hello(stream, frame.value);
        return;
      case 'heartbeat':
        if (this.script.heartbeats === 'answered') answerHeartbeat(stream, frame.value.sequence);
        return;
      case 'outboxBatch':
        if (this.script.outbox === 'accepted') {
          stream.acknowledgeOutbox(frame.value.items.map(({ sequence }) => Number(sequence)));
        }
        return;
      default:
        return;
    }
  }
}

export function answerHeartbeat(stream: CoreStream, sequence: bigint, skewMs = 0): void {
  stream.send({
    $case: 'heartbeatAck',
    value: {
      sequence,
      serverTime: timestampOf(Date.now() + skewMs),
      renewed: [],
      governanceVersion: 1n,
    },
  });
}

function enrollAnswer(generation: bigint): EnrollResponse {
  return {
    gatewayId: 'gw-1',
    generation,
    core: {
      clusterId: 'cluster-1',
      epoch: 1n,
      region: 'eu-1',
      serverTime: timestampOf(Date.now()),
      grantKeySpki: Buffer.alloc(120, 1),
    },
    scopes: [
      {
        tenantId: 'acme',
        serviceId: 'payments',
        serviceKeyId: 'sk-1',
        sealing: SealingMode.SEALING_MODE_SERVICE_KEY,
      },
    ],
    governance: { governance: Buffer.from('governance'), signature: Buffer.from('signature') },
    heartbeatIntervalMs: 50,
    staleAfterMs: 10_000,
    lostAfterMs: 20_000,
  };
}

export function tunnelAnswer(text = 'answer'): TunnelResponse {
  return {
    rawResponse: Buffer.from(text),
    outcome: TunnelOutcome.TUNNEL_OUTCOME_EXECUTED,
    directives: [],
    coreSequence: 1n,
    executedAt: undefined,
  };
}

export function keyEvent(kind: KnownEventKind, sequence: number, uid = `key-${sequence}`): Event {
  return {
    eventId: `event-${kind}-${sequence}`,
    lane: EVENT_LANES[kind],
    laneSequence: BigInt(sequence),
    kind,
    tenantId: 'acme',
    serviceId: 'payments',
    serviceKeyId: 'sk-1',
    serviceKeyVersion: 0,
    uid,
    reasonCode: 0,
    reasonMessage: '',
    effectiveAt: timestampOf(Date.now()),
    correlationId: '',
    epoch: 1n,
    attributes:
      kind === EventKind.EVENT_KIND_KEY_ATTRIBUTES ? Buffer.from('attributes') : Buffer.alloc(0),
  };
}

export function grant(id = 1): ServiceKeyGrant {
  return {
    terms: Buffer.from(`terms-${id}`),
    sealedKey: {
      scheme: SealingScheme.SEALING_SCHEME_ECDH_P384_KW,
      ephemeralPublic: Buffer.alloc(97, 4),
      wrappedKey: Buffer.alloc(40, 5),
    },
    coreSignature: Buffer.alloc(100, 6),
  };
}
