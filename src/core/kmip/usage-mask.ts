import { KmipFailure } from '../../kmip/failure.ts';
import type { CoreKey } from '../keys/core-key.ts';

/** Refuses uses that are not all in the object's Cryptographic Usage Mask. KmipFailure incompatibleUsageMask. */
export function requireUsage({ attributes }: CoreKey, wanted: number): void {
  const allowed = attributes.integer('Cryptographic Usage Mask') ?? 0;
  if ((wanted & ~allowed) !== 0) {
    throw new KmipFailure('incompatibleUsageMask', 'the object may not be used so');
  }
}
