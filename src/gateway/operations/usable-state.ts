import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { isDestroyed, KEY_STATE } from '../keys/key-state.ts';
import type { LocalKey } from '../keys/local-keys.ts';

/**
 * Refuses keys that nobody may have any more: destroyed, compromised and suspended ones, and deactivated ones where the
 * policy says so. KmipFailure objectDestroyed or wrongState.
 */
export function requireUsable({ state }: LocalKey, policy: ServicePolicy): void {
  if (isDestroyed(state)) throw new KmipFailure('objectDestroyed', 'the object is destroyed');
  if (state === KEY_STATE.compromised) throw wrongState('the object is compromised');
  if (state === KEY_STATE.suspended) throw wrongState('the object is suspended');
  if (state === KEY_STATE.deactivated && !policy.getDeactivated) {
    throw wrongState('the object is deactivated');
  }
}

function wrongState(message: string): KmipFailure {
  return new KmipFailure('wrongState', message);
}
