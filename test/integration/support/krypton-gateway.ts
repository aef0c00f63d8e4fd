import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { callLocal } from '../../../src/cli/local/call-local.ts';
import type { GatewayStatus } from '../../../src/generated/cryptobroker/gateway/v1/status.ts';
import { GATEWAY_STATUS } from '../../../src/uplink-wire/index.ts';
import type { CertificateFiles, KryptonCertificates } from './krypton-certificates.ts';
import { gatewayIdentity } from './krypton-core.ts';
import { KryptonProcess } from './krypton-process.ts';
import { eventually } from './krypton-wait.ts';

export interface GatewayPlace {
  readonly directory: string;
  readonly certificates: KryptonCertificates;
  readonly name: string;
  /** Where it finds the Core. */
  readonly core: string;
  /** Further arguments of `cryptobroker gateway run`. */
  readonly args?: readonly string[];
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** A Gateway as a process, with a vault that outlives it. */
export class KryptonGateway {
  readonly directory: string;
  readonly vaultDirectory: string;
  readonly statusSocket: string;
  readonly #place: GatewayPlace;
  readonly #kmip: CertificateFiles;
  readonly #uplink: CertificateFiles;
  readonly #logs: string[] = [];
  #process: KryptonProcess | undefined;
  #port = 0;

  private constructor(place: GatewayPlace, kmip: CertificateFiles, uplink: CertificateFiles) {
    this.#place = place;
    this.directory = join(place.directory, place.name);
    this.vaultDirectory = join(this.directory, 'vault');
    this.statusSocket = join(this.directory, 'status.sock');
    this.#kmip = kmip;
    this.#uplink = uplink;
    mkdirSync(this.directory, { mode: 0o700 });
  }

  /** Makes its certificates, and starts it. Resolves when it listens: it need not have reached its Core. */
  static async start(place: GatewayPlace): Promise<KryptonGateway> {
    const { certificates, name } = place;
    const kmip = await certificates.server(`${name}-kmip`, 'kmip');
    const uplink = await certificates.issueFiles(`${name}-uplink`, 'uplink', {
      names: { uri: [gatewayIdentity(name)] },
      usage: 'client',
      commonName: name,
    });
    const gateway = new KryptonGateway(place, kmip, uplink);
    await gateway.start();
    return gateway;
  }

  /** Starts it, again on the port it had before. */
  async start(): Promise<void> {
    const { certificates, core, args = [], nodeArgs = [] } = this.#place;
    this.#process = await KryptonProcess.start(
      [
        ...['gateway', 'run', '--listen', `127.0.0.1:${this.#port}`],
        ...['--cert', this.#kmip.cert, '--key', this.#kmip.key],
        ...['--vault-dir', this.vaultDirectory],
        ...['--sealing-key', join(this.directory, 'sealing.pem')],
        ...['--status-socket', this.statusSocket, '--core', core],
        ...['--core-ca', certificates.caFile('uplink')],
        ...['--core-cert', this.#uplink.cert, '--core-key', this.#uplink.key, ...args],
      ],
      { nodeArgs, cwd: this.directory },
    );
    this.#port = Number(String(this.#process.facts['kmip']).split(':').at(-1));
  }

  get port(): number {
    return this.#port;
  }

  get process(): KryptonProcess {
    if (this.#process === undefined) throw new Error('the gateway does not run');
    return this.#process;
  }

  /** Everything that it logged, over all its lives. */
  log(): string {
    return [...this.#logs, this.#process?.log() ?? ''].join('\n');
  }

  async kill(): Promise<void> {
    await this.process.kill();
    this.#forget();
  }

  /** Returns its exit code. */
  async stop(): Promise<number | null> {
    const exit = await this.#process?.stop();
    this.#forget();
    return exit ?? null;
  }

  /** Kills it and starts it again. */
  async crash(): Promise<void> {
    await this.kill();
    await this.start();
  }

  #forget(): void {
    if (this.#process !== undefined) this.#logs.push(this.#process.log());
    this.#process = undefined;
  }

  async status(): Promise<GatewayStatus> {
    return await callLocal(this.statusSocket, GATEWAY_STATUS.getStatus, {});
  }

  /** Waits for a status that fits, and returns it. */
  async whenStatus(what: string, fits: (status: GatewayStatus) => boolean): Promise<GatewayStatus> {
    return await eventually(what, async () => {
      const status = await this.status();
      return fits(status) ? status : undefined;
    });
  }

  /** Linked, and with a key to wrap under for each of so many services. */
  async whenLinked(services = 1): Promise<GatewayStatus> {
    return await this.whenStatus(
      'a linked gateway',
      ({ link, serviceKeys }) =>
        link?.state === 'linked' && serviceKeys.filter(({ wraps }) => wraps).length >= services,
    );
  }

  async whenCut(): Promise<GatewayStatus> {
    return await this.whenStatus('a gateway that is cut off', ({ link }) => link?.state === 'cut');
  }

  /** Everything that was made here is known to the Core. */
  async whenDrained(): Promise<GatewayStatus> {
    return await this.whenStatus('an empty outbox', ({ outbox }) => outbox?.depth === 0n);
  }
}
