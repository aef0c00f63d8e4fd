import { AttributeSet } from '../attributes/attribute-set.ts';
import type { Purpose } from '../attributes/attribute-item.ts';
import { readAttributeList, writeNewAttributes } from '../attributes/attribute-list.ts';
import { writeTemplate } from '../attributes/template.ts';
import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import { HEADER_LENGTH, TYPE } from '../ttlv/types.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import { isVersion2, type KmipVersion } from '../version.ts';
import {
  readEnumeration,
  readInteger,
  readItem,
  writeEnumeration,
  writeInteger,
  writeItem,
} from './optional.ts';
import type { KeyMaterialSource } from './payload-codec.ts';

/** Key Block (KMIP 1.4 §2.1.3, 2.1 §3.1) with its key as one string of bytes. */
export interface KeyBlock {
  /** Key Format Type enumeration. */
  readonly keyFormatType: number;
  readonly keyCompressionType?: number | undefined;
  /**
   * Read: a view into the message, so whoever owns the message wipes it. To be written: bytes, or what writes them into
   * the message itself.
   */
  readonly keyMaterial: Uint8Array | KeyMaterialSource;
  /** Attributes inside the Key Value: empty in everything we answer, since clients fail on them. */
  readonly attributes: AttributeSet;
  readonly cryptographicAlgorithm?: number | undefined;
  /** Bits. */
  readonly cryptographicLength?: number | undefined;
  /** The whole Key Wrapping Data item, a view: the key material is wrapped by a key of the client's. */
  readonly keyWrappingData?: Uint8Array | undefined;
}

/** A key block as it is read. */
export interface ReadKeyBlock extends KeyBlock {
  readonly keyMaterial: Uint8Array;
}

/** Reads a Key Block. Key material that is a structure (transparent keys) or not there is KmipFailure. */
export function readKeyBlock(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): ReadKeyBlock {
  reader.enter(TAG.keyBlock);
  const block: ReadKeyBlock = {
    keyFormatType: reader.enumeration(TAG.keyFormatType),
    keyCompressionType: readEnumeration(reader, TAG.keyCompressionType),
    ...readKeyValue(reader, version, purpose),
    cryptographicAlgorithm: readEnumeration(reader, TAG.cryptographicAlgorithm),
    cryptographicLength: readInteger(reader, TAG.cryptographicLength),
    keyWrappingData: readItem(reader, TAG.keyWrappingData),
  };
  reader.leave();
  return block;
}

/** Writes a Key Block; the writer is secret from here on. */
export function writeKeyBlock(writer: TtlvWriter, block: KeyBlock, version: KmipVersion): void {
  writer.begin(TAG.keyBlock);
  writer.enumeration(TAG.keyFormatType, block.keyFormatType);
  writeEnumeration(writer, TAG.keyCompressionType, block.keyCompressionType);
  writeKeyValue(writer, block, version);
  writeEnumeration(writer, TAG.cryptographicAlgorithm, block.cryptographicAlgorithm);
  writeInteger(writer, TAG.cryptographicLength, block.cryptographicLength);
  writeItem(writer, block.keyWrappingData);
  writer.end();
}

function readKeyValue(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): Pick<ReadKeyBlock, 'keyMaterial' | 'attributes'> {
  // A wrapped key is the Key Value itself, encoded or not (KMIP 1.4 §2.1.4).
  if (reader.nextType() === TYPE.byteString) {
    return { keyMaterial: reader.byteString(TAG.keyValue), attributes: AttributeSet.empty };
  }
  reader.enter(TAG.keyValue);
  if (reader.has(TAG.keyMaterial) && reader.nextType() === TYPE.structure) {
    throw new KmipFailure('keyFormatNotSupported', 'transparent keys are not supported');
  }
  const keyMaterial = reader.byteString(TAG.keyMaterial);
  const attributes = readAttributeList(reader, version, purpose);
  reader.leave();
  return { keyMaterial, attributes };
}

function writeKeyValue(writer: TtlvWriter, block: KeyBlock, version: KmipVersion): void {
  if (block.keyWrappingData !== undefined) {
    writeKeyMaterial(writer, TAG.keyValue, block.keyMaterial);
    return;
  }
  writer.begin(TAG.keyValue);
  writeKeyMaterial(writer, TAG.keyMaterial, block.keyMaterial);
  if (block.attributes.size > 0) writeAttributes(writer, block.attributes, version);
  writer.end();
}

function writeAttributes(writer: TtlvWriter, attributes: AttributeSet, version: KmipVersion): void {
  if (!isVersion2(version)) {
    writeNewAttributes(writer, attributes, version);
    return;
  }
  const before = writer.mark();
  writeTemplate(writer, attributes, version);
  // Not even the structure when nothing of it can be said in this version.
  if (writer.length === before + HEADER_LENGTH) writer.rewind(before);
}

function writeKeyMaterial(
  writer: TtlvWriter,
  tag: number,
  material: Uint8Array | KeyMaterialSource,
): void {
  if (material instanceof Uint8Array) {
    writer.markSecret();
    writer.byteString(tag, material);
  } else {
    const offset = writer.reserve(tag, material.length);
    material.writeTo(writer.buffer, offset);
  }
}
