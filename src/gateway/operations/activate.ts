import { activate } from '../../kmip/payloads/activate.ts';
import { resolveUid } from '../delegate/named-object.ts';
import { KEY_STATE } from '../keys/key-state.ts';
import { lookUp } from './find-key.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';
import { askAbout, relayed, requireRoom } from './pass-on.ts';

/**
 * Activate (KMIP 1.4 §4.19, 2.1 §6.1.1) is the Core's to decide. Where its policy makes keys active from birth, it has
 * decided: a client that activates what it has just made, as most do, is told so without asking again.
 */
export const activateKey: LocalOperation = async (call, parts) => {
  const { client, context, version } = call;
  const { keys } = parts;
  const uid = resolveUid(decodePayload(activate, call).uid, context);
  if (keys.policy(client).activateOnCreate) {
    const key = await lookUp(uid, client, keys);
    if (key?.state === KEY_STATE.active && !key.quarantined) {
      return success(activate, version, { uid });
    }
  }
  requireRoom(call);
  return relayed(await askAbout(uid, call, parts));
};
