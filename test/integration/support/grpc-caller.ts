import { Client, credentials, Metadata, type CallOptions, type ServiceError } from '@grpc/grpc-js';
import {
  HashDataRequest,
  HashDataResponse,
} from '../../../src/generated/cryptobroker/crypto_broker.ts';
import {
  HealthCheckRequest,
  HealthCheckResponse,
} from '../../../src/generated/grpc/health/v1/health.ts';

export const HASH_DATA = '/CryptoBroker.CryptoGrpc/HashData';
export const SIGN_CERTIFICATE = '/CryptoBroker.CryptoGrpc/SignCertificate';
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';

/** How a call ended. */
export interface CallEnd {
  /** Number of the gRPC status. */
  readonly status: number;
  readonly details: string;
  /** Trailer `cryptobroker-error`. */
  readonly code: string | undefined;
  readonly incident: string | undefined;
  readonly response: Buffer | undefined;
}

/** A call under way. */
export interface StartedCall {
  readonly ended: Promise<CallEnd>;
  cancel(): void;
}

const same = (bytes: Buffer): Buffer => bytes;
const trailer = (metadata: Metadata | undefined, name: string): string | undefined => {
  const [value] = metadata?.get(name) ?? [];
  return typeof value === 'string' ? value : undefined;
};

/** A client of @grpc/grpc-js that sends any bytes to any method, without retries. */
export class GrpcCaller {
  readonly #client: Client;

  constructor(socket: string) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  start(
    path: string,
    request: Uint8Array,
    options: CallOptions & { metadata?: Metadata } = {},
  ): StartedCall {
    const { metadata = new Metadata(), ...callOptions } = options;
    let cancel = (): void => undefined;
    const ended = new Promise<CallEnd>((resolve) => {
      const done = (error: ServiceError | null, response?: Buffer): void => {
        resolve({
          status: error?.code ?? 0,
          details: error?.details ?? '',
          code: trailer(error?.metadata, 'cryptobroker-error'),
          incident: trailer(error?.metadata, 'cryptobroker-incident'),
          response,
        });
      };
      const call = this.#client.makeUnaryRequest(
        path,
        same,
        same,
        Buffer.from(request),
        metadata,
        callOptions,
        done,
      );
      cancel = () => {
        call.cancel();
      };
    });
    return {
      ended,
      cancel: () => {
        cancel();
      },
    };
  }

  async call(
    path: string,
    request: Uint8Array,
    options: CallOptions & { metadata?: Metadata } = {},
  ): Promise<CallEnd> {
    return await this.start(path, request, options).ended;
  }

  /** Opens a server-streaming call and yields its messages. */
  stream(path: string, request: Uint8Array): AsyncIterable<Buffer> & { cancel(): void } {
    return this.#client.makeServerStreamRequest(path, same, same, Buffer.from(request));
  }

  async hash(
    profile: string,
    input: string | Uint8Array,
    options: CallOptions = {},
  ): Promise<CallEnd> {
    return await this.call(HASH_DATA, hashRequest(profile, input), options);
  }

  /** The proof that the server still serves: health, and a hash with its published answer (FIPS 202). */
  async expectServing(): Promise<void> {
    const health = await this.call(
      HEALTH_CHECK,
      HealthCheckRequest.encode({ service: '' }).finish(),
    );
    const status = HealthCheckResponse.decode(health.response ?? Buffer.alloc(0)).status;
    const hash = await this.hash('Default', 'abc');
    const value = HashDataResponse.decode(hash.response ?? Buffer.alloc(0)).hashValue?.value;
    if (status !== 1 || typeof value !== 'string' || !value.startsWith('b751850b1a57168a')) {
      throw new Error(`the server does not serve: health ${status}, hash status ${hash.status}`);
    }
  }

  close(): void {
    this.#client.close();
  }
}

export function hashRequest(profile: string, input: string | Uint8Array): Uint8Array {
  return HashDataRequest.encode({
    profile,
    input: typeof input === 'string' ? Buffer.from(input) : input,
    metadata: undefined,
    outputFormat: 0,
  }).finish();
}
