import { KmipFailure } from '../../../kmip/failure.ts';
import { activate } from '../../../kmip/payloads/activate.ts';
import { OBJECT_TYPE } from '../../../kmip/tables/enumerations.ts';
import { KEY_STATE } from '../../keys/core-key.ts';
import { effectiveState, isDestroyed } from '../../keys/lifecycle.ts';
import { destroyed } from '../failures.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';

/** Activate (KMIP 1.4 §4.19, 2.1 §6.1.1). */
export const activateKey: CoreOperation = (call) => {
  const { work, version } = call;
  const { key, uid } = findKey(decodePayload(activate, call).uid, call);
  if (key.objectType === OBJECT_TYPE.opaqueObject) {
    throw new KmipFailure('illegalOperation', 'opaque objects have no state');
  }
  const state = effectiveState(key, work.now);
  if (isDestroyed(state)) throw destroyed();
  // Active from birth by the policy: clients that activate what they have made are told that it is.
  const isNoChange = work.policy.activateOnCreate && state === KEY_STATE.active;
  if (!isNoChange) work.transition(key.uid, { kind: 'activate' });
  return success(activate, version, { uid });
};
