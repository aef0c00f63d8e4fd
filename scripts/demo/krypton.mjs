// A reference Core and a Gateway enrolled with it, on fresh certificates and a link that can be cut.

import { CLIENT_IDENTITY, GATEWAY_IDENTITY, makeCertificates } from './certificates.mjs';
import { freePort } from './free-port.mjs';
import { Link } from './link.mjs';
import { command, commandJson, Program, until } from './program.mjs';

export const TENANT = 'acme';
export const SERVICE = 'payments';

/** Where KMIP usually is, and where our Core usually is. */
const KMIP_PORT = 5696;
const CORE_PORT = 7443;

export class Krypton {
  /**
   * @param {{scratch: import('./scratch.mjs').Scratch, signal: AbortSignal}} options
   * @returns {Promise<Krypton>}
   */
  static async start({ scratch, signal }) {
    const krypton = new Krypton();
    krypton.scratch = scratch;
    krypton.certificates = await makeCertificates(scratch);
    try {
      await krypton.#startCore(signal);
      await krypton.#declare();
      await krypton.#startGateway(signal);
      return krypton;
    } catch (error) {
      await krypton.stop();
      throw error;
    }
  }

  /** Resolves when one of the two has ended by itself. */
  get ended() {
    return Promise.race([this.core.ended, this.gateway.ended]);
  }

  async stop() {
    await this.gateway?.stop();
    await this.link?.close();
    await this.core?.stop();
  }

  lastLogLines() {
    return `${this.core.lastLogLines()}\n${this.gateway.lastLogLines()}`;
  }

  /** What the Gateway says of itself. */
  async status() {
    return commandJson('gateway', 'status', '--status-socket', this.statusSocket);
  }

  /** Asks the Core's administration. */
  async admin(...args) {
    return commandJson('core', ...args, '--admin-socket', this.adminSocket);
  }

  /** Runs `cryptobroker kmip …` as the demonstration's client. */
  async kmip(...args) {
    return commandJson('kmip', ...args, ...this.kmipOptions);
  }

  get kmipOptions() {
    const { kmipCa, client } = this.certificates;
    return [
      '--server',
      `localhost:${this.kmipPort}`,
      '--ca',
      kmipCa.certificate,
      '--cert',
      client.certificate,
      '--key',
      client.key,
    ];
  }

  async #startCore(signal) {
    const { scratch, certificates } = this;
    this.corePort = await freePort(CORE_PORT);
    this.adminSocket = scratch.file('core.sock');
    this.coreData = scratch.directory('core');
    const rootSecret = scratch.file('root-secret');
    await command('core', 'root-secret', rootSecret);
    this.core = new Program({
      name: 'Core',
      log: scratch.file('core.log'),
      args: [
        'core',
        ...['--listen', `127.0.0.1:${this.corePort}`],
        ...['--cert', certificates.core.certificate],
        ...['--key', certificates.core.key],
        ...['--gateway-ca', certificates.coreCa.certificate],
        ...['--data-dir', this.coreData],
        ...['--root-secret-file', rootSecret],
        ...['--admin-socket', this.adminSocket],
      ],
    });
    await this.core.serving(until('the Core', () => this.admin('status'), { signal }));
  }

  /** What an administrator says once: who the tenant's clients are, what it has, and which Gateway serves it. */
  async #declare() {
    const { clientCa } = this.certificates;
    await this.admin(
      ...['tenant', 'create', TENANT, '--client-ca', clientCa.certificate],
      ...['--rule', `${SERVICE}=spiffe:${CLIENT_IDENTITY}`],
    );
    await this.admin('service', 'create', TENANT, SERVICE, '--policy', 'activate-on-create=true');
    await this.admin(
      ...['gateway', 'create', 'gateway-1', '--identity', GATEWAY_IDENTITY],
      ...['--scope', `${TENANT}/${SERVICE}`],
    );
  }

  async #startGateway(signal) {
    const { scratch, certificates } = this;
    this.link = await Link.to(this.corePort);
    this.kmipPort = await freePort(KMIP_PORT);
    this.statusSocket = scratch.file('gateway.sock');
    this.vaultDirectory = scratch.directory('vault');
    this.gateway = new Program({
      name: 'Gateway',
      log: scratch.file('gateway.log'),
      args: [
        'gateway',
        ...['--listen', `127.0.0.1:${this.kmipPort}`],
        ...['--cert', certificates.kmip.certificate],
        ...['--key', certificates.kmip.key],
        ...['--vault-dir', this.vaultDirectory],
        ...['--sealing-key', scratch.file('sealing.pem')],
        ...['--status-socket', this.statusSocket],
        ...['--core', `127.0.0.1:${this.link.port}`],
        ...['--core-identity', 'localhost'],
        ...['--core-ca', certificates.coreCa.certificate],
        ...['--core-cert', certificates.gateway.certificate],
        ...['--core-key', certificates.gateway.key],
      ],
    });
    const startedAt = performance.now();
    await this.gateway.serving(
      until('the Gateway', async () => ((await this.isReady()) ? true : undefined), { signal }),
    );
    this.startMs = performance.now() - startedAt;
  }

  /** Linked, and with a service key to wrap under. */
  async isReady() {
    const { link, serviceKeys } = await this.status();
    return link.state === 'linked' && serviceKeys.some(({ wraps }) => wraps);
  }
}
