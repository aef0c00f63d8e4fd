import { destroy } from '../../../kmip/payloads/destroy.ts';
import { isVersion2 } from '../../../kmip/version.ts';
import { effectiveState, isDestroyed } from '../../keys/lifecycle.ts';
import { destroyed } from '../failures.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/**
 * Destroy (KMIP 1.4 §4.21, 2.1 §6.1.15): the key is gone, what is known of it stays. An active one must be revoked before.
 */
export const destroyKey: CoreOperation = (call) => {
  const { work, version } = call;
  const { key, uid } = findKey(decodePayload(destroy, call).uid, call);
  // 1.x has no reason of its own for the second time: the state machine's refusal is the answer there.
  if (isVersion2(version) && isDestroyed(effectiveState(key, work.now))) throw destroyed();
  work.transition(key.uid, { kind: 'destroy', by: 'client' });
  return success(destroy, version, { uid });
};
