import { isIP } from 'node:net';
import {
  Client,
  connectivityState,
  credentials,
  Metadata,
  status,
  type ClientDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';
import type { GatewayFrame } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import {
  CONNECT,
  CORE_ERROR_TRAILER,
  parseCoreErrorName,
  UPLINK_LIMITS,
  type UnaryWireMethod,
} from '../uplink-wire/index.ts';
import { CallFailure } from './call-failure.ts';
import { identityProblem, type ExpectedCore } from './core-identity.ts';
import { FrameStream } from './frame-stream.ts';
import type { CoreAddress } from './core-address.ts';
import type { UplinkCertificates, UplinkClock, UplinkLimits, UplinkTls } from './options.ts';
import { OwnSockets } from './own-sockets.ts';
import { loadSecureContext } from './tls-files.ts';

export interface CoreChannelOptions {
  readonly address: CoreAddress;
  readonly tls: UplinkTls;
  readonly expected: ExpectedCore;
  readonly limits: UplinkLimits;
  readonly clock: UplinkClock;
  readonly certificatesRead?: ((files: UplinkCertificates) => void) | undefined;
}

export interface CallOptions {
  /** Monotonic ms. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** Fails unless the connection stands already; so a call that fails may have been sent, or certainly was not. */
  readonly connected?: boolean;
}

/** SNI for a Core that is known by its URI and dialled by its IP address, which may not be sent as a name (RFC 6066 §3). */
const NO_NAME = 'core.invalid';

/**
 * One connection to the Core, by @grpc/grpc-js over mTLS. It lasts for one attempt: the next one reads the certificate
 * files again.
 */
export class CoreChannel {
  readonly #client: Client;
  readonly #clock: UplinkClock;
  readonly #sockets = new OwnSockets();
  #identityProblem: string | undefined;

  /** Throws UPLINK_TLS_UNUSABLE. Connects with the first call. */
  constructor(options: CoreChannelOptions) {
    const { address, expected, limits, tls, certificatesRead } = options;
    this.#clock = options.clock;
    const security = credentials.createFromSecureContext(loadSecureContext(tls, certificatesRead), {
      checkServerIdentity: (_host, certificate) => {
        this.#identityProblem = identityProblem(expected, certificate);
        return this.#identityProblem === undefined ? undefined : new Error(this.#identityProblem);
      },
    });
    this.#sockets.watch(security);
    const host = expected.kind === 'name' ? expected.name : address.host;
    this.#client = new Client(address.target, security, {
      'grpc.ssl_target_name_override': isIP(host) === 0 ? host : NO_NAME,
      'grpc.max_receive_message_length': UPLINK_LIMITS.message,
      'grpc.max_send_message_length': UPLINK_LIMITS.message,
      'grpc.keepalive_time_ms': limits.keepaliveMs,
      'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
      'grpc.keepalive_permit_without_calls': 1,
      // Retrying is ours: it needs the request id and the link's state.
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      // A proxy is never taken from the environment: TLS would end in it.
      'grpc.enable_http_proxy': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
    });
  }

  /** One request, one response; rejects with CallFailure, or with what the response's check throws. */
  async unary<Request, Response>(
    method: UnaryWireMethod<Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<Response> {
    const bytes = method.request.encode(request);
    try {
      const answer = await this.#send(method.path, bytes, options);
      return decodeOrWipe(method, answer);
    } finally {
      // Ours is wiped. grpc-js has framed a copy of it for the connection, and TLS has encrypted that: neither can be
      // reached from here, so for a while the heap holds what a client registered. Views of the answer are the caller's.
      if (method.secret) bytes.fill(0);
    }
  }

  /** Opens UplinkService.Connect. */
  connect(): FrameStream {
    const call: ClientDuplexStream<GatewayFrame, Buffer> = this.#client.makeBidiStreamRequest(
      CONNECT.path,
      (frame: GatewayFrame) => asBuffer(CONNECT.up.encode(frame)),
      asIs,
      new Metadata(),
    );
    return new FrameStream(call, (error) => this.#failure(error));
  }

  /** Ends the connection and every call on it, at once. */
  close(): void {
    this.#client.close();
    this.#sockets.destroy();
  }

  async #send(path: string, bytes: Uint8Array, options: CallOptions): Promise<Buffer> {
    const { signal } = options;
    if (signal?.aborted === true) throw aborted(false);
    if (options.connected === true && !this.#isConnected) throw aborted(false);
    const left = options.deadline - this.#clock.monotonicMs();
    if (left <= 0) {
      throw new CallFailure('no time left', { status: status.DEADLINE_EXCEEDED, sent: false });
    }
    return await new Promise<Buffer>((resolve, reject) => {
      let cancelled = false;
      const call = this.#client.makeUnaryRequest(
        path,
        asBuffer,
        asIs,
        bytes,
        new Metadata(),
        { deadline: new Date(this.#clock.wallMs() + left) },
        (error, answer) => {
          signal?.removeEventListener('abort', onAbort);
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else reject(cancelled ? aborted(true) : this.#failure(error));
        },
      );
      const onAbort = (): void => {
        cancelled = true;
        call.cancel();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  get #isConnected(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  #failure(error: ServiceError): CallFailure {
    const [trailer] = error.metadata.get(CORE_ERROR_TRAILER);
    const refusal = trailer === undefined ? undefined : parseCoreErrorName(trailer.toString());
    const untrusted = error.code === status.UNAVAILABLE ? this.#identityProblem : undefined;
    return new CallFailure(untrusted ?? plainWords(error.details), {
      status: error.code,
      refusal,
      sent: true,
      cause: error,
    });
  }
}

/**
 * grpc-js's account of a connection that failed is several sentences with times and addresses in them; what an operator
 * needs is the error inside.
 */
function plainWords(details: string): string {
  const inner =
    /Last error: (?:Error: )?(.*?)(?: \(\d{4}-[^)]*\))?(?:\. Resolution note:.*)?$/s.exec(details);
  return inner?.[1] ?? details;
}

function aborted(sent: boolean): CallFailure {
  return new CallFailure('the link to the core went down', { status: status.UNAVAILABLE, sent });
}

/** An answer that is refused has no owner to wipe it. */
function decodeOrWipe<Request, Response>(
  method: UnaryWireMethod<Request, Response>,
  answer: Buffer,
): Response {
  try {
    return method.response.decode(answer);
  } catch (error) {
    if (method.secret) answer.fill(0);
    throw error;
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const asIs = (bytes: Buffer): Buffer => bytes;
