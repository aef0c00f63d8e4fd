import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import type { AttributeName } from './attribute-name.ts';
import { readAttribute, writeAttribute, type Purpose } from './attribute-item.ts';
import { AttributeSet, type NewAttribute } from './attribute-set.ts';
import { ATTRIBUTE_LIMITS } from './limits.ts';

/**
 * Reads attributes where a payload lists them: Attribute items one after another in 1.x, one Attributes structure in 2.x.
 * None at all is the empty set.
 */
export function readAttributeList(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): AttributeSet {
  if (isVersion2(version)) {
    return reader.has(TAG.attributes)
      ? readAttributes(reader, TAG.attributes, version, purpose)
      : AttributeSet.empty;
  }
  if (!reader.has(TAG.attribute)) return AttributeSet.empty;
  const list: NewAttribute[] = [];
  while (reader.has(TAG.attribute)) readInto(list, reader, version, purpose);
  return AttributeSet.of(list);
}

/** Writes filters of Locate: they are no instances of an object, so they have no index. */
export function writeFilters(
  writer: TtlvWriter,
  filters: AttributeSet,
  version: KmipVersion,
): void {
  if (isVersion2(version)) writeAttributes(writer, TAG.attributes, filters, version);
  else for (const filter of filters) writeAttribute(writer, { ...filter, index: 0 }, version);
}

/** Writes attributes of an object that is to be made: in 1.x its instances count from 0, also where one is left out. */
export function writeNewAttributes(
  writer: TtlvWriter,
  attributes: AttributeSet,
  version: KmipVersion,
): void {
  const written = new Map<AttributeName, number>();
  for (const { name, value } of attributes) {
    const index = written.get(name) ?? 0;
    if (writeAttribute(writer, { name, index, value }, version)) written.set(name, index + 1);
  }
}

/** Writes what `readAttributeList` reads, without what the version does not know. */
export function writeAttributeList(
  writer: TtlvWriter,
  attributes: AttributeSet,
  version: KmipVersion,
): void {
  if (isVersion2(version)) writeAttributes(writer, TAG.attributes, attributes, version);
  else for (const attribute of attributes) writeAttribute(writer, attribute, version);
}

/** Reads a structure that holds attributes: Attributes of 2.x, Template-Attribute of 1.x behind its names. */
export function readAttributes(
  reader: TtlvReader,
  tag: number,
  version: KmipVersion,
  purpose: Purpose,
): AttributeSet {
  reader.enter(tag);
  const list = readRest(reader, version, purpose);
  reader.leave();
  return AttributeSet.of(list);
}

function writeAttributes(
  writer: TtlvWriter,
  tag: number,
  attributes: AttributeSet,
  version: KmipVersion,
): void {
  writer.begin(tag);
  for (const attribute of attributes) writeAttribute(writer, attribute, version);
  writer.end();
}

/** Reads attributes up to the end of the structure the reader is in. */
export function readRest(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): NewAttribute[] {
  const list: NewAttribute[] = [];
  while (!reader.atEnd()) readInto(list, reader, version, purpose);
  return list;
}

function readInto(
  list: NewAttribute[],
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): void {
  if (list.length >= ATTRIBUTE_LIMITS.count) {
    throw new KmipFailure(
      'invalidField',
      `there are more than ${ATTRIBUTE_LIMITS.count} attributes`,
    );
  }
  const attribute = readAttribute(reader, version, purpose);
  if (attribute === undefined) return;
  const { name, index, value } = attribute;
  if (index === undefined || purpose === 'filter') {
    // What a filter compares with has no place among the instances of an object.
    list.push({ name, value });
    return;
  }
  let instances = 0;
  for (const other of list) {
    if (other.name !== name) continue;
    instances += 1;
    if ((other.index ?? instances - 1) === index) throw repeated();
  }
  // A new object's instances are counted from 0, explicitly or not (1.4 §2.1.1).
  if (purpose === 'object' && index !== instances) throw repeated();
  list.push(attribute);
}

function repeated(): KmipFailure {
  return new KmipFailure('invalidField', 'an attribute index is used twice or out of order');
}
