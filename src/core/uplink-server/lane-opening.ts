import type { Lane } from '../../uplink-wire/index.ts';
import type { CoreStore } from '../store/core-store.ts';

/**
 * Takes up a lane where the Gateway says it stands. True when that fits our log: what is pending follows. False when it does
 * not (a Gateway with a new or an older vault, or a Core that was restored from a backup): the lane begins anew after that
 * position, without what was in it. Inside a transaction.
 */
export function openLane(
  store: CoreStore,
  gatewayId: string,
  lane: Lane,
  applied: bigint,
): boolean {
  const { head, acknowledged } = store.events.lane(gatewayId, lane);
  const position = Number(applied);
  if (position >= acknowledged && position <= head) {
    store.events.acknowledge(gatewayId, lane, position);
    return true;
  }
  store.events.restart(gatewayId, lane, Number.isSafeInteger(position) ? position : 0);
  return false;
}
