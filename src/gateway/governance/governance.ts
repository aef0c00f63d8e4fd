import type { SigningKeys } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  SignedGovernance,
  type ClientTrust,
  type Governance as WireGovernance,
  type ServicePolicy,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { strictDecoder } from '../../grpc/strict-decode.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { governanceCodec, millisecondsOf, UPLINK_LIMITS } from '../../uplink-wire/index.ts';
import type { Vault } from '../../vault/index.ts';
import type { CoreKnowledge, KnownCore } from './core-knowledge.ts';

export interface GovernanceOptions {
  readonly signingKeys: SigningKeys;
  readonly vault: Vault;
  readonly core: CoreKnowledge;
  readonly logger: Logger;
  /** Who may speak for whom has changed. */
  readonly onTrust: (trust: readonly ClientTrust[]) => void;
  /** Policies have changed; called before `onTrust`. */
  readonly onPolicies: () => void;
}

const STATE = 'governance';
const decodeSigned = strictDecoder(SignedGovernance, {});

/** What the Core decides about tenants and services: signed, versioned, and kept for a restart without the Core. */
export class Governance {
  readonly #options: GovernanceOptions;
  #version = 0n;
  /** Milliseconds since 1970. */
  #issuedAt = 0;
  /** By tenant and service. */
  #policies: ReadonlyMap<string, ReadonlyMap<string, ServicePolicy>> = new Map();
  #trust: readonly ClientTrust[] = [];

  constructor(options: GovernanceOptions) {
    this.#options = options;
  }

  get version(): bigint {
    return this.#version;
  }

  get trust(): readonly ClientTrust[] {
    return this.#trust;
  }

  get policies(): readonly ServicePolicy[] {
    return [...this.#policies.values()].flatMap((ofTenant) => [...ofTenant.values()]);
  }

  policy(tenantId: string, serviceId: string): ServicePolicy | undefined {
    return this.#policies.get(tenantId)?.get(serviceId);
  }

  /** What was kept. A copy that is not genuine any more is passed over with an alarm: nobody is served by it. */
  async restore(): Promise<void> {
    const { core, vault, logger } = this.#options;
    const bytes = await vault.readState(STATE);
    if (bytes === undefined || core.identity === undefined) return;
    try {
      this.#accept(this.#check(decodeSigned(bytes), core.identity));
    } catch (error) {
      logger.error('kept governance refused', { reason: textOf(error) });
    }
  }

  /**
   * Takes what the Core sends: durable before it counts. GOVERNANCE_REFUSED when it is not signed by the Core's grant key,
   * is for another Gateway, cannot be read, or is older than what is there.
   */
  async apply(signed: SignedGovernance): Promise<void> {
    const { core, vault } = this.#options;
    if (core.identity === undefined) throw refused('it came before the enrolment');
    const governance = this.#check(signed, core.identity);
    const { version } = governance;
    if (
      version < this.#version ||
      (version === this.#version && issuedAtOf(governance) < this.#issuedAt)
    ) {
      throw refused('it is older than what is known');
    }
    const states = new Map([[STATE, SignedGovernance.encode(signed).finish()]]);
    await vault.commit({ states });
    this.#accept(governance);
  }

  #check(signed: SignedGovernance, core: KnownCore): WireGovernance {
    if (signed.governance.byteLength > UPLINK_LIMITS.governance) throw refused('it is too large');
    // The signature first: nothing of unsigned bytes is looked into.
    if (!this.#options.signingKeys.verify(core.grantKey, signed.governance, signed.signature)) {
      throw refused('its signature is wrong');
    }
    const governance = decode(signed.governance);
    if (governance.clusterId !== core.clusterId || governance.gatewayId !== core.gatewayId) {
      throw refused('it is for another gateway');
    }
    return governance;
  }

  #accept(governance: WireGovernance): void {
    this.#version = governance.version;
    this.#issuedAt = issuedAtOf(governance);
    const policies = new Map<string, Map<string, ServicePolicy>>();
    for (const policy of governance.policies) {
      const { tenantId, serviceId } = policy;
      const ofTenant = policies.get(tenantId) ?? new Map<string, ServicePolicy>();
      policies.set(tenantId, ofTenant.set(serviceId, policy));
    }
    this.#policies = policies;
    this.#trust = governance.clientTrust;
    this.#options.onPolicies();
    this.#options.onTrust(this.#trust);
  }
}

function decode(bytes: Uint8Array): WireGovernance {
  try {
    // A copy: policies and bundles live on, the message they came in does not.
    return governanceCodec.decode(bytes.slice());
  } catch (cause) {
    throw refused('it cannot be read', cause);
  }
}

function refused(reason: string, cause?: unknown): BrokerError {
  return new BrokerError('GOVERNANCE_REFUSED', `governance refused: ${reason}`, { cause });
}

function issuedAtOf({ issuedAt }: WireGovernance): number {
  return issuedAt === undefined ? 0 : millisecondsOf(issuedAt);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
