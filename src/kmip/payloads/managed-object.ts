import type { Purpose } from '../attributes/attribute-item.ts';
import { KmipFailure } from '../failure.ts';
import { OBJECT_TYPE } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';
import { readKeyBlock, writeKeyBlock, type KeyBlock, type ReadKeyBlock } from './key-block.ts';

/** Managed objects that Register and Get carry (KMIP 1.4 §2.2, 2.1 §2), those with a key or secret of their own. */
export type ManagedObject<Block = KeyBlock> =
  | { readonly kind: 'symmetric-key'; readonly keyBlock: Block }
  | {
      readonly kind: 'secret-data';
      /** Secret Data Type enumeration. */
      readonly secretDataType: number;
      readonly keyBlock: Block;
    }
  | {
      readonly kind: 'opaque-object';
      /** Opaque Data Type enumeration. */
      readonly opaqueDataType: number;
      /** As secret as a key. A view into the message when it was read. */
      readonly value: Uint8Array;
    };

/** A managed object as it is read. */
export type ReadManagedObject = ManagedObject<ReadKeyBlock>;

const OBJECT_TYPE_OF: Readonly<Record<ManagedObject['kind'], number>> = {
  'symmetric-key': OBJECT_TYPE.symmetricKey,
  'secret-data': OBJECT_TYPE.secretData,
  'opaque-object': OBJECT_TYPE.opaqueObject,
};

/** Object Type enumeration of a managed object. */
export function objectTypeOf({ kind }: ManagedObject): number {
  return OBJECT_TYPE_OF[kind];
}

/** Reads the object at the cursor. Kinds that are not listed are KmipFailure `invalidObjectType`. */
export function readManagedObject(
  reader: TtlvReader,
  version: KmipVersion,
  purpose: Purpose,
): ReadManagedObject {
  const tag = reader.nextTag();
  switch (tag) {
    case TAG.symmetricKey: {
      reader.enter(tag);
      const keyBlock = readKeyBlock(reader, version, purpose);
      reader.leave();
      return { kind: 'symmetric-key', keyBlock };
    }
    case TAG.secretData: {
      reader.enter(tag);
      const secretDataType = reader.enumeration(TAG.secretDataType);
      const keyBlock = readKeyBlock(reader, version, purpose);
      reader.leave();
      return { kind: 'secret-data', secretDataType, keyBlock };
    }
    case TAG.opaqueObject: {
      reader.enter(tag);
      const opaqueDataType = reader.enumeration(TAG.opaqueDataType);
      const value = reader.byteString(TAG.opaqueDataValue);
      reader.leave();
      return { kind: 'opaque-object', opaqueDataType, value };
    }
    case 0:
      throw new KmipFailure('missingData', 'there is no object');
    default:
      throw new KmipFailure('invalidObjectType', 'objects of this type are not supported');
  }
}

/** Writes an object; the writer is secret from here on. */
export function writeManagedObject(
  writer: TtlvWriter,
  object: ManagedObject,
  version: KmipVersion,
): void {
  switch (object.kind) {
    case 'symmetric-key':
      writer.begin(TAG.symmetricKey);
      writeKeyBlock(writer, object.keyBlock, version);
      break;
    case 'secret-data':
      writer.begin(TAG.secretData);
      writer.enumeration(TAG.secretDataType, object.secretDataType);
      writeKeyBlock(writer, object.keyBlock, version);
      break;
    case 'opaque-object':
      writer.begin(TAG.opaqueObject);
      writer.enumeration(TAG.opaqueDataType, object.opaqueDataType);
      writer.markSecret();
      writer.byteString(TAG.opaqueDataValue, object.value);
      break;
  }
  writer.end();
}
