import type { GatewayStatus } from '../../generated/cryptobroker/gateway/v1/status.ts';
import { grpcJsTransport } from '../../grpc/grpc-js-transport.ts';
import { unary, type Method, type MethodCodec } from '../../grpc/method.ts';
import { ProbeHealth } from '../../grpc/probe-health.ts';
import type { Transport } from '../../grpc/transport.ts';
import {
  openUnixListeners,
  type OpenedListeners,
  type UnixListenersOptions,
} from '../../grpc/unix/unix-listeners.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { GATEWAY_STATUS, type UnaryWireMethod } from '../../uplink-wire/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import { listVaultKeys } from './vault-keys.ts';

export interface StatusServerOptions {
  readonly socket: Pick<UnixListenersOptions, 'paths' | 'allowSharedDirectory' | 'uid'>;
  readonly status: () => Promise<GatewayStatus>;
  readonly isReady: () => boolean;
  readonly vault: Vault;
  readonly clock: GatewayClock;
  readonly logger: Logger;
  /** A new id for an internal error: unguessable and unique. */
  readonly newIncident: () => string;
}

const MAX_CONNECTIONS = 64;
const MAX_STREAMS = 64;

/** Answers status and health (grpc.health.v1) on a Unix socket of mode 0600. */
export class StatusServer {
  readonly #options: StatusServerOptions;
  readonly #transport: Transport;
  readonly #health: ProbeHealth;
  #listeners: OpenedListeners | undefined;

  constructor(options: StatusServerOptions) {
    this.#options = options;
    const { clock, logger, newIncident, isReady } = options;
    this.#health = new ProbeHealth([GATEWAY_STATUS.service], isReady);
    this.#transport = grpcJsTransport({
      methods: [...methods(options), ...this.#health.methods],
      policy: {
        observe: ({ path: method, status: code, incident, cause }) => {
          if (incident === undefined) return;
          logger.error('status call failed', { method, code, incident, cause: textOf(cause) });
        },
        newIncident,
        monotonicMs: clock.monotonicMs,
      },
      limits: { maxConcurrentStreams: MAX_STREAMS, maxConnections: MAX_CONNECTIONS },
      now: clock.now,
      onFault: (what, error) => {
        logger.warn('trouble on the status socket', { what, reason: textOf(error) });
      },
    });
  }

  /** Throws the SOCKET_* errors; then nothing is left behind. */
  async start(): Promise<void> {
    const { socket, logger } = this.#options;
    const listeners = await openUnixListeners({ ...socket, binder: this.#transport });
    for (const warning of listeners.warnings) logger.warn(warning);
    listeners.serve();
    this.#listeners = listeners;
  }

  /** Looks whether clients are served, for those who watch. To be called every second or so. */
  refresh(): void {
    this.#health.refresh();
  }

  async stop(milliseconds: number): Promise<void> {
    this.#health.end();
    this.#listeners?.close();
    await this.#transport.drain(milliseconds);
  }
}

function methods({ status, vault }: StatusServerOptions): readonly Method[] {
  const { getStatus, listKeys, listQuarantine } = GATEWAY_STATUS;
  return [
    unary({ ...row(getStatus), handle: () => status() }),
    unary({
      ...row(listKeys),
      handle: (request) => listVaultKeys(vault, request, { quarantinedOnly: false }),
    }),
    unary({
      ...row(listQuarantine),
      handle: (request) => listVaultKeys(vault, request, { quarantinedOnly: true }),
    }),
  ];
}

function row<Request, Response>(
  method: UnaryWireMethod<Request, Response>,
): MethodCodec<Request, Response> & { readonly path: string } {
  return {
    path: method.path,
    decode: (bytes) => method.request.decode(bytes),
    encode: (response) => method.response.encode(response),
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
