import { isIPv6 } from 'node:net';
import type { GatewayStatus } from '../generated/cryptobroker/gateway/v1/status.ts';
import { composeGateway, type GatewayParts } from './compose-gateway.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** The Gateway as a part: it owns its keys, its link and its listeners, and neither the process nor its signals. */
export interface Gateway {
  /**
   * Brings back what the vault remembers, serves KMIP, then dials the Core: clients are served from what is there also when
   * no Core answers. Throws what the sealing key, the vault or a socket is refused with; then nothing is left behind. Once.
   */
  start(): Promise<void>;
  /**
   * Ends KMIP requests within so many milliseconds, says Goodbye to the Core, writes what waits, wipes every key and closes
   * the vault. Harmless when it has not started.
   */
  stop(milliseconds: number): Promise<void>;
  status(): Promise<GatewayStatus>;
  /**
   * Whether KMIP clients are served: it listens, and it has the Core or a service key that may be used without it. A vault that
   * takes nothing new does not change that: keys that are there are served on.
   */
  readonly isReady: boolean;
}

/** How often leases are looked at, and how often what is not urgent is done, in ms. */
const SWEEP_MS = 1000;
const NOTE_MS = 60_000;

export function createGateway(options: GatewayOptions): Gateway {
  return new ComposedGateway(options);
}

class ComposedGateway implements Gateway {
  readonly #options: GatewayOptions;
  readonly #parts: GatewayParts;
  #sweeping: NodeJS.Timeout | undefined;
  #notedAt = 0;
  #stopped = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#parts = composeGateway(options);
  }

  async start(): Promise<void> {
    const { listener, uplink, statusServer, address } = this.#parts;
    try {
      await this.#parts.restore();
      await statusServer?.start();
      const port = await listener.start();
      const { kmipHost } = this.#options.settings;
      address.current = isIPv6(kmipHost) ? `[${kmipHost}]:${port}` : `${kmipHost}:${port}`;
      uplink.start();
      statusServer?.refresh();
      this.#notedAt = this.#options.clock.monotonicMs();
      this.#sweeping = setInterval(() => {
        this.#tick();
      }, SWEEP_MS).unref();
    } catch (error) {
      await this.stop(0);
      throw error;
    }
  }

  async stop(milliseconds: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#sweeping);
    const { listener, uplink, statusServer, audit, grants, address } = this.#parts;
    address.current = '';
    // Each is tried whatever became of the ones before: the last ones wipe keys and close the vault.
    await this.#attempt('closing the listener', () => listener.drain(milliseconds));
    await this.#attempt('closing the link', () => uplink.stop());
    await this.#attempt('writing the audit', () => audit.flush());
    await this.#attempt('noting leases', () => grants.noteConfirmations());
    this.#parts.wipe();
    await this.#attempt('closing the status socket', async () => statusServer?.stop(0));
    await this.#attempt('closing the vault', () => this.#options.vault.close());
  }

  async status(): Promise<GatewayStatus> {
    return await this.#parts.status();
  }

  get isReady(): boolean {
    return !this.#stopped && this.#parts.ready();
  }

  #tick(): void {
    const { cache, grants, retention, statusServer } = this.#parts;
    cache.sweep();
    statusServer?.refresh();
    const now = this.#options.clock.monotonicMs();
    if (now - this.#notedAt < NOTE_MS) return;
    this.#notedAt = now;
    this.#attempt('noting leases', () => grants.noteConfirmations()).catch(() => undefined);
    this.#attempt('forgetting old audit entries', () => retention.forgetOld()).catch(
      () => undefined,
    );
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.error(`${what} failed`, { reason });
    }
  }
}
