import type { ServicePolicy } from '../../generated/cryptobroker/gateway/v1/uplink.ts';
import { KEY_STATE, type KeyState } from '../keys/core-key.ts';
import { isDestroyed } from '../keys/lifecycle.ts';
import { destroyed, wrongState } from './failures.ts';

/**
 * Refuses keys that nobody may have any more: destroyed, compromised and suspended ones, and deactivated ones where the
 * policy says so. KmipFailure objectDestroyed or wrongState.
 */
export function requireUsable(
  state: KeyState,
  { getDeactivated }: Pick<ServicePolicy, 'getDeactivated'>,
): void {
  if (isDestroyed(state)) throw destroyed();
  if (state === KEY_STATE.compromised) throw wrongState('the object is compromised');
  if (state === KEY_STATE.suspended) throw wrongState('the object is suspended');
  if (state === KEY_STATE.deactivated && !getDeactivated) {
    throw wrongState('the object is deactivated');
  }
}
