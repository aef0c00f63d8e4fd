import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, type Client, type SignCertificateRequest } from '../../../../src/client/index.ts';
import type { KmipClient } from '../../../../src/kmip-client/index.ts';
import { REVOCATION_REASON_CODE } from '../../../../src/kmip/tables/enumerations.ts';
import { makeThrowawayCa } from '../../../../src/x509/throwaway.ts';
import { AES256, Krypton } from '../../../integration/support/krypton.ts';
import { KEY_KINDS, requestOf } from '../../../support/pki.ts';
import { startBroker, type BrokerProcess } from '../../../support/programs.ts';
import { freePorts } from '../free-ports.ts';
import { startPrometheus, type RunningPrometheus } from '../prometheus.ts';

export type ObservedProgram = 'server' | 'gateway' | 'core';

/** How often Prometheus looks. */
const SCRAPE_SECONDS = 1;

/** A Broker, a Gateway and a Core at work, and a Prometheus that watches them. */
export class ObservedPrograms {
  readonly prometheus: RunningPrometheus;
  readonly krypton: Krypton;
  readonly targets: Readonly<Record<ObservedProgram, string>>;
  readonly #broker: BrokerProcess;
  readonly #client: Client;
  readonly #kmip: KmipClient;
  readonly #directory: string;

  private constructor(
    parts: Pick<ObservedPrograms, 'prometheus' | 'krypton' | 'targets'>,
    own: { broker: BrokerProcess; client: Client; kmip: KmipClient; directory: string },
  ) {
    this.prometheus = parts.prometheus;
    this.krypton = parts.krypton;
    this.targets = parts.targets;
    this.#broker = own.broker;
    this.#client = own.client;
    this.#kmip = own.kmip;
    this.#directory = own.directory;
  }

  static async start(prometheusProgram: string): Promise<ObservedPrograms> {
    const [server, gateway, core, own] = await freePorts(4);
    const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-observed-'));
    const at = (port: number): string => `127.0.0.1:${port}`;
    const targets = { server: at(server), gateway: at(gateway), core: at(core) };
    const listen = (program: ObservedProgram) => ['--telemetry-listen', targets[program]];
    const broker = await startBroker({ args: listen('server') });
    const krypton = await Krypton.start({
      gateway: { args: listen('gateway') },
      coreArgs: listen('core'),
    });
    const config = join(directory, 'prometheus.json');
    const data = join(directory, 'data');
    mkdirSync(data);
    writeFileSync(config, JSON.stringify(scrapeConfig(targets)));
    const prometheus = await startPrometheus(prometheusProgram, {
      config,
      directory: data,
      port: own,
    });
    const client = connect({ socket: broker.socket });
    const kmip = await krypton.connect();
    return new ObservedPrograms(
      { prometheus, krypton, targets },
      { broker, client, kmip, directory },
    );
  }

  /** Works for so many seconds: hashes, certificates, a few mistakes; keys made, read, looked for in vain, and revoked. */
  async work(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1000;
    const broker = async (): Promise<void> => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const profile =
          turn % 50 === 49 ? 'no such profile' : turn % 3 === 0 ? 'SHA-256' : 'Default';
        await this.#client.hashData({ profile, input: 'observed' }).catch(() => undefined);
        await wait(2);
      }
    };
    const request = await certificateRequest();
    const issuing = async (): Promise<void> => {
      while (performance.now() < until) {
        await this.#client.signCertificate(request);
        await wait(50);
      }
    };
    const kmip = async (): Promise<void> => {
      while (performance.now() < until) {
        const { uid } = await this.#kmip.create(AES256);
        for (let reads = 0; reads < 10; reads += 1) await this.#kmip.get(uid);
        await this.#kmip.get('no-such-key').catch(() => undefined);
        await this.#kmip.revoke(uid, { reason: REVOCATION_REASON_CODE.cessationOfOperation });
        await wait(10);
      }
    };
    await Promise.all([broker(), broker(), issuing(), kmip()]);
  }

  /** Everything that one of the programs exposes. */
  async exposed(program: ObservedProgram): Promise<string> {
    const answer = await fetch(`http://${this.targets[program]}/metrics`);
    if (!answer.ok) throw new Error(`${program} answers ${answer.status}`);
    return await answer.text();
  }

  async stop(): Promise<void> {
    await this.prometheus.stop();
    await this.#client.close();
    await this.#broker.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function certificateRequest(): Promise<SignCertificateRequest> {
  const now = Math.floor(Date.now() / 1000);
  const ca = await makeThrowawayCa({ key: KEY_KINDS['P-521'], now, commonName: 'Observed CA' });
  const { csrPem } = await requestOf('P-384');
  return { profile: 'Default', csr: csrPem, caPrivateKey: ca.keyPem, caCert: ca.certificatePem };
}

function scrapeConfig(targets: ObservedPrograms['targets']) {
  return {
    global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
    scrape_configs: Object.entries(targets).map(([program, target]) => ({
      job_name: program,
      static_configs: [{ targets: [target], labels: { instance: program } }],
    })),
  };
}
