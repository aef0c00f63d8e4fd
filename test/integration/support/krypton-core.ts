import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callLocal } from '../../../src/cli/local/call-local.ts';
import { DEFAULT_POLICY } from '../../../src/core/governance/policy.ts';
import type {
  BlastRadius,
  GetStatusResponse,
  KeyDetails,
  Service,
} from '../../../src/generated/cryptobroker/gateway/v1/admin.ts';
import type { ServicePolicy } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { CORE_ADMIN, type UnaryWireMethod } from '../../../src/uplink-wire/index.ts';
import type { CertificateFiles, KryptonCertificates } from './krypton-certificates.ts';
import { KryptonProcess } from './krypton-process.ts';

/** A service that a test wants. */
export interface ServiceWish {
  readonly tenant: string;
  readonly service: string;
  /** What differs from the Core's defaults. */
  readonly policy?: Partial<ServicePolicy>;
}

/** SPIFFE id of a service's client. */
export function clientIdentity(tenant: string, service: string): string {
  return `spiffe://${tenant}.test/${service}/app`;
}

/** URI that a Gateway's certificate carries. */
export function gatewayIdentity(name: string): string {
  return `spiffe://test/gateway/${name}`;
}

/** A reference Core as a process, with a data directory that outlives it. */
export class KryptonCore {
  readonly dataDirectory: string;
  readonly adminSocket: string;
  readonly #certificates: KryptonCertificates;
  readonly #files: CertificateFiles;
  readonly #args: readonly string[];
  readonly #secretFile: string;
  readonly #logs: string[] = [];
  #process: KryptonProcess | undefined;
  #port = 0;

  private constructor(
    directory: string,
    certificates: KryptonCertificates,
    files: CertificateFiles,
    args: readonly string[],
  ) {
    this.#args = args;
    this.dataDirectory = join(directory, 'core');
    this.adminSocket = join(directory, 'core.sock');
    this.#secretFile = join(directory, 'root.secret');
    this.#certificates = certificates;
    this.#files = files;
    writeFileSync(this.#secretFile, randomBytes(32), { mode: 0o600 });
  }

  /** `args`: further arguments of `cryptobroker core run`. */
  static async start(
    directory: string,
    certificates: KryptonCertificates,
    args: readonly string[] = [],
  ): Promise<KryptonCore> {
    const files = await certificates.server('core', 'uplink');
    const core = new KryptonCore(directory, certificates, files, args);
    await core.start();
    return core;
  }

  /** Arguments of `cryptobroker core run` for this Core. */
  get arguments(): readonly string[] {
    return [
      ...['core', 'run', '--listen', `127.0.0.1:${this.#port}`],
      ...['--cert', this.#files.cert, '--key', this.#files.key],
      ...['--gateway-ca', this.#certificates.caFile('uplink')],
      ...['--data-dir', this.dataDirectory, '--root-secret-file', this.#secretFile],
      ...['--admin-socket', this.adminSocket, ...this.#args],
    ];
  }

  /** Starts it, again on the port it had before. */
  async start(): Promise<void> {
    this.#process = await KryptonProcess.start(this.arguments);
    this.#port = Number(String(this.#process.facts['uplink']).split(':').at(-1));
  }

  get port(): number {
    return this.#port;
  }

  get process(): KryptonProcess {
    if (this.#process === undefined) throw new Error('the core does not run');
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

  #forget(): void {
    if (this.#process !== undefined) this.#logs.push(this.#process.log());
    this.#process = undefined;
  }

  /** Calls the administration. Rejects with BrokerError. */
  async admin<Request, Response>(
    method: UnaryWireMethod<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return await callLocal(this.adminSocket, method, request);
  }

  /** Makes a tenant whose clients are recognised by `spiffe://<tenant>.test/<service>/…`. */
  async declareTenant(tenantId: string, services: readonly string[]): Promise<void> {
    await this.admin(CORE_ADMIN.createTenant, {
      tenantId,
      name: tenantId,
      trust: {
        tenantId,
        caBundle: Buffer.from(this.#certificates.caPem('clients')),
        rules: services.map((serviceId) => ({
          match: {
            $case: 'spiffePrefix' as const,
            value: `spiffe://${tenantId}.test/${serviceId}/`,
          },
          serviceId,
          operations: [],
        })),
      },
    });
  }

  async declareService({ tenant, service, policy }: ServiceWish): Promise<Service> {
    return await this.admin(CORE_ADMIN.createService, {
      tenantId: tenant,
      serviceId: service,
      policy: fullPolicy(tenant, service, policy),
    });
  }

  async setPolicy({ tenant, service, policy }: ServiceWish): Promise<void> {
    await this.admin(CORE_ADMIN.setServicePolicy, { policy: fullPolicy(tenant, service, policy) });
  }

  async declareGateway(name: string, scopes: readonly ServiceWish[]): Promise<void> {
    await this.admin(CORE_ADMIN.createGateway, {
      name,
      identity: gatewayIdentity(name),
      scopes: scopes.map(({ tenant, service }) => ({
        ...{ tenantId: tenant, serviceId: service, serviceKeyId: '', sealing: 0 },
      })),
    });
  }

  /** Suspends, resumes, deactivates, compromises or destroys a key. */
  async setKey(tenantId: string, uid: string, action: string): Promise<BlastRadius> {
    return await this.admin(CORE_ADMIN.setKeyState, {
      ...{ tenantId, uid, action, reasonCode: 0, reasonMessage: '', dryRun: false },
    });
  }

  async setTenant(tenantId: string, state: 'ACTIVE' | 'SUSPENDED' | 'REVOKED'): Promise<void> {
    await this.admin(CORE_ADMIN.setTenantState, { tenantId, state, dryRun: false });
  }

  async status(): Promise<GetStatusResponse> {
    return await this.admin(CORE_ADMIN.getStatus, {});
  }

  async key(tenantId: string, uid: string): Promise<KeyDetails> {
    return await this.admin(CORE_ADMIN.getKey, { tenantId, uid });
  }

  /** Uids of all keys of a tenant. */
  async keys(tenantId: string): Promise<ReadonlySet<string>> {
    const uids = new Set<string>();
    let after = '';
    do {
      const page = await this.admin(CORE_ADMIN.listKeys, {
        ...{ tenantId, serviceId: '', limit: 1000, after, state: 0 },
      });
      for (const { uid } of page.keys) uids.add(uid);
      after = page.next;
    } while (after !== '');
    return uids;
  }
}

function fullPolicy(
  tenantId: string,
  serviceId: string,
  policy: Partial<ServicePolicy> = {},
): ServicePolicy {
  return { ...DEFAULT_POLICY, tenantId, serviceId, ...policy };
}
