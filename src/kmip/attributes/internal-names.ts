import type { VendorAttributeName } from './attribute-name.ts';

/** Vendor identification of attributes that Core and Gateway keep for themselves. No version of 1.x carries it. */
const VENDOR = 'cryptobroker-';

/** Secret Data Type: a field of the object (KMIP 1.4 §2.2.5) and no attribute, but it has to be kept. */
export const SECRET_DATA_TYPE_NAME: VendorAttributeName = `${VENDOR}Secret Data Type`;

/** True for attributes that no client sees or sets. */
export function isInternalName(name: string): boolean {
  return name.startsWith(VENDOR);
}
