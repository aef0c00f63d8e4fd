import { BrokerError } from '../../errors/index.ts';
import type { CoreIdentity } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import type { Vault } from '../../vault/index.ts';
import { decodeObject, encodeObject } from '../stored-object.ts';

/** The Core this Gateway belongs to, as it was last enrolled. */
export interface KnownCore {
  readonly clusterId: string;
  readonly gatewayId: string;
  /** SubjectPublicKeyInfo of the key that signs grants and governance. */
  readonly grantKey: Uint8Array;
}

const STATE = 'core';
const TEXT_LIMIT = 4096;

/**
 * Which Core is ours, and the highest epoch that was seen of it. Permissive messages of a lower epoch come from a Core that
 * was replaced meanwhile; restrictive ones are taken from any.
 */
export class CoreKnowledge {
  #identity: KnownCore | undefined;
  #highestEpoch = 0n;

  get identity(): KnownCore | undefined {
    return this.#identity;
  }

  get highestEpoch(): bigint {
    return this.#highestEpoch;
  }

  async restore(vault: Vault): Promise<void> {
    const bytes = await vault.readState(STATE);
    if (bytes === undefined) return;
    const known = parse(bytes);
    this.#identity = known.identity;
    this.#highestEpoch = known.epoch;
  }

  /**
   * Takes the identity of the Core that has just enrolled this Gateway. CORE_IDENTITY_REFUSED for another cluster than the
   * one this vault belongs to, and for an epoch below the highest seen: a Core that was restored from a copy without being
   * told so has forgotten what it has revoked.
   */
  async enrolled(gatewayId: string, core: CoreIdentity, vault: Vault): Promise<void> {
    const before = this.#identity;
    if (before !== undefined && before.clusterId !== core.clusterId) {
      throw refused('the core belongs to another cluster than the vault');
    }
    if (before !== undefined && before.gatewayId !== gatewayId) {
      throw refused('the core knows the vault as that of another gateway');
    }
    if (core.epoch < this.#highestEpoch) throw refused('the epoch of the core went back');
    this.#identity = {
      clusterId: core.clusterId,
      gatewayId,
      // A copy: the response's bytes are a view of a buffer that is used again.
      grantKey: core.grantKeySpki.slice(),
    };
    this.#highestEpoch = core.epoch;
    await vault.commit({ states: new Map([[STATE, this.#encode(this.#identity)]]) });
  }

  #encode(identity: KnownCore): Uint8Array {
    return encodeObject({
      ...identity,
      grantKey: Buffer.from(identity.grantKey).toString('base64'),
      epoch: `${this.#highestEpoch}`,
    });
  }
}

function parse(bytes: Uint8Array): { readonly identity: KnownCore; readonly epoch: bigint } {
  const { clusterId, gatewayId, grantKey, epoch } = decodeObject(bytes);
  if (!isText(clusterId) || !isText(gatewayId) || !isText(grantKey) || !isText(epoch)) {
    throw new BrokerError('VAULT_DAMAGED', 'what the vault keeps of the core cannot be read');
  }
  const identity = { clusterId, gatewayId, grantKey: Buffer.from(grantKey, 'base64') };
  return { identity, epoch: BigInt(/^\d{1,20}$/.test(epoch) ? epoch : 0) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_LIMIT;
}

function refused(reason: string): BrokerError {
  return new BrokerError('CORE_IDENTITY_REFUSED', reason);
}
