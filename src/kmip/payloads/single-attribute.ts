import { readAttribute, writeAttribute, type Purpose } from '../attributes/attribute-item.ts';
import type { NewAttribute } from '../attributes/attribute-set.ts';
import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';

/** Reads the one attribute a request sets: Attribute in 1.x, New Attribute in 2.x (KMIP 2.1 §5.7). */
export function readNewAttribute(reader: TtlvReader, version: KmipVersion): NewAttribute {
  return isVersion2(version)
    ? readWrapped(reader, TAG.newAttribute, version)
    : known(readAttribute(reader, version, 'object'));
}

export function writeNewAttribute(
  writer: TtlvWriter,
  attribute: NewAttribute,
  version: KmipVersion,
): void {
  if (isVersion2(version)) writeWrapped(writer, TAG.newAttribute, attribute, version);
  else writeOne(writer, attribute, version);
}

/** Reads Current Attribute of 2.x (KMIP 2.1 §5.6), the instance that is meant; absent in 1.x. */
export function readCurrentAttribute(
  reader: TtlvReader,
  version: KmipVersion,
): NewAttribute | undefined {
  return isVersion2(version) && reader.has(TAG.currentAttribute)
    ? readWrapped(reader, TAG.currentAttribute, version)
    : undefined;
}

export function writeCurrentAttribute(
  writer: TtlvWriter,
  attribute: NewAttribute | undefined,
  version: KmipVersion,
): void {
  if (attribute !== undefined && isVersion2(version)) {
    writeWrapped(writer, TAG.currentAttribute, attribute, version);
  }
}

/** Reads the attribute that an answer of 1.x tells; 2.x answers do not tell it. */
export function readToldAttribute(
  reader: TtlvReader,
  version: KmipVersion,
): NewAttribute | undefined {
  if (isVersion2(version) || !reader.has(TAG.attribute)) return undefined;
  const attribute = readAttribute(reader, version, 'response');
  return attribute === undefined ? undefined : { index: 0, ...attribute };
}

export function writeToldAttribute(
  writer: TtlvWriter,
  attribute: NewAttribute | undefined,
  version: KmipVersion,
): void {
  if (attribute !== undefined && !isVersion2(version)) writeOne(writer, attribute, version);
}

function readWrapped(reader: TtlvReader, tag: number, version: KmipVersion): NewAttribute {
  const purpose: Purpose = tag === TAG.currentAttribute ? 'filter' : 'object';
  reader.enter(tag);
  if (reader.atEnd()) throw new KmipFailure('missingData', 'there is no attribute');
  const attribute = known(readAttribute(reader, version, purpose));
  reader.leave();
  return attribute;
}

function writeWrapped(
  writer: TtlvWriter,
  tag: number,
  attribute: NewAttribute,
  version: KmipVersion,
): void {
  writer.begin(tag);
  writeOne(writer, attribute, version);
  writer.end();
}

function writeOne(writer: TtlvWriter, attribute: NewAttribute, version: KmipVersion): void {
  const { name, index = 0, value } = attribute;
  if (!writeAttribute(writer, { name, index, value }, version)) {
    throw new RangeError(`${name} cannot be said in this version`);
  }
}

/** Requests never pass an attribute over, so this is for the type alone. */
function known(attribute: NewAttribute | undefined): NewAttribute {
  if (attribute === undefined) throw new KmipFailure('unsupportedAttribute', 'unknown attribute');
  return attribute;
}
