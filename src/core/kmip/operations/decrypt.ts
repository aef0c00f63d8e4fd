import { KmipFailure } from '../../../kmip/failure.ts';
import { decrypt, type DecryptRequest } from '../../../kmip/payloads/decrypt.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../../kmip/tables/masks.ts';
import { KEY_STATE, type CoreKey } from '../../keys/core-key.ts';
import type { KeyWork } from '../../keys/key-work.ts';
import { effectiveState, isDestroyed } from '../../keys/lifecycle.ts';
import {
  cipherKind,
  IV_LENGTH,
  parametersOf,
  requireBlocks,
  requireIv,
  type CipherKind,
} from '../data-cipher.ts';
import { destroyed, wrongState } from '../failures.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { requireUsage } from '../usage-mask.ts';

/** Decrypt (KMIP 1.4 §4.30, 2.1 §6.1.11) with an active or deactivated AES key, the whole of the data at once. */
export const decryptData: CoreOperation = (call, { provider }) => {
  const { work, version } = call;
  const request = decodePayload(decrypt, call);
  const { iv = new Uint8Array(), additionalData = new Uint8Array() } = request;
  const { key, uid } = findKey(request.uid, call);
  requireProcessing(key, work);
  requireUsage(key, CRYPTOGRAPHIC_USAGE_MASK.decrypt);
  const parameters = parametersOf(request.parameters, key);
  const kind = cipherKind(parameters, request, key, version);
  if (request.iv === undefined && IV_LENGTH[kind.mode] > 0) {
    throw new KmipFailure('missingData', 'there is no initialisation vector');
  }
  requireIv(kind.mode, iv);
  const input = ciphertextOf(request, kind);
  const opened = work.open(key);
  const cipher = { ...kind, iv, additionalData };
  const data = provider.dataKeys.decrypt(opened.key, opened.row, opened.header, cipher, input);
  return success(decrypt, version, { uid, data }, () => {
    data.fill(0);
  });
};

/** What was protected may be read as long as the key is not taken away (KMIP 1.4 §3.22, §3.25). */
function requireProcessing(key: CoreKey, { now }: KeyWork): void {
  const state = effectiveState(key, now);
  if (isDestroyed(state)) throw destroyed();
  if (state !== KEY_STATE.active && state !== KEY_STATE.deactivated) {
    throw wrongState('the object is neither active nor deactivated');
  }
  const start = key.attributes.date('Process Start Date');
  if (start !== undefined && start > BigInt(Math.floor(now))) {
    throw wrongState('the object processes no data yet');
  }
}

/** The ciphertext as the crypto core takes it: with the tag behind it, when there is one. */
function ciphertextOf(
  { data, tag }: DecryptRequest,
  { mode, padding, tagLength }: CipherKind,
): Uint8Array {
  if (data === undefined) throw new KmipFailure('missingData', 'there are no data');
  if (mode !== 'gcm') {
    if (tag !== undefined) throw new KmipFailure('invalidField', 'this mode has no tag');
    requireBlocks(data);
    if (padding && data.byteLength === 0) {
      throw new KmipFailure('invalidField', 'the block that holds the padding is missing');
    }
    return data;
  }
  if (tag === undefined) throw new KmipFailure('missingData', 'there is no tag');
  // The length is agreed beforehand: whoever may shorten a tag may guess it.
  if (tag.byteLength !== tagLength) {
    throw new KmipFailure('invalidField', `the tag has not ${tagLength} bytes`);
  }
  return Buffer.concat([data, tag]);
}
