import type { CryptoProvider, SigningKey } from '../../crypto/provider.ts';
import {
  Governance,
  SealingMode,
  type ClientTrust,
  type Scope,
  type SignedGovernance,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { timestampOf } from '../../uplink-wire/index.ts';
import type { CoreStore } from '../store/core-store.ts';
import type { GatewayRecord } from '../store/gateways.ts';
import type { ServiceRecord } from '../store/services.ts';

export interface GovernorOptions {
  readonly provider: CryptoProvider;
  readonly store: CoreStore;
  readonly grantKey: SigningKey;
  readonly clusterId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Says to each Gateway how it is to behave, and signs it, so that the Gateway can keep it for a start without the Core. */
export class Governor {
  readonly #options: GovernorOptions;

  constructor(options: GovernorOptions) {
    this.#options = options;
  }

  /** Rises with every change of anything that any Gateway is told. */
  get version(): number {
    return this.#options.store.core.get()?.governanceVersion ?? 0;
  }

  /** What this Gateway may serve: services of tenants that are active. */
  scopes(gateway: GatewayRecord): Scope[] {
    return this.#services(gateway).map(({ tenantId, serviceId, serviceKeyId }) => ({
      tenantId,
      serviceId,
      serviceKeyId,
      sealing: SealingMode.SEALING_MODE_SERVICE_KEY,
    }));
  }

  signed(gateway: GatewayRecord): SignedGovernance {
    const { provider, grantKey, clusterId, now } = this.#options;
    const services = this.#services(gateway);
    const governance = Governance.encode({
      clusterId,
      gatewayId: gateway.gatewayId,
      version: BigInt(this.version),
      issuedAt: timestampOf(now()),
      policies: services.map(({ policy }) => policy),
      clientTrust: this.#trust(services),
    }).finish();
    return { governance, signature: provider.signingKeys.sign(grantKey, governance) };
  }

  #services(gateway: GatewayRecord): readonly ServiceRecord[] {
    const { store } = this.#options;
    if (gateway.state !== 'ACTIVE') return [];
    return store.services
      .ofGateway(gateway.gatewayId)
      .filter(({ tenantId }) => store.tenants.get(tenantId)?.state === 'ACTIVE');
  }

  /** The trust of each tenant, once. */
  #trust(services: readonly ServiceRecord[]): ClientTrust[] {
    const { store } = this.#options;
    const tenants = new Set(services.map(({ tenantId }) => tenantId));
    return [...tenants].flatMap((tenantId) => {
      const trust = store.tenants.get(tenantId)?.trust;
      return trust === undefined ? [] : [trust];
    });
  }
}
