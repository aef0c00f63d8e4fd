import type { AttributeFacts } from '../tables/facts.ts';
import { attributeByName, livesIn } from '../tables/look-up.ts';
import { isVersion2, type KmipVersion } from '../version.ts';

/** Attributes of the specification, by its names (KMIP 1.4 §3, 2.1 §4). */
export type StandardAttributeName =
  | 'Activation Date'
  | 'Alternative Name'
  | 'Always Sensitive'
  | 'Application Specific Information'
  | 'Archive Date'
  | 'Certificate Identifier'
  | 'Certificate Issuer'
  | `Certificate ${'Issuer' | 'Subject'} ${DistinguishedNamePart}`
  | 'Certificate Length'
  | 'Certificate Subject'
  | 'Certificate Type'
  | 'Comment'
  | 'Compromise Date'
  | 'Compromise Occurrence Date'
  | 'Contact Information'
  | 'Cryptographic Algorithm'
  | 'Cryptographic Domain Parameters'
  | 'Cryptographic Length'
  | 'Cryptographic Parameters'
  | 'Cryptographic Usage Mask'
  | 'Deactivation Date'
  | 'Description'
  | 'Destroy Date'
  | 'Digest'
  | 'Digital Signature Algorithm'
  | 'Extractable'
  | 'Fresh'
  | 'Initial Date'
  | 'Key Format Type'
  | 'Key Value Location'
  | 'Key Value Present'
  | 'Last Change Date'
  | 'Lease Time'
  | 'Link'
  | 'NIST Key Type'
  | 'Name'
  | 'Never Extractable'
  | 'Object Group'
  | 'Object Type'
  | 'Opaque Data Type'
  | 'Operation Policy Name'
  | 'Original Creation Date'
  | 'PKCS#12 Friendly Name'
  | 'Process Start Date'
  | 'Protect Stop Date'
  | 'Protection Level'
  | 'Protection Period'
  | 'Protection Storage Mask'
  | 'Quantum Safe'
  | 'Random Number Generator'
  | 'Revocation Reason'
  | 'Rotate Automatic'
  | 'Rotate Date'
  | 'Rotate Generation'
  | 'Rotate Interval'
  | 'Rotate Latest'
  | 'Rotate Name'
  | 'Rotate Offset'
  | 'Sensitive'
  | 'Short Unique Identifier'
  | 'State'
  | 'Unique Identifier'
  | 'Usage Limits'
  | 'X.509 Certificate Identifier'
  | 'X.509 Certificate Issuer'
  | 'X.509 Certificate Subject';

type DistinguishedNamePart =
  | 'C'
  | 'CN'
  | 'DC'
  | 'DN Qualifier'
  | 'Email'
  | 'L'
  | 'O'
  | 'OU'
  | 'ST'
  | 'Serial Number'
  | 'Title'
  | 'UID';

/**
 * A custom attribute of 1.x and a vendor attribute of 2.x, in one form: vendor identification, hyphen, name. `x-Product` is
 * the custom attribute `x-Product` of 1.x and the attribute `Product` of vendor `x` in 2.x. A vendor identification has
 * letters, digits, underscores and full stops only (KMIP 2.1 §4.60), and no name of the specification has a hyphen, so the
 * first hyphen tells them apart.
 */
export type VendorAttributeName = `${string}-${string}`;

export type AttributeName = StandardAttributeName | VendorAttributeName;

const VENDOR_NAME = /^([A-Za-z0-9_.]+)-(.+)$/su;

/** True for custom and vendor attributes. */
export function isVendorName(name: string): name is VendorAttributeName {
  return VENDOR_NAME.test(name);
}

/** True for a name of the specification, whatever the version. */
export function isStandardName(name: string): name is StandardAttributeName {
  return attributeByName(name) !== undefined;
}

/** Vendor identification and name of a vendor attribute. */
export function vendorParts(name: VendorAttributeName): {
  readonly vendor: string;
  readonly name: string;
} {
  const hyphen = name.indexOf('-');
  return { vendor: name.slice(0, hyphen), name: name.slice(hyphen + 1) };
}

/** The neutral name of a vendor attribute; undefined when the vendor identification or the name cannot be one. */
export function vendorName(vendor: string, name: string): VendorAttributeName | undefined {
  const joined = `${vendor}-${name}`;
  // A hyphen in the vendor identification would come back as part of the name.
  return isVendorName(joined) && !vendor.includes('-') ? joined : undefined;
}

/** What the specification says of an attribute; undefined for vendor attributes. */
export function attributeFacts(name: AttributeName): AttributeFacts | undefined {
  return attributeByName(name);
}

/** True when an object may have several instances of it. */
export function isMultiValued(name: AttributeName): boolean {
  return attributeByName(name)?.multiple ?? true;
}

/**
 * True when messages of this version can carry the attribute. Custom attributes of 1.x begin with `x-` or `y-`, so those of
 * other vendors are for 2.x alone.
 */
export function isNameIn(name: AttributeName, version: KmipVersion): boolean {
  const facts = attributeByName(name);
  if (facts !== undefined) return livesIn(facts, version);
  return isVersion2(version) || name.startsWith('x-') || name.startsWith('y-');
}
