import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKmip, type KmipClient } from '../../../src/kmip-client/index.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../../src/kmip/tables/masks.ts';
import type { KmipVersion } from '../../../src/kmip/version.ts';
import type { ThrowawayLeaf } from '../../../src/x509/throwaway.ts';
import { TcpProxy } from '../../support/faults/tcp-proxy.ts';
import { KryptonCertificates } from './krypton-certificates.ts';
import { clientIdentity, KryptonCore, type ServiceWish } from './krypton-core.ts';
import { KryptonGateway, type GatewayPlace } from './krypton-gateway.ts';

export const TENANT = 'acme';
const SERVICE = 'payments';

/** What most clients do: their keys are active from birth. */
export const PAYMENTS: ServiceWish = {
  tenant: TENANT,
  service: SERVICE,
  policy: { activateOnCreate: true },
};

/** What a key is made for here. */
export const ENCRYPT_DECRYPT = CRYPTOGRAPHIC_USAGE_MASK.encrypt | CRYPTOGRAPHIC_USAGE_MASK.decrypt;

export const AES256 = { length: 256, usageMask: ENCRYPT_DECRYPT } as const;

export interface KryptonOptions {
  /** Default: `PAYMENTS` alone. */
  readonly services?: readonly ServiceWish[];
  /** Further arguments of the Gateway, and of the Node that runs it. */
  readonly gateway?: Pick<GatewayPlace, 'args' | 'nodeArgs'>;
  /** Further arguments of the Core. */
  readonly coreArgs?: readonly string[];
}

export interface ConnectOptions {
  readonly tenant?: string;
  readonly service?: string;
  readonly version?: KmipVersion;
  /** Whose certificate; default: that of the service's client. */
  readonly leaf?: ThrowawayLeaf;
  readonly gateway?: KryptonGateway;
  readonly timeoutMs?: number;
}

/** What is to be done when the tests of this file are over, the last first. */
const onEnd: (() => unknown)[] = [];

/** Ends every program that was started here, and takes its files away; for `afterAll`. */
export async function stopEverything(): Promise<void> {
  for (let step = onEnd.pop(); step !== undefined; step = onEnd.pop()) await step();
}

/** A Core, a Gateway enrolled with it, and the network between them: whole programs, in FIPS mode, on the native core. */
export class Krypton {
  readonly directory: string;
  readonly certificates: KryptonCertificates;
  readonly core: KryptonCore;
  /** The network between the Gateways and the Core. */
  readonly link: TcpProxy;
  readonly services: readonly ServiceWish[];
  readonly #gateways: KryptonGateway[] = [];
  readonly #clients = new Set<KmipClient>();
  readonly #leaves = new Map<string, Promise<ThrowawayLeaf>>();

  private constructor(
    parts: Pick<Krypton, 'directory' | 'certificates' | 'core' | 'link' | 'services'>,
  ) {
    this.directory = parts.directory;
    this.certificates = parts.certificates;
    this.core = parts.core;
    this.link = parts.link;
    this.services = parts.services;
  }

  static async start({
    services = [PAYMENTS],
    gateway = {},
    coreArgs = [],
  }: KryptonOptions = {}): Promise<Krypton> {
    const directory = mkdtempSync(join(tmpdir(), 'krypton-'));
    onEnd.push(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    const certificates = await KryptonCertificates.make(directory);
    const core = await KryptonCore.start(directory, certificates, coreArgs);
    onEnd.push(() => core.stop());
    const link = await TcpProxy.start(core.port);
    onEnd.push(() => link.stop());
    const krypton = new Krypton({ directory, certificates, core, link, services });
    onEnd.push(() => krypton.disconnect());
    await krypton.#declare();
    await krypton.addGateway('gateway-1', gateway);
    return krypton;
  }

  get gateway(): KryptonGateway {
    const [first] = this.#gateways;
    if (first === undefined) throw new Error('there is no gateway');
    return first;
  }

  /** A further Gateway for the same services, with a vault of its own. Resolves when it is linked. */
  async addGateway(
    name: string,
    options: Pick<GatewayPlace, 'args' | 'nodeArgs'> = {},
  ): Promise<KryptonGateway> {
    const { directory, certificates, link, core } = this;
    await core.declareGateway(name, this.services);
    const gateway = await KryptonGateway.start({
      ...{ directory, certificates, name, core: link.address },
      ...options,
    });
    this.#gateways.push(gateway);
    onEnd.push(() => gateway.stop());
    await gateway.whenLinked(this.services.length);
    return gateway;
  }

  /** Resets every connection between Gateways and Core, and refuses new ones. Resolves when the Gateway knows. */
  async cut(): Promise<void> {
    this.link.cut();
    await this.gateway.whenCut();
  }

  /** The network is back. Resolves when the Gateway is linked. */
  async restore(): Promise<void> {
    this.link.restore();
    await this.gateway.whenLinked(this.services.length);
  }

  /** Connects as the client of a service; the connection is closed at the end, if not before. */
  async connect(options: ConnectOptions = {}): Promise<KmipClient> {
    const { tenant = TENANT, service = SERVICE, version, gateway = this.gateway } = options;
    const { certificatePem, keyPem } = options.leaf ?? (await this.clientLeaf(tenant, service));
    const client = await connectKmip({
      ...{ host: '127.0.0.1', port: gateway.port, ca: this.certificates.caPem('kmip') },
      ...{ cert: certificatePem, key: keyPem, version, timeoutMs: options.timeoutMs },
    });
    this.#clients.add(client);
    return client;
  }

  /** The certificate of a service's client. */
  async clientLeaf(tenant = TENANT, service = SERVICE): Promise<ThrowawayLeaf> {
    const identity = clientIdentity(tenant, service);
    const leaf =
      this.#leaves.get(identity) ??
      this.certificates.issue('clients', {
        ...{ names: { uri: [identity] }, usage: 'client', commonName: 'app' },
      });
    this.#leaves.set(identity, leaf);
    return await leaf;
  }

  /** Closes what `connect` has opened. */
  async disconnect(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    this.#clients.clear();
  }

  /** What all the programs of this test have logged. */
  log(): string {
    return [this.core.log(), ...this.#gateways.map((gateway) => gateway.log())].join('\n');
  }

  async #declare(): Promise<void> {
    const tenants = new Map<string, string[]>();
    for (const { tenant, service } of this.services) {
      tenants.set(tenant, [...(tenants.get(tenant) ?? []), service]);
    }
    for (const [tenant, services] of tenants) await this.core.declareTenant(tenant, services);
    for (const service of this.services) await this.core.declareService(service);
  }
}
