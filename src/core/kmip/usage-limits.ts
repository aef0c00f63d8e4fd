import { fieldOf, type TtlvValue } from '../../kmip/attributes/value.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import { USAGE_LIMITS_UNIT } from '../../kmip/tables/enumerations.ts';
import { TAG } from '../../kmip/tables/tags.ts';
import type { CoreKey } from '../keys/core-key.ts';
import type { KeyWork } from '../keys/key-work.ts';

/**
 * Takes what one use needs off the Usage Limits of a key that has them (KMIP 1.4 §3.21, §4.29). KmipFailure permissionDenied
 * when not as much is left.
 */
export function chargeUse(key: CoreKey, bytes: number, work: KeyWork): void {
  const limits = key.attributes.get('Usage Limits');
  const total = fieldOf(limits, TAG.usageLimitsTotal);
  const unit = fieldOf(limits, TAG.usageLimitsUnit);
  if (total?.type !== 'longInteger' || unit?.type !== 'enumeration') return;
  const count = fieldOf(limits, TAG.usageLimitsCount);
  const left = count?.type === 'longInteger' ? count.value : total.value;
  const needed = unit.value === USAGE_LIMITS_UNIT.byte ? BigInt(bytes) : 1n;
  if (needed > left) throw new KmipFailure('permissionDenied', 'the usage limits are used up');
  const changed: TtlvValue = {
    type: 'structure',
    fields: [
      { tag: TAG.usageLimitsTotal, value: total },
      { tag: TAG.usageLimitsCount, value: { type: 'longInteger', value: left - needed } },
      { tag: TAG.usageLimitsUnit, value: unit },
    ],
  };
  work.setAttributes(key.uid, key.attributes.with('Usage Limits', changed));
}
