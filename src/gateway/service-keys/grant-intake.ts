import type { CryptoProvider, ServiceKey } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import {
  GrantCache,
  GrantResult,
  type GrantAck,
  type ServiceKeyGrant,
  type ServicePolicy,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Vault } from '../../vault/index.ts';
import type { GatewayClock } from '../clock.ts';
import type { CoreKnowledge } from '../governance/core-knowledge.ts';
import type { TenantBlocks } from '../governance/tenant-blocks.ts';
import { checkGrant, readTerms, type CheckedGrant, type GrantFacts } from './grant-check.ts';
import {
  confirmationsNoted,
  forgetGrants,
  grantForgotten,
  grantKept,
  readGrants,
} from './grant-store.ts';
import type { SealingKeys } from './sealing-keys.ts';
import type { ServiceKeyCache } from './service-key-cache.ts';
import type { ServiceKeyRecords, StateChanges } from './service-key-records.ts';
import type { WallClock } from './wall-clock.ts';

export interface GrantIntakeOptions {
  readonly provider: Pick<CryptoProvider, 'digests' | 'signingKeys' | 'serviceKeys'>;
  readonly vault: Vault;
  readonly cache: ServiceKeyCache;
  readonly records: ServiceKeyRecords;
  readonly sealingKeys: () => SealingKeys;
  readonly core: CoreKnowledge;
  readonly clock: GatewayClock;
  readonly wall: WallClock;
  readonly policyOf: (tenantId: string, serviceId: string) => ServicePolicy | undefined;
  readonly blocks: TenantBlocks;
  readonly logger: Logger;
  /** A version has become usable: rows that wait for it can be bound. */
  readonly onLoaded: (facts: GrantFacts) => void;
}

/** Takes the Core's grants, opens them into the cache, and brings the kept ones back after a restart without the Core. */
export class GrantIntake {
  readonly #options: GrantIntakeOptions;
  #restored = false;

  constructor(options: GrantIntakeOptions) {
    this.#options = options;
  }

  /** A grant from the stream. What is wrong with it is in the answer; rejects for faults of our own alone. */
  async take(grant: ServiceKeyGrant): Promise<GrantAck> {
    const checked = this.#check(grant);
    if ('refused' in checked) return this.#refuse(checked.grantId, checked.refused);
    const { facts } = checked;
    if (facts.state === 'active' || facts.state === 'decrypt-only') {
      return await this.#takeUsable(grant, checked);
    }
    // It says that the key is not to be used: no freshness is asked for that.
    await this.#withdraw(facts, facts.state);
    return ack(facts.grantId, GrantResult.GRANT_RESULT_LOADED);
  }

  /**
   * Opens what was kept, for service without the Core: genuine, newest, not ended by then, and only when the wall clock
   * does not stand behind where it was. Time without the Core runs on from the last confirmation.
   */
  async restore(): Promise<void> {
    const { vault, wall, logger } = this.#options;
    let forget: StateChanges = new Map();
    for (const [name, { grant, confirmedAt }] of await readGrants(vault)) {
      const refusal = this.#restoreOne(grant, confirmedAt);
      if (refusal === undefined) continue;
      logger.warn('kept service key grant not used', { grant: name, reason: refusal.reason });
      if (refusal.forget !== undefined) {
        forget = new Map([...forget, ...grantForgotten(refusal.forget)]);
      }
    }
    wall.now();
    this.#restored = true;
    if (forget.size > 0) await vault.commit({ states: forget });
  }

  /** Forgets what the policies, as they are now, let nobody keep. */
  async forgetUnkept(): Promise<void> {
    const { vault, policyOf } = this.#options;
    const kept = await readGrants(vault);
    const states = await forgetGrants(vault, (name) => {
      const stored = kept.get(name);
      // One that has come in since is kept by the policies as they are now.
      if (stored === undefined) return false;
      const terms = readTerms(stored.grant);
      const policy = terms && policyOf(terms.tenantId, terms.serviceId);
      return policy?.grantCache !== GrantCache.GRANT_CACHE_SEALED;
    });
    if (states.size > 0) await vault.commit({ states });
  }

