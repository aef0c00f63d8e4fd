import { maskFacts } from '../tables/look-up.ts';
import { attributeFacts, type AttributeName } from './attribute-name.ts';
import type { Attribute, AttributeSet } from './attribute-set.ts';
import { sameValue, type TtlvValue } from './value.ts';

/**
 * Whether an object with these attributes fits all the filters of a Locate request (KMIP 1.4 §4.9, 2.1 §6.1.28): every
 * filter has an instance with its value. A date that is given once must be the same, given twice it is within the two; a
 * mask must have all bits of the filter; of a structure, the fields that the filter has must be the same.
 */
export function matches(attributes: AttributeSet, filters: AttributeSet): boolean {
  const ranges = new Set<AttributeName>();
  for (const filter of filters) {
    if (ranges.has(filter.name)) continue;
    const range = rangeOf(filters, filter);
    if (range === undefined) {
      if (
        !attributes.all(filter.name).some(({ value }) => fits(filter.name, value, filter.value))
      ) {
        return false;
      }
    } else {
      ranges.add(filter.name);
      const date = attributes.date(filter.name);
      if (date === undefined || date < range.from || date > range.to) return false;
    }
  }
  return true;
}

/** Two dates of one name, in either order. */
function rangeOf(
  filters: AttributeSet,
  { name, value }: Attribute,
): { readonly from: bigint; readonly to: bigint } | undefined {
  if (value.type !== 'dateTime') return undefined;
  const dates = filters.all(name).map((filter) => filter.value);
  const [first, second] = dates;
  if (first?.type !== 'dateTime' || second?.type !== 'dateTime') return undefined;
  return first.value <= second.value
    ? { from: first.value, to: second.value }
    : { from: second.value, to: first.value };
}

function fits(name: AttributeName, value: TtlvValue, wanted: TtlvValue): boolean {
  if (wanted.type === 'integer' && value.type === 'integer' && isMask(name)) {
    return (value.value & wanted.value) === wanted.value;
  }
  if (wanted.type === 'structure') {
    return (
      value.type === 'structure' &&
      wanted.fields.every(({ tag, value: part }) =>
        value.fields.some((field) => field.tag === tag && sameValue(field.value, part)),
      )
    );
  }
  return sameValue(value, wanted);
}

function isMask(name: AttributeName): boolean {
  const facts = attributeFacts(name);
  return facts !== undefined && maskFacts(facts.tag) !== undefined;
}
