import { KmipFailure } from '../failure.ts';
import { attributeByName, attributeByTag } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import { tagText, TYPE } from '../ttlv/types.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import { isNameIn, isStandardName, isVendorName, vendorParts } from './attribute-name.ts';
import { ATTRIBUTE_LIMITS } from './limits.ts';

/** References of one request; no object has more attributes. */
const MAXIMUM_REFERENCES = 2 * ATTRIBUTE_LIMITS.count;

/**
 * Reads the names of attributes that a request asks for: Attribute Name texts in 1.x; in 2.x Attribute Reference (KMIP 2.1
 * §5.5) as an Enumeration that holds the attribute's tag, or a Structure of Vendor Identification and Attribute Name. As
 * clients send them, also a Structure around the Enumeration or around an Attribute Name alone, and plain Attribute Names.
 *
 * A name that nothing has is kept, since asking for what an object does not have is no error, and an empty list asks for
 * everything. A tag that is no attribute's is given as `0x420999`.
 */
export function readAttributeNames(reader: TtlvReader, version: KmipVersion): string[] {
  const names: string[] = [];
  for (;;) {
    if (reader.has(TAG.attributeName)) names.push(checked(reader.text(TAG.attributeName)));
    else if (isVersion2(version) && reader.has(TAG.attributeReference)) {
      names.push(readAttributeReference(reader));
    } else return names;
    if (names.length > MAXIMUM_REFERENCES) {
      throw new KmipFailure('invalidField', 'too many attribute names');
    }
  }
}

/** Writes the names that an object has, in the form of the version, without those that the version does not know. */
export function writeAttributeNames(
  writer: TtlvWriter,
  names: readonly string[],
  version: KmipVersion,
): void {
  for (const name of names) {
    const known = isStandardName(name) || isVendorName(name);
    if (known && isNameIn(name, version)) writeRequestedName(writer, name, version);
  }
}

/**
 * Writes a name that a request asks for, in the form of the version, whether or not anything has it: to leave it out would
 * ask for something else.
 */
export function writeRequestedName(writer: TtlvWriter, name: string, version: KmipVersion): void {
  if (!isVersion2(version)) {
    writer.text(TAG.attributeName, name);
    return;
  }
  const tag = attributeByName(name)?.tag ?? (TAG_TEXT.test(name) ? Number(name) : undefined);
  if (tag !== undefined) {
    writer.enumeration(TAG.attributeReference, tag);
    return;
  }
  writer.begin(TAG.attributeReference);
  if (isVendorName(name)) {
    const parts = vendorParts(name);
    writer.text(TAG.vendorIdentification, parts.vendor);
    writer.text(TAG.attributeName, parts.name);
  } else {
    writer.text(TAG.attributeName, name);
  }
  writer.end();
}

/** The name of a tag that is no attribute's. */
const TAG_TEXT = /^0x[0-9a-f]{6,8}$/u;

/** Reads one Attribute Reference of 2.x. */
export function readAttributeReference(reader: TtlvReader): string {
  if (reader.nextType() === TYPE.enumeration) {
    return nameOfTag(reader.enumeration(TAG.attributeReference));
  }
  reader.enter(TAG.attributeReference);
  let name: string;
  if (reader.has(TAG.attributeReference)) {
    name = nameOfTag(reader.enumeration(TAG.attributeReference));
  } else if (reader.has(TAG.vendorIdentification)) {
    const vendor = reader.text(TAG.vendorIdentification);
    name = `${vendor}-${reader.text(TAG.attributeName)}`;
  } else {
    name = reader.text(TAG.attributeName);
  }
  reader.leave();
  return checked(name);
}

function nameOfTag(tag: number): string {
  return attributeByTag(tag)?.name ?? tagText(tag);
}

function checked(name: string): string {
  if (name.length > ATTRIBUTE_LIMITS.nameLength) {
    throw new KmipFailure(
      'invalidField',
      `an attribute name has more than ${ATTRIBUTE_LIMITS.nameLength} characters`,
    );
  }
  return name;
}
