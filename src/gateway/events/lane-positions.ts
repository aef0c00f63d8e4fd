import type { Event } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { LANES } from '../../uplink-wire/index.ts';
import type { Vault } from '../../vault/index.ts';

const PREFIX = 'lane/';

/** Which event of each lane was applied last: told to the Core, which goes on from there. */
export class LanePositions {
  readonly #applied: [bigint, bigint, bigint] = [0n, 0n, 0n];

  get applied(): readonly [bigint, bigint, bigint] {
    return [...this.#applied];
  }

  async restore(vault: Vault): Promise<void> {
    for (const lane of LANES) {
      const bytes = await vault.readState(`${PREFIX}${lane}`);
      const text = bytes === undefined ? '' : Buffer.from(bytes).toString();
      // What cannot be read counts as nothing applied: events are sent again, and applied again to the same effect.
      this.#applied[lane] = /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
    }
  }

  /** The change that notes an event, for the transaction that applies it. Each lane by itself: two may be under way. */
  noting(event: Event): ReadonlyMap<string, Uint8Array> {
    return new Map([[`${PREFIX}${event.lane}`, Buffer.from(`${event.laneSequence}`)]]);
  }

  /** The event is durable. */
  noted({ lane, laneSequence }: Event): void {
    if (lane === 0 || lane === 1 || lane === 2) this.#applied[lane] = laneSequence;
  }
}
