import type { RandomSource } from '../../../crypto/provider.ts';
import { KmipFailure } from '../../../kmip/failure.ts';
import type { CryptographicParameters } from '../../../kmip/payloads/cryptographic-parameters.ts';
import { encrypt, type EncryptRequest } from '../../../kmip/payloads/encrypt.ts';
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
import { chargeUse } from '../usage-limits.ts';
import { requireUsage } from '../usage-mask.ts';

/** Encrypt (KMIP 1.4 §4.29, 2.1 §6.1.17) under an active AES key: CBC, ECB or GCM, the whole of the data at once. */
export const encryptData: CoreOperation = (call, { provider }) => {
  const { work, version } = call;
  const request = decodePayload(encrypt, call);
  const { data, additionalData = new Uint8Array() } = request;
  const { key, uid } = findKey(request.uid, call);
  requireProtecting(key, work);
  requireUsage(key, CRYPTOGRAPHIC_USAGE_MASK.encrypt);
  const parameters = parametersOf(request.parameters, key);
  const kind = cipherKind(parameters, request, key, version);
  if (data === undefined) throw new KmipFailure('missingData', 'there are no data');
  if (kind.mode !== 'gcm' && !kind.padding) requireBlocks(data);
  const { iv, isOurs } = ivOf(request, parameters, kind, provider.random);
  chargeUse(key, data.byteLength, work);
  const opened = work.open(key);
  const cipher = { ...kind, iv, additionalData };
  const output = provider.dataKeys.encrypt(opened.key, opened.row, opened.header, cipher, data);
  const end = kind.mode === 'gcm' ? output.byteLength - kind.tagLength : output.byteLength;
  return success(encrypt, version, {
    uid,
    data: output.subarray(0, end),
    ...(isOurs && { iv }),
    ...(kind.mode === 'gcm' && { tag: output.subarray(end) }),
  });
};

/** Only an active key protects, and only until its Protect Stop Date (KMIP 1.4 §3.22, §3.26). */
function requireProtecting(key: CoreKey, { now }: KeyWork): void {
  const state = effectiveState(key, now);
  if (isDestroyed(state)) throw destroyed();
  if (state !== KEY_STATE.active) throw wrongState('the object is not active');
  const stop = key.attributes.date('Protect Stop Date');
  if (stop !== undefined && stop <= BigInt(Math.floor(now))) {
    throw wrongState('the object protects no more data');
  }
}

/**
 * The client's initialisation vector, or one of ours when it wants a random one. Both at once is refused: whichever counted,
 * a client that meant the other could not decrypt.
 */
function ivOf(
  { iv }: EncryptRequest,
  { randomIv, ivLength }: CryptographicParameters,
  { mode }: CipherKind,
  random: RandomSource,
): { readonly iv: Uint8Array; readonly isOurs: boolean } {
  if (randomIv === true) {
    if (iv !== undefined) {
      throw new KmipFailure('invalidField', 'the initialisation vector is given and to be random');
    }
    const chosen = new Uint8Array(IV_LENGTH[mode]);
    if (ivLength !== undefined && ivLength !== chosen.byteLength * 8) {
      throw new KmipFailure(
        'featureNotSupported',
        'the length of the initialisation vector is not supported',
      );
    }
    random.fill(chosen);
    return { iv: chosen, isOurs: chosen.byteLength > 0 };
  }
  if (iv === undefined && IV_LENGTH[mode] > 0) {
    throw new KmipFailure('missingData', 'there is no initialisation vector');
  }
  const given = iv ?? new Uint8Array();
  requireIv(mode, given);
  return { iv: given, isOurs: false };
}
