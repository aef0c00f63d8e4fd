import type { AttributeName } from '../../kmip/attributes/attribute-name.ts';
import type { TtlvValue } from '../../kmip/attributes/value.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  DRBG_ALGORITHM,
  KEY_FORMAT_TYPE,
  RNG_ALGORITHM,
} from '../../kmip/tables/enumerations.ts';
import { TAG } from '../../kmip/tables/tags.ts';

const AES_BITS: readonly number[] = [128, 192, 256];

/** Refuses keys that cannot be made here. KmipFailure invalidAttributeValue. */
export function requireAesKey(algorithm: number | undefined, bits: number): void {
  if (algorithm !== CRYPTOGRAPHIC_ALGORITHM.aes || !AES_BITS.includes(bits)) {
    throw new KmipFailure('invalidAttributeValue', 'only keys for AES can be made');
  }
}

/** Attributes that follow from the making of an AES key. */
export function generatedKeyFacts(bits: number): readonly (readonly [AttributeName, TtlvValue])[] {
  return [
    ['Cryptographic Algorithm', enumeration(CRYPTOGRAPHIC_ALGORITHM.aes)],
    ['Cryptographic Length', { type: 'integer', value: bits }],
    ['Key Format Type', enumeration(KEY_FORMAT_TYPE.raw)],
    ['Random Number Generator', RANDOM_NUMBER_GENERATOR],
  ];
}

/** OpenSSL's: CTR_DRBG with AES-256 (SP 800-90A). */
const RANDOM_NUMBER_GENERATOR: TtlvValue = {
  type: 'structure',
  fields: [
    { tag: TAG.rngAlgorithm, value: enumeration(RNG_ALGORITHM.drbg) },
    { tag: TAG.cryptographicAlgorithm, value: enumeration(CRYPTOGRAPHIC_ALGORITHM.aes) },
    { tag: TAG.cryptographicLength, value: { type: 'integer', value: 256 } },
    { tag: TAG.drbgAlgorithm, value: enumeration(DRBG_ALGORITHM.ctr) },
  ],
};

function enumeration(value: number): TtlvValue {
  return { type: 'enumeration', value };
}
