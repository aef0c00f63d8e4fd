import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import { readAttributes, readRest, writeNewAttributes } from './attribute-list.ts';
import { AttributeSet, type NewAttribute } from './attribute-set.ts';
import { checkStructure } from './structures.ts';
import { readValue } from './value.ts';

/**
 * Reads what an object is to be made with: Template-Attribute of 1.x (KMIP 1.4 §2.1.8), Attributes of 2.x; nothing is the
 * empty set. A template that is named is KmipFailure `unknownTemplate`: there are none here.
 */
export function readTemplate(reader: TtlvReader, version: KmipVersion): AttributeSet {
  const tag = templateTag(version);
  if (!reader.has(tag)) return AttributeSet.empty;
  if (isVersion2(version)) return readAttributes(reader, tag, version, 'object');
  reader.enter(tag);
  if (reader.has(TAG.name)) throw new KmipFailure('unknownTemplate', 'there is no such template');
  const list = readRest(reader, version, 'object');
  reader.leave();
  return AttributeSet.of(list);
}

/** Writes what `readTemplate` reads, without what the version does not know. */
export function writeTemplate(
  writer: TtlvWriter,
  attributes: AttributeSet,
  version: KmipVersion,
): void {
  writer.begin(templateTag(version));
  writeNewAttributes(writer, attributes, version);
  writer.end();
}

/**
 * Goes past the Template-Attribute with which a 1.x server may tell what it set by itself. Ours never says it: the
 * attributes can be asked for, and old decoders trip over it.
 */
export function skipTemplate(reader: TtlvReader, version: KmipVersion): void {
  if (!isVersion2(version) && reader.has(TAG.templateAttribute)) reader.skip();
}

/**
 * Reads Locate filters that stand in a Template-Attribute, as FortiGate sends them against the specification: in its
 * Attribute items, or as the Name where a template would be named.
 */
export function readTemplateFilters(reader: TtlvReader, version: KmipVersion): NewAttribute[] {
  reader.enter(TAG.templateAttribute);
  const names: NewAttribute[] = [];
  while (reader.has(TAG.name)) {
    const value = readValue(reader, TAG.name);
    checkStructure('Name', value, version, true);
    names.push({ name: 'Name', value });
  }
  const list = readRest(reader, version, 'filter');
  reader.leave();
  return [...names, ...list];
}

function templateTag(version: KmipVersion): number {
  return isVersion2(version) ? TAG.attributes : TAG.templateAttribute;
}
