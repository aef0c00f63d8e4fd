import { TAG } from '../tables/tags.ts';
import { isVendorName } from './attribute-name.ts';
import type { Attribute, AttributeSet } from './attribute-set.ts';
import { fieldOf, type TtlvValue } from './value.ts';

/** An attribute that Locate finds by exact text. */
export interface AttributeTerm {
  readonly name: string;
  readonly value: string;
}

/** Characters of a term; a longer one is not made, of the object or of the filter, and `matches` alone decides. */
const MAXIMUM_TERM = 512;

/**
 * What a store indexes of an object's attributes for Locate: names, groups, contacts, policy, application data and custom
 * attributes. Of a request's filters it makes what the index is asked for. An object that a set of filters fits carries all
 * of their terms; whether it fits, `matches` says.
 */
export function searchTerms(attributes: AttributeSet): readonly AttributeTerm[] {
  const terms: AttributeTerm[] = [];
  for (const attribute of attributes) {
    const value = termOf(attribute);
    if (value === undefined || value.length > MAXIMUM_TERM) continue;
    if (terms.some((term) => term.name === attribute.name && term.value === value)) continue;
    terms.push({ name: attribute.name, value });
  }
  return terms;
}

function termOf({ name, value }: Attribute): string | undefined {
  switch (name) {
    case 'Name':
      return textField(value, TAG.nameValue);
    case 'Alternative Name':
      return textField(value, TAG.alternativeNameValue);
    case 'Application Specific Information': {
      const namespace = textField(value, TAG.applicationNamespace);
      const data = textField(value, TAG.applicationData);
      // A filter may leave either out; only both together are looked up.
      return namespace === undefined || data === undefined
        ? undefined
        : JSON.stringify([namespace, data]);
    }
    case 'Contact Information':
    case 'Object Group':
    case 'Operation Policy Name':
      return value.type === 'textString' ? value.value : undefined;
    default:
      return isVendorName(name) ? scalarText(value) : undefined;
  }
}

function textField(value: TtlvValue, tag: number): string | undefined {
  const field = fieldOf(value, tag);
  return field?.type === 'textString' ? field.value : undefined;
}

/** Type and value, so that the text `1` and the integer 1 stay apart; structures have no term. */
function scalarText(value: TtlvValue): string | undefined {
  switch (value.type) {
    case 'structure':
      return undefined;
    case 'byteString':
      return `byteString:${Buffer.from(value.value).toString('hex')}`;
    default:
      return `${value.type}:${value.value}`;
  }
}
