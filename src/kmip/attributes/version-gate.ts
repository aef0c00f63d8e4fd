import { enumerationFacts, livesIn, maskFacts } from '../tables/look-up.ts';
import type { KmipVersion } from '../version.ts';
import { attributeFacts, isNameIn, type AttributeName } from './attribute-name.ts';
import { fieldsIn } from './structures.ts';
import type { TtlvField, TtlvValue } from './value.ts';

/**
 * The value of an attribute as messages of this version may carry it; undefined when they may not. Attributes the version
 * does not know are not sent, nor values of enumerations; structures lose newer fields, masks lose other versions' bits.
 * Real clients fail on everything newer than what they asked in.
 */
export function valueIn(
  name: AttributeName,
  value: TtlvValue,
  version: KmipVersion,
): TtlvValue | undefined {
  if (!isNameIn(name, version)) return undefined;
  const facts = attributeFacts(name);
  if (facts === undefined) return carriesTypes(value, version) ? value : undefined;
  switch (value.type) {
    case 'enumeration':
      return isEnumerationIn(facts.tag, value.value, version) ? value : undefined;
    case 'integer':
      return { type: 'integer', value: bitsIn(facts.tag, value.value, version) };
    case 'structure': {
      const fields = fieldsIn(name, value.fields, version);
      if (!fields.every((field) => isFieldIn(field, version))) return undefined;
      return fields === value.fields ? value : { type: 'structure', fields };
    }
    default:
      return value;
  }
}

function isFieldIn({ tag, value }: TtlvField, version: KmipVersion): boolean {
  if (value.type === 'structure') return value.fields.every((field) => isFieldIn(field, version));
  return value.type !== 'enumeration' || isEnumerationIn(tag, value.value, version);
}

/** Values that no version has are extensions: the peers that use them know them. */
function isEnumerationIn(tag: number, value: number, version: KmipVersion): boolean {
  const facts = enumerationFacts(tag, value);
  return facts === undefined || livesIn(facts, version);
}

function bitsIn(tag: number, mask: number, version: KmipVersion): number {
  const bits = maskFacts(tag);
  if (bits === undefined) return mask;
  let result = mask;
  for (const bit of bits) if (!livesIn(bit, version)) result &= ~bit.value;
  return result;
}

/** Date Time Extended is a type of 2.0 (2.1 §10.1.1.2), which a vendor attribute may have been given. */
function carriesTypes(value: TtlvValue, version: KmipVersion): boolean {
  if (value.type === 'structure') {
    return value.fields.every((field) => carriesTypes(field.value, version));
  }
  return value.type !== 'dateTimeExtended' || version >= 20;
}