  /**
   * Writes down when the Core last confirmed each kept grant, and the wall clock: a restart goes on from there. Does nothing
   * before `restore`: a start that failed would write a clock that was set back over how far it had come.
   */
  async noteConfirmations(): Promise<void> {
    if (!this.#restored) return;
    const { cache, clock, vault, wall } = this.#options;
    const kept = cache
      .confirmations()
      .filter(({ facts }) => this.#isKept(facts))
      .map(({ facts, agoMs }) => ({ facts, at: clock.now() - agoMs }));
    await vault.commit({ states: confirmationsNoted(wall.now(), kept) });
  }

  #check(grant: ServiceKeyGrant): ReturnType<typeof checkGrant> {
    const { core, provider, sealingKeys, wall } = this.#options;
    const identity = core.identity;
    if (identity === undefined) {
      return { grantId: '', refused: GrantResult.GRANT_RESULT_NOT_FOR_US };
    }
    return checkGrant(
      grant,
      {
        clusterId: identity.clusterId,
        gatewayId: identity.gatewayId,
        grantKey: identity.grantKey,
        recipients: sealingKeys().ids,
        now: wall.now(),
      },
      provider,
    );
  }

  async #takeUsable(grant: ServiceKeyGrant, checked: CheckedGrant): Promise<GrantAck> {
    const { blocks, cache, clock, core, records, vault, logger, onLoaded } = this.#options;
    const { facts } = checked;
    const held = cache.heldFor(facts);
    if (held !== undefined && records.isNewest(facts)) {
      // Sent twice because the first answer was lost.
      return ack(facts.grantId, GrantResult.GRANT_RESULT_LOADED, held.checkValue);
    }
    if (
      facts.epoch < core.highestEpoch ||
      records.isStale(facts) ||
      blocks.refusesGrant(facts.tenantId, facts.issuedAt)
    ) {
      return this.#refuse(facts.grantId, GrantResult.GRANT_RESULT_STALE);
    }
    const key = this.#open(checked);
    if (key === undefined) {
      return this.#refuse(facts.grantId, GrantResult.GRANT_RESULT_BAD_ENVELOPE);
    }
    const { checkValue } = key;
    const noted = records.taken(facts);
    cache.hold(facts, key, clock.monotonicMs());
    const states = new Map([
      ...noted,
      ...(this.#isKept(facts) ? grantKept(facts, grant, clock.now()) : grantForgotten(facts)),
    ]);
    try {
      await vault.commit({ states });
    } catch (error) {
      // It can be used all the same; after a restart the Core has to send it again.
      logger.error('service key grant not kept', { grant: facts.grantId, reason: textOf(error) });
    }
    onLoaded(facts);
    return ack(facts.grantId, GrantResult.GRANT_RESULT_LOADED, checkValue);
  }

  async #withdraw(
    facts: GrantFacts,
    state: 'suspended' | 'compromised' | 'destroyed',
  ): Promise<void> {
    const { cache, records, vault } = this.#options;
    const noted = records.restrict(facts.serviceKeyId, facts.version, state, facts.issuedAt);
    cache.dropServiceKey(facts.serviceKeyId, facts.version, state);
    await vault.commit({ states: new Map([...noted, ...grantForgotten(facts)]) });
  }

  #restoreOne(
    grant: ServiceKeyGrant,
    confirmedAt: number,
  ): { readonly reason: string; readonly forget?: GrantFacts } | undefined {
    const { blocks, cache, clock, records, wall } = this.#options;
    const checked = this.#check(grant);
    if ('refused' in checked) return { reason: `grant result ${checked.refused}` };
    const { facts } = checked;
    const policy = this.#options.policyOf(facts.tenantId, facts.serviceId);
    if (policy === undefined) return { reason: 'the service is not served here', forget: facts };
    if (policy.grantCache !== GrantCache.GRANT_CACHE_SEALED) {
      return { reason: 'the policy keeps no grants', forget: facts };
    }
    if (blocks.isBlocked(facts.tenantId)) return { reason: 'the tenant is not served' };
    if (
      !records.isNewest(facts) ||
      records.restriction(facts.serviceKeyId, facts.version) !== undefined
    ) {
      return { reason: 'a newer word of the core is known', forget: facts };
    }
    if (wall.behind() > policy.clockToleranceSeconds * 1000) {
      return { reason: 'the clock was set back: leases count as ended until the core answers' };
    }
    const since = Math.max(0, clock.now() - confirmedAt);
    const maxOfflineMs = Math.min(facts.maxOfflineMs, policy.maxOfflineSeconds * 1000);
    if (since >= maxOfflineMs)
      return { reason: 'its time without the core is over', forget: facts };
    const key = this.#open(checked);
    if (key === undefined) return { reason: 'it cannot be opened', forget: facts };
    cache.hold(facts, key, clock.monotonicMs() - since);
    this.#options.onLoaded(facts);
    return undefined;
  }

  /** Undefined when the seal does not open: altered, or made for other terms. */
  #open({ facts, sealed, context }: CheckedGrant): ServiceKey | undefined {
    const recipient = this.#options.sealingKeys().find(facts.recipient);
    if (recipient === undefined) return undefined;
    try {
      return this.#options.provider.serviceKeys.open(recipient, sealed, context);
    } catch (error) {
      const refused = error instanceof BrokerError && REFUSALS.has(error.code);
      if (refused) return undefined;
      throw error;
    }
  }

  #isKept(facts: GrantFacts): boolean {
    const policy = this.#options.policyOf(facts.tenantId, facts.serviceId);
    return (
      policy?.grantCache === GrantCache.GRANT_CACHE_SEALED &&
      this.#options.sealingKeys().outlivesProcess(facts.recipient)
    );
  }

  #refuse(grantId: string, result: GrantResult): GrantAck {
    this.#options.logger.error('service key grant refused', { grant: grantId, result });
    return ack(grantId, result);
  }
}

/** What opening fails with when the sealed key is not what it should be. */
const REFUSALS: ReadonlySet<string> = new Set(['UNWRAP_FAILED', 'INPUT_INVALID']);

function ack(
  grantId: string,
  result: GrantResult,
  keyCheckValue: Uint8Array = new Uint8Array(),
): GrantAck {
  return { grantId, result, keyCheckValue };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
