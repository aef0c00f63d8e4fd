import { KmipFailure } from '../failure.ts';
import type { AttributeFacts } from '../tables/facts.ts';
import { attributeByTag, livesIn } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import {
  attributeFacts,
  isNameIn,
  isStandardName,
  isVendorName,
  vendorName,
  vendorParts,
  type AttributeName,
} from './attribute-name.ts';
import type { Attribute, NewAttribute } from './attribute-set.ts';
import { ATTRIBUTE_LIMITS } from './limits.ts';
import { checkStructure } from './structures.ts';
import { readValue, writeValue, type TtlvValue } from './value.ts';
import { valueIn } from './version-gate.ts';

/**
 * What attributes are read for: the making of an `object` (complete values, known names), a `filter` of Locate (parts of
 * values will do), or out of a `response`, where names we do not know are passed over.
 */
export type Purpose = 'object' | 'filter' | 'response';

/**
 * Reads one attribute: an Attribute structure of 1.x (KMIP 1.4 §2.1.1) or an item under the attribute's own tag of 2.x,
 * where Attribute is the form of vendor attributes (2.1 §4.60). Undefined when it was passed over.
 */
export function readAttribute(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): NewAttribute | undefined {
  if (!isVersion2(version)) return readNamed(reader, version, purpose);
  if (reader.has(TAG.attribute)) return readVendor(reader, version, purpose);
  const tag = reader.nextTag();
  const facts = attributeByTag(tag);
  if (facts === undefined || !isStandardName(facts.name) || !livesIn(facts, version)) {
    passOver(reader, purpose);
    return undefined;
  }
  return { name: facts.name, value: readTyped(reader, tag, facts.name, version, purpose) };
}

/** Writes one attribute in the form of the version, without its index; false when the version cannot carry it. */
export function writeAttribute(
  writer: TtlvWriter,
  { name, index, value }: Attribute,
  version: KmipVersion,
): boolean {
  const carried = valueIn(name, value, version);
  if (carried === undefined) return false;
  if (isVersion2(version)) {
    writeTyped(writer, name, carried);
  } else {
    writer.begin(TAG.attribute);
    writer.text(TAG.attributeName, name);
    // Left out where it is 0 (1.4 §2.1.1): the oldest clients do not expect it.
    if (index > 0) writer.integer(TAG.attributeIndex, index);
    writeValue(writer, TAG.attributeValue, carried);
    writer.end();
  }
  return true;
}

/** Writes an attribute as 2.x has it, whether or not a version knows it. */
export function writeTyped(writer: TtlvWriter, name: AttributeName, value: TtlvValue): void {
  const facts = attributeFacts(name);
  if (facts !== undefined) {
    writeValue(writer, facts.tag, value);
  } else if (isVendorName(name)) {
    const parts = vendorParts(name);
    writer.begin(TAG.attribute);
    writer.text(TAG.vendorIdentification, parts.vendor);
    writer.text(TAG.attributeName, parts.name);
    writeValue(writer, TAG.attributeValue, value);
    writer.end();
  }
}

function readNamed(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): NewAttribute | undefined {
  reader.enter(TAG.attribute);
  const name = reader.text(TAG.attributeName);
  checkNameLength(name);
  const index = reader.has(TAG.attributeIndex) ? reader.integer(TAG.attributeIndex) : undefined;
  if (index !== undefined && index < 0) {
    throw new KmipFailure('invalidField', 'an attribute index is negative');
  }
  if (!(isStandardName(name) || isVendorName(name)) || !isNameIn(name, version)) {
    if (purpose !== 'response') throw unsupported();
    reader.skipRest();
    reader.leave();
    return undefined;
  }
  const value = readTyped(reader, TAG.attributeValue, name, version, purpose);
  reader.leave();
  return index === undefined ? { name, value } : { name, index, value };
}

function readVendor(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): NewAttribute | undefined {
  reader.enter(TAG.attribute);
  const vendor = reader.text(TAG.vendorIdentification);
  const text = reader.text(TAG.attributeName);
  const name = vendorName(vendor, text);
  checkNameLength(`${vendor}-${text}`);
  if (name === undefined) {
    if (purpose !== 'response') throw unsupported();
    reader.skipRest();
    reader.leave();
    return undefined;
  }
  const value = readTyped(reader, TAG.attributeValue, name, version, purpose);
  reader.leave();
  return { name, value };
}

function readTyped(
  reader: TtlvReader,
  tag: number,
  name: AttributeName,
  version: KmipVersion,
  purpose: Purpose,
): TtlvValue {
  const facts: AttributeFacts | undefined = attributeFacts(name);
  if (facts !== undefined && reader.has(tag) && reader.nextType() !== facts.type) {
    throw new KmipFailure('invalidAttributeValue', `${name} has a value of another type`);
  }
  const value = readValue(reader, tag);
  if (value.type === 'structure' && purpose !== 'response') {
    checkStructure(name, value, version, purpose === 'filter');
  }
  return value;
}

function passOver(reader: TtlvReader, purpose: Purpose): void {
  if (purpose !== 'response') throw unsupported();
  reader.skip();
}

function checkNameLength(name: string): void {
  if (name.length === 0 || name.length > ATTRIBUTE_LIMITS.nameLength) {
    throw new KmipFailure(
      'invalidField',
      `an attribute name has 1 to ${ATTRIBUTE_LIMITS.nameLength} characters`,
    );
  }
}

function unsupported(): KmipFailure {
  // The name is the client's: it is not repeated in an answer.
  return new KmipFailure('unsupportedAttribute', 'an attribute is not known in this version');
}
