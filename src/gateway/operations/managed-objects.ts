import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { SECRET_DATA_TYPE_NAME } from '../../kmip/attributes/internal-names.ts';
import type { ManagedObject } from '../../kmip/payloads/managed-object.ts';
import type { KeyMaterialSource } from '../../kmip/payloads/payload-codec.ts';
import { KEY_FORMAT_TYPE, OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { isDestroyed } from '../keys/key-state.ts';
import type { LocalKey } from '../keys/local-keys.ts';

/** Key Format Type in which an object is kept; bytes are bytes, so Raw is possible for all of them. */
export function formatOf({ row, attributes }: LocalKey): number {
  // Whatever its client said of it at Create: the bytes of a symmetric key are the key.
  if (row.objectType === OBJECT_TYPE.symmetricKey) return KEY_FORMAT_TYPE.raw;
  return attributes.enumeration('Key Format Type') ?? KEY_FORMAT_TYPE.raw;
}

/** True when everything that a response needs of the object is in the vault. What is destroyed needs nothing any more. */
export function isServedHere({ row, state, attributes }: LocalKey): boolean {
  if (isDestroyed(state)) return true;
  switch (row.objectType) {
    case OBJECT_TYPE.symmetricKey:
      return true;
    case OBJECT_TYPE.secretData:
      return attributes.has(SECRET_DATA_TYPE_NAME);
    case OBJECT_TYPE.opaqueObject:
      return attributes.has('Opaque Data Type');
    default:
      return false;
  }
}

/**
 * Hands `use` the object with its material in the plain form that every client reads: no attributes within, nothing wrapped.
 * Where its bytes have to be copied, the copy is wiped afterwards.
 */
export function withManagedObject(
  key: LocalKey,
  material: KeyMaterialSource,
  use: (object: ManagedObject) => void,
): void {
  const { attributes, row } = key;
  const keyBlock = {
    keyFormatType: formatOf(key),
    keyMaterial: material,
    attributes: AttributeSet.empty,
  };
  switch (row.objectType) {
    case OBJECT_TYPE.opaqueObject: {
      const value = Buffer.alloc(material.length);
      try {
        material.writeTo(value, 0);
        const opaqueDataType = attributes.enumeration('Opaque Data Type') ?? 0;
        use({ kind: 'opaque-object', opaqueDataType, value });
      } finally {
        value.fill(0);
      }
      return;
    }
    case OBJECT_TYPE.secretData: {
      const secretDataType = attributes.enumeration(SECRET_DATA_TYPE_NAME) ?? 0;
      use({ kind: 'secret-data', secretDataType, keyBlock });
      return;
    }
    default: {
      const cryptographicLength = attributes.integer('Cryptographic Length') ?? material.length * 8;
      const cryptographicAlgorithm = attributes.enumeration('Cryptographic Algorithm');
      use({
        kind: 'symmetric-key',
        keyBlock: { ...keyBlock, cryptographicAlgorithm, cryptographicLength },
      });
    }
  }
}
