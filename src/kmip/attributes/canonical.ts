import { KmipFailure } from '../failure.ts';
import { attributeByTag } from '../tables/look-up.ts';
import { TAG } from '../tables/tags.ts';
import { TtlvReader } from '../ttlv/reader.ts';
import { TtlvError } from '../ttlv/ttlv-error.ts';
import { TtlvWriter } from '../ttlv/writer.ts';
import {
  isStandardName,
  attributeFacts,
  vendorName,
  type AttributeName,
} from './attribute-name.ts';
import { writeTyped } from './attribute-item.ts';
import { AttributeSet, type Attribute, type NewAttribute } from './attribute-set.ts';
import { readValue } from './value.ts';

/** Used again for every set: nothing between two calls lives in it. */
const writer = new TtlvWriter();

/**
 * The attributes as they are stored and put under a MAC: an Attributes structure as KMIP 2.1 has it, ordered by tag, vendor
 * attributes behind, instances by their index; attributes that 2.1 has no more stand under their old tags. An Attribute
 * Index goes before an instance whose index is not its position, where an earlier one was deleted. Sets that hold the same
 * have the same bytes.
 */
export function encodeCanonical(attributes: AttributeSet): Uint8Array {
  writer.reset();
  writer.begin(TAG.attributes);
  let previous: AttributeName | undefined;
  let position = 0;
  for (const { name, index, value } of [...attributes].sort(inOrder)) {
    position = name === previous ? position + 1 : 0;
    if (index !== position) writer.integer(TAG.attributeIndex, index);
    writeTyped(writer, name, value);
    previous = name;
    position = index;
  }
  writer.end();
  // A copy of its own: the view that `finish` gives is written over by the next call.
  return new Uint8Array(writer.finish());
}

/** Reads what `encodeCanonical` wrote. Bytes it never wrote are KmipFailure `generalFailure`. */
export function decodeCanonical(bytes: Uint8Array): AttributeSet {
  try {
    const reader = new TtlvReader(bytes);
    reader.enter(TAG.attributes);
    const list: NewAttribute[] = [];
    while (!reader.atEnd()) list.push(readStored(reader));
    reader.leave();
    return AttributeSet.of(list);
  } catch (error) {
    if (!(error instanceof TtlvError)) throw error;
    throw unreadable(error);
  }
}

function readStored(reader: TtlvReader): NewAttribute {
  const index = reader.has(TAG.attributeIndex) ? reader.integer(TAG.attributeIndex) : undefined;
  const tag = reader.nextTag();
  if (tag === TAG.attribute) {
    reader.enter(TAG.attribute);
    const vendor = reader.text(TAG.vendorIdentification);
    const name = vendorName(vendor, reader.text(TAG.attributeName));
    if (name === undefined) throw unreadable();
    const value = readValue(reader, TAG.attributeValue);
    reader.leave();
    return index === undefined ? { name, value } : { name, index, value };
  }
  const name = attributeByTag(tag)?.name;
  if (name === undefined || !isStandardName(name)) throw unreadable();
  const value = readValue(reader, tag);
  return index === undefined ? { name, value } : { name, index, value };
}

function inOrder(left: Attribute, right: Attribute): number {
  if (left.name === right.name) return left.index - right.index;
  const byTag = place(left.name) - place(right.name);
  if (byTag !== 0) return byTag;
  return left.name < right.name ? -1 : 1;
}

/** Tags have three bytes. */
const BEHIND_EVERY_TAG = 0x100_0000;

function place(name: AttributeName): number {
  return attributeFacts(name)?.tag ?? BEHIND_EVERY_TAG;
}

function unreadable(cause?: unknown): KmipFailure {
  return new KmipFailure('generalFailure', 'stored attributes cannot be read', { cause });
}
