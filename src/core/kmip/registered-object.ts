import type { AttributeName } from '../../kmip/attributes/attribute-name.ts';
import { AttributeSet } from '../../kmip/attributes/attribute-set.ts';
import { SECRET_DATA_TYPE_NAME } from '../../kmip/attributes/internal-names.ts';
import type { TtlvValue } from '../../kmip/attributes/value.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { ReadKeyBlock } from '../../kmip/payloads/key-block.ts';
import type { ReadManagedObject } from '../../kmip/payloads/managed-object.ts';
import { CRYPTOGRAPHIC_ALGORITHM, KEY_FORMAT_TYPE } from '../../kmip/tables/enumerations.ts';
import { enumerationFacts } from '../../kmip/tables/look-up.ts';
import { TAG } from '../../kmip/tables/tags.ts';

/** An object of a Register request, taken apart. */
export interface RegisteredObject {
  /** A view into the message. */
  readonly material: Uint8Array;
  /** The request's, and those inside the object that the request does not name. */
  readonly attributes: AttributeSet;
  /** Attributes that follow from the object. */
  readonly facts: readonly (readonly [AttributeName, TtlvValue])[];
}

/** Bytes of the largest object: what can be wrapped. */
const MOST_BYTES = 4096;

/**
 * Takes an object apart and checks that it can be kept: in a plain format, of a possible size, and of the algorithm and
 * length that its attributes say. KmipFailure otherwise.
 */
export function readRegistered(object: ReadManagedObject, given: AttributeSet): RegisteredObject {
  switch (object.kind) {
    case 'symmetric-key':
      return readSymmetricKey(object.keyBlock, given);
    case 'secret-data': {
      const { keyBlock, secretDataType } = object;
      requireKnown(TAG.secretDataType, secretDataType, 'Secret Data Type');
      const { keyFormatType, keyMaterial } = requirePlain(keyBlock, SECRET_FORMATS);
      const attributes = merged(given, keyBlock);
      requireUsageMask(attributes);
      return {
        material: keyMaterial,
        attributes,
        facts: [
          ['Key Format Type', enumeration(keyFormatType)],
          [SECRET_DATA_TYPE_NAME, enumeration(secretDataType)],
        ],
      };
    }
    case 'opaque-object': {
      requireSize(object.value);
      return {
        material: object.value,
        attributes: given,
        facts: [['Opaque Data Type', enumeration(object.opaqueDataType)]],
      };
    }
  }
}

const KEY_FORMATS: ReadonlySet<number> = new Set([KEY_FORMAT_TYPE.raw]);
const SECRET_FORMATS: ReadonlySet<number> = new Set([KEY_FORMAT_TYPE.raw, KEY_FORMAT_TYPE.opaque]);

function readSymmetricKey(keyBlock: ReadKeyBlock, given: AttributeSet): RegisteredObject {
  const { keyFormatType, keyMaterial } = requirePlain(keyBlock, KEY_FORMATS);
  const attributes = merged(given, keyBlock);
  const algorithm = agreed(
    keyBlock.cryptographicAlgorithm,
    attributes.enumeration('Cryptographic Algorithm'),
    'Cryptographic Algorithm',
  );
  if (algorithm === undefined) throw impossible('Cryptographic Algorithm is missing');
  requireKnown(TAG.cryptographicAlgorithm, algorithm, 'Cryptographic Algorithm');
  const bits = keyMaterial.byteLength * 8;
  const length =
    agreed(
      keyBlock.cryptographicLength,
      attributes.integer('Cryptographic Length'),
      'Cryptographic Length',
    ) ?? bits;
  requireLength(algorithm, length, bits);
  requireUsageMask(attributes);
  return {
    material: keyMaterial,
    attributes,
    facts: [
      ['Cryptographic Algorithm', enumeration(algorithm)],
      ['Cryptographic Length', { type: 'integer', value: length }],
      ['Key Format Type', enumeration(keyFormatType)],
    ],
  };
}

/** Key bytes as they are: in one of these formats, not compressed, not wrapped by a key of the client's. */
function requirePlain(keyBlock: ReadKeyBlock, formats: ReadonlySet<number>): ReadKeyBlock {
  if (keyBlock.keyWrappingData !== undefined) {
    throw new KmipFailure('keyWrapNotSupported', 'wrapped keys are not taken');
  }
  if (keyBlock.keyCompressionType !== undefined) {
    throw new KmipFailure('keyCompressionNotSupported', 'there is no key compression');
  }
  if (!formats.has(keyBlock.keyFormatType)) {
    throw new KmipFailure('keyFormatNotSupported', 'the key format is not supported');
  }
  requireSize(keyBlock.keyMaterial);
  return keyBlock;
}

function requireSize({ byteLength }: Uint8Array): void {
  if (byteLength >= 1 && byteLength <= MOST_BYTES) return;
  throw new KmipFailure('invalidField', `an object has 1 to ${MOST_BYTES} bytes`);
}

/** Attributes inside a Key Value (KMIP 1.4 §2.1.4) count where the request says nothing. */
function merged(given: AttributeSet, { attributes }: ReadKeyBlock): AttributeSet {
  const inside = [...attributes].filter(({ name }) => !given.has(name));
  return inside.length === 0 ? given : AttributeSet.of([...given, ...inside]);
}

/** A value that may be said in two places, but not differently. */
function agreed<Value extends number>(
  inBlock: Value | undefined,
  inAttributes: Value | undefined,
  name: string,
): Value | undefined {
  if (inBlock !== undefined && inAttributes !== undefined && inBlock !== inAttributes) {
    throw impossible(`${name} is not the key's`);
  }
  return inBlock ?? inAttributes;
}

const AES_BITS: readonly number[] = [128, 192, 256];

/** Parity bits of DES keys are not always counted: 112 and 168 for 128 and 192. */
function requireLength(algorithm: number, length: number, bits: number): void {
  const isDes =
    algorithm === CRYPTOGRAPHIC_ALGORITHM.des || algorithm === CRYPTOGRAPHIC_ALGORITHM.tripleDes;
  const fits = length === bits || (isDes && length === (bits / 8) * 7);
  const isPossible = algorithm !== CRYPTOGRAPHIC_ALGORITHM.aes || AES_BITS.includes(bits);
  if (!fits || !isPossible) throw impossible("Cryptographic Length is not the key's");
}

function requireUsageMask(attributes: AttributeSet): void {
  // 0 is a mask: database drivers register seeds with it, for nobody's use but their own.
  if (!attributes.has('Cryptographic Usage Mask')) {
    throw impossible('Cryptographic Usage Mask is missing');
  }
}

/** Values of enumerations from here on are extensions (KMIP 1.4 §9.1.3.2). */
const EXTENSIONS = 0x8000_0000;

function requireKnown(tag: number, value: number, name: string): void {
  if (value < EXTENSIONS && enumerationFacts(tag, value) === undefined) {
    throw impossible(`${name} has an impossible value`);
  }
}

function enumeration(value: number): TtlvValue {
  return { type: 'enumeration', value };
}

function impossible(message: string): KmipFailure {
  return new KmipFailure('invalidAttributeValue', message);
}
