import type { AttributeName, VendorAttributeName } from '../../kmip/attributes/attribute-name.ts';
import type { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { KmipFailure } from '../../kmip/failure.ts';

/** Vendor identification of attributes that are the Core's own. No version of 1.x carries it. */
const VENDOR = 'cryptobroker-';

/** Secret Data Type: a field of the object (KMIP 1.4 §2.2.5) and no attribute, but it has to be kept. */
export const SECRET_DATA_TYPE_NAME: VendorAttributeName = `${VENDOR}Secret Data Type`;

/** True for attributes that no client sees or sets. */
export function isInternalName(name: string): boolean {
  return name.startsWith(VENDOR);
}

/** Refuses attributes of a request that are the Core's own. KmipFailure attributeReadOnly. */
export function requireForeign(names: Iterable<string>): void {
  for (const name of names) {
    if (!isInternalName(name)) continue;
    throw new KmipFailure('attributeReadOnly', 'a custom attribute cannot be set by a client');
  }
}

/** Secret Data Type of a stored object. */
export function secretDataTypeOf(attributes: AttributeSet): number | undefined {
  const name: AttributeName = SECRET_DATA_TYPE_NAME;
  return attributes.enumeration(name);
}
