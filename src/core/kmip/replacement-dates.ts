import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { TtlvValue } from '../../kmip/attributes/value.ts';

type DateName =
  'Activation Date' | 'Process Start Date' | 'Protect Stop Date' | 'Deactivation Date';

/** A date of the new key. */
export interface ReplacementDate {
  readonly name: DateName;
  readonly value: TtlvValue;
}

/**
 * The dates of a key that replaces one with these attributes (KMIP 1.4 §4.4). Without an `offset` they are the old key's;
 * with one (seconds) the new key is active that long after `now`, and its other dates are as far from that as the old key's
 * were from its own activation. Ends that have come already are left out: a replacement that is over before it begins
 * would replace nothing.
 */
export function replacementDates(
  old: AttributeSet,
  offset: number | undefined,
  now: number,
): readonly ReplacementDate[] {
  const seconds = BigInt(Math.floor(now));
  const before = old.date('Activation Date');
  const activation = offset === undefined ? before : seconds + BigInt(offset);
  const shift = before === undefined || activation === undefined ? 0n : activation - before;
  const shifted = (name: DateName): bigint | undefined => {
    const date = old.date(name);
    return date === undefined ? undefined : date + shift;
  };
  const end = (name: 'Protect Stop Date' | 'Deactivation Date'): bigint | undefined => {
    const date = shifted(name);
    return date === undefined || date <= seconds ? undefined : date;
  };
  const dates: readonly (readonly [DateName, bigint | undefined])[] = [
    ['Activation Date', activation],
    ['Process Start Date', shifted('Process Start Date')],
    ['Protect Stop Date', end('Protect Stop Date')],
    ['Deactivation Date', end('Deactivation Date')],
  ];
  return dates.flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: { type: 'dateTime', value } } as const],
  );
}
