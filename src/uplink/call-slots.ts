import { BrokerError } from '../errors/index.ts';

/** Counts calls under way, so that one tenant cannot take the room of all. */
export class CallSlots {
  readonly #max: number;
  readonly #maxPerTenant: number;
  readonly #perTenant = new Map<string, number>();
  #taken = 0;

  constructor(max: number, maxPerTenant: number) {
    this.#max = max;
    this.#maxPerTenant = maxPerTenant;
  }

  /** Takes a slot and returns how to give it back; throws UPLINK_BUSY. */
  take(tenant: string): () => void {
    const ofTenant = this.#perTenant.get(tenant) ?? 0;
    if (this.#taken >= this.#max || ofTenant >= this.#maxPerTenant) {
      throw new BrokerError('UPLINK_BUSY', 'too many delegated requests at once');
    }
    this.#taken += 1;
    this.#perTenant.set(tenant, ofTenant + 1);
    return () => {
      this.#taken -= 1;
      const left = (this.#perTenant.get(tenant) ?? 1) - 1;
      if (left === 0) this.#perTenant.delete(tenant);
      else this.#perTenant.set(tenant, left);
    };
  }
}
