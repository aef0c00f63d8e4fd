import { KmipFailure } from '../../../kmip/failure.ts';
import { check } from '../../../kmip/payloads/check.ts';
import { effectiveState } from '../../keys/lifecycle.ts';
import { findKey } from '../find-key.ts';
import { decodePayload, success, type CoreOperation } from '../operation.ts';
import { requireUsable } from '../usable-state.ts';
import { requireUsage } from '../usage-mask.ts';

/** Check (KMIP 1.4 §4.10, §11.11; 2.1 §6.1.7) of a usage mask. Nothing is reserved here, so a request that wants it is refused. */
export const checkKey: CoreOperation = (call) => {
  const { work, version } = call;
  const request = decodePayload(check, call);
  if (request.usageLimitsCount !== undefined || request.leaseTime !== undefined) {
    throw new KmipFailure('featureNotSupported', 'only a usage mask can be checked');
  }
  const { key, uid } = findKey(request.uid, call);
  requireUsable(effectiveState(key, work.now), work.policy);
  requireUsage(key, request.cryptographicUsageMask ?? 0);
  return success(check, version, { uid });
};
