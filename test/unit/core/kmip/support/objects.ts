import {
  AttributeSet,
  type NewAttribute,
} from '../../../../../src/kmip/attributes/attribute-set.ts';
import { nameAttribute } from '../../../../../src/kmip/attributes/build.ts';
import type { ManagedObject } from '../../../../../src/kmip/payloads/managed-object.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  KEY_FORMAT_TYPE,
  OBJECT_TYPE,
} from '../../../../../src/kmip/tables/enumerations.ts';
import { CRYPTOGRAPHIC_USAGE_MASK } from '../../../../../src/kmip/tables/masks.ts';

export const ENCRYPT_DECRYPT = CRYPTOGRAPHIC_USAGE_MASK.encrypt | CRYPTOGRAPHIC_USAGE_MASK.decrypt;

/** An AES key as clients register it. */
export function aesKey(
  material: Uint8Array,
  names: readonly string[] = [],
  usageMask: number = ENCRYPT_DECRYPT,
  further: readonly NewAttribute[] = [],
): { readonly object: ManagedObject; readonly attributes: AttributeSet } {
  const length = material.byteLength * 8;
  const algorithm = CRYPTOGRAPHIC_ALGORITHM.aes;
  return {
    object: {
      kind: 'symmetric-key',
      keyBlock: {
        keyFormatType: KEY_FORMAT_TYPE.raw,
        keyMaterial: material,
        attributes: AttributeSet.empty,
        cryptographicAlgorithm: algorithm,
        cryptographicLength: length,
      },
    },
    attributes: AttributeSet.of([
      { name: 'Cryptographic Algorithm', value: { type: 'enumeration', value: algorithm } },
      { name: 'Cryptographic Length', value: { type: 'integer', value: length } },
      ...withMask(usageMask),
      ...names.map((name) => nameAttribute(name)),
      ...further,
    ]),
  };
}

/** Secret data in the opaque format. */
export function secretData(
  material: Uint8Array,
  secretDataType: number,
  usageMask: number,
  further: readonly NewAttribute[] = [],
): { readonly object: ManagedObject; readonly attributes: AttributeSet } {
  return {
    object: {
      kind: 'secret-data',
      secretDataType,
      keyBlock: {
        keyFormatType: KEY_FORMAT_TYPE.opaque,
        keyMaterial: material,
        attributes: AttributeSet.empty,
      },
    },
    attributes: AttributeSet.of([...withMask(usageMask), ...further]),
  };
}

function withMask(value: number): NewAttribute[] {
  return [{ name: 'Cryptographic Usage Mask', value: { type: 'integer', value } }];
}

/** Bytes 0, 1, 2 … from `first`. */
export function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
}

/** A Create request for an AES key. */
export function aesRequest(
  bits: number,
  usageMask: number = ENCRYPT_DECRYPT,
  further: readonly NewAttribute[] = [],
): { readonly objectType: number; readonly attributes: AttributeSet } {
  const algorithm = CRYPTOGRAPHIC_ALGORITHM.aes;
  return {
    objectType: OBJECT_TYPE.symmetricKey,
    attributes: AttributeSet.of([
      { name: 'Cryptographic Algorithm', value: { type: 'enumeration', value: algorithm } },
      { name: 'Cryptographic Length', value: { type: 'integer', value: bits } },
      ...withMask(usageMask),
      ...further,
    ]),
  };
}

export function opaqueObject(value: Uint8Array): {
  readonly object: ManagedObject;
  readonly attributes: AttributeSet;
} {
  const object = { kind: 'opaque-object', opaqueDataType: 0x8000_0001, value } as const;
  return { object, attributes: AttributeSet.empty };
}

export function dateAttribute(
  name: 'Activation Date' | 'Process Start Date' | 'Protect Stop Date' | 'Deactivation Date',
  seconds: number,
): NewAttribute & { readonly name: typeof name } {
  return { name, value: { type: 'dateTime', value: BigInt(seconds) } };
}
