import { KmipFailure } from '../../kmip/failure.ts';
import { check } from '../../kmip/payloads/check.ts';
import { findKey } from './find-key.ts';
import { decodePayload, success, type LocalOperation } from './operation.ts';
import { readElsewhere, relayed } from './pass-on.ts';
import { requireUsable } from './usable-state.ts';

/**
 * Check (KMIP 1.4 §4.10, §11.11; 2.1 §6.1.5) of a usage mask. Keys here have neither usage limits nor leases, so a request
 * that counts on those is refused rather than confirmed.
 */
export const checkKey: LocalOperation = async (call, parts) => {
  const request = decodePayload(check, call);
  if (request.usageLimitsCount !== undefined || request.leaseTime !== undefined) {
    throw new KmipFailure('featureNotSupported', 'only a usage mask can be checked');
  }
  const found = await findKey(request.uid, call, parts);
  if (found.where === 'elsewhere') return relayed(await readElsewhere(found.uid, call, parts));
  const { key, uid } = found;
  requireUsable(key, parts.keys.policy(call.client));
  const wanted = request.cryptographicUsageMask ?? 0;
  const allowed = key.attributes.integer('Cryptographic Usage Mask') ?? 0;
  if ((wanted & ~allowed) !== 0) {
    throw new KmipFailure('incompatibleUsageMask', 'the object may not be used so');
  }
  return success(check, call.version, { uid });
};
