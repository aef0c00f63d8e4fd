import { KEY_FORMAT_TYPE, OBJECT_TYPE } from '../../kmip/tables/enumerations.ts';
import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import type { ManagedObject } from '../../kmip/payloads/managed-object.ts';
import type { KeyMaterialSource } from '../../kmip/payloads/payload-codec.ts';
import { isDestroyed } from '../keys/key-state.ts';
import type { LocalKey } from '../keys/local-keys.ts';

/**
 * True when everything of the object is in the vault. Of secret data it does not know the type; and what is destroyed needs
 * nothing any more.
 */
export function isServedHere({ row, state }: LocalKey): boolean {
  return row.objectType === OBJECT_TYPE.symmetricKey || isDestroyed(state);
}

/** A symmetric key with its material, in the plain form that every client reads: no attributes within, nothing wrapped. */
export function managedObject(
  { attributes }: LocalKey,
  keyMaterial: KeyMaterialSource,
): ManagedObject {
  return {
    kind: 'symmetric-key',
    keyBlock: {
      keyFormatType: KEY_FORMAT_TYPE.raw,
      keyMaterial,
      attributes: AttributeSet.empty,
      cryptographicAlgorithm: attributes.enumeration('Cryptographic Algorithm'),
      cryptographicLength: attributes.integer('Cryptographic Length') ?? keyMaterial.length * 8,
    },
  };
}
