import {
  GrantTerms,
  type ServiceKeyGrant,
} from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import type { Gateway, Service } from '../../../src/generated/cryptobroker/gateway/v1/admin.ts';
import type { ServiceKey } from '../../../src/crypto/provider.ts';
import { issueLeaf, type UplinkCredentials } from '../uplink-pki.ts';
import { CORE_ADMIN } from './admin-client.ts';
import { HandGateway, type HandGatewayOptions, type HandStream } from './hand-gateway.ts';
import { startTestCore, type TestCore } from './test-core.ts';

export const TENANT = 'acme';
export const SERVICE = 'orders';

/** A tenant with one service, whose clients come with certificates of the same CA. */
export interface Scene {
  readonly service: Service;
  readonly client: UplinkCredentials;
}

export async function makeScene({ admin, home }: TestCore, tenantId = TENANT): Promise<Scene> {
  await admin.call(CORE_ADMIN.createTenant, {
    tenantId,
    name: 'A tenant',
    trust: {
      tenantId,
      caBundle: Buffer.from(home.ca.certificatePem),
      rules: [
        {
          match: { $case: 'spiffePrefix', value: `spiffe://test/${tenantId}/` },
          serviceId: SERVICE,
          operations: [],
        },
      ],
    },
  });
  const service = await admin.call(CORE_ADMIN.createService, {
    tenantId,
    serviceId: SERVICE,
    policy: undefined,
  });
  const client = await issueLeaf(home.ca, {
    usage: 'client',
    uris: [`spiffe://test/${tenantId}/workload`],
  });
  return { service, client };
}

/** Declares a Gateway for services of these tenants. */
export async function declareGateway(
  { admin }: TestCore,
  name = 'edge-1',
  tenants: readonly string[] = [TENANT],
): Promise<Gateway> {
  return await admin.call(CORE_ADMIN.createGateway, {
    name,
    identity: identityOf(name),
    scopes: tenants.map((tenantId) => ({
      tenantId,
      serviceId: SERVICE,
      serviceKeyId: '',
      sealing: 0,
    })),
  });
}

export function identityOf(name: string): string {
  return `spiffe://test/gateway/${name}`;
}

/** A Core with a tenant, its service, and one Gateway that may enrol. */
export async function startDeclaredCore(): Promise<TestCore> {
  const test = await startTestCore();
  await makeScene(test);
  await declareGateway(test);
  return test;
}

/** A Gateway with a good certificate; not enrolled yet. */
export async function makeGateway(
  { core, home, provider }: TestCore,
  name = 'edge-1',
  options: Partial<HandGatewayOptions> = {},
): Promise<HandGateway> {
  const credentials =
    options.credentials ??
    (await issueLeaf(home.ca, { usage: 'client', uris: [identityOf(name)] }));
  return new HandGateway({
    address: core.facts.uplinkAddress,
    caPem: home.ca.certificatePem,
    credentials,
    provider,
    name,
    ...options,
  });
}

/** A Gateway that is declared, enrolled, connected, and holds its first service key. */
export interface LinkedGateway {
  readonly gateway: HandGateway;
  readonly stream: HandStream;
  readonly key: ServiceKey;
  readonly terms: GrantTerms;
}

export async function linkGateway(
  test: TestCore,
  name = 'edge-1',
  options: Partial<HandGatewayOptions> = {},
): Promise<LinkedGateway> {
  const gateway = await makeGateway(test, name, options);
  await gateway.enroll();
  const stream = gateway.connect();
  const { key, terms } = await takeGrant(gateway, stream);
  return { gateway, stream, key, terms };
}

/** Opens the next grant and acknowledges it. */
export async function takeGrant(
  gateway: HandGateway,
  stream: HandStream,
): Promise<{
  readonly key: ServiceKey;
  readonly terms: GrantTerms;
  readonly grant: ServiceKeyGrant;
}> {
  const grant = await stream.next('serviceKeyGrant');
  const key = gateway.unseal(grant);
  stream.acknowledgeGrant(grant, key.checkValue);
  return { key, terms: GrantTerms.decode(grant.terms), grant };
}
