import { checkStructure, fieldsIn } from '../attributes/structures.ts';
import {
  fieldOf,
  readValue,
  writeValue,
  type TtlvField,
  type TtlvValue,
} from '../attributes/value.ts';
import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TtlvReader } from '../ttlv/reader.ts';
import type { TtlvWriter } from '../ttlv/writer.ts';
import type { KmipVersion } from '../version.ts';

/** Cryptographic Parameters (KMIP 1.4 §3.6). */
export interface CryptographicParameters {
  /** Enumerations. */
  readonly blockCipherMode?: number | undefined;
  readonly paddingMethod?: number | undefined;
  readonly hashingAlgorithm?: number | undefined;
  readonly keyRoleType?: number | undefined;
  readonly digitalSignatureAlgorithm?: number | undefined;
  readonly cryptographicAlgorithm?: number | undefined;
  /** The server chooses the initialisation vector and tells it. */
  readonly randomIv?: boolean | undefined;
  /** Bits. */
  readonly ivLength?: number | undefined;
  /** Bytes. */
  readonly tagLength?: number | undefined;
  /** Bits; of nonces that are put together. */
  readonly fixedFieldLength?: number | undefined;
  readonly invocationFieldLength?: number | undefined;
  readonly counterLength?: number | undefined;
  readonly initialCounterValue?: number | undefined;
  /** Of RSA-PSS and OAEP. */
  readonly saltLength?: number | undefined;
  readonly maskGenerator?: number | undefined;
  readonly maskGeneratorHashingAlgorithm?: number | undefined;
  readonly pSource?: Uint8Array | undefined;
  readonly trailerField?: number | undefined;
}

/** Reads the optional Cryptographic Parameters of a request. */
export function readCryptographicParameters(
  reader: TtlvReader,
  version: KmipVersion,
): CryptographicParameters | undefined {
  if (!reader.has(TAG.cryptographicParameters)) return undefined;
  const value = readValue(reader, TAG.cryptographicParameters);
  if (value.type !== 'structure') {
    throw new KmipFailure('invalidField', 'cryptographic parameters are a structure');
  }
  checkStructure('Cryptographic Parameters', value, version);
  return cryptographicParametersOf(value);
}

export function writeCryptographicParameters(
  writer: TtlvWriter,
  parameters: CryptographicParameters | undefined,
  version: KmipVersion,
): void {
  if (parameters === undefined) return;
  const fields = fieldsIn('Cryptographic Parameters', fieldsOf(parameters), version);
  writeValue(writer, TAG.cryptographicParameters, { type: 'structure', fields });
}

/** What the value of the attribute Cryptographic Parameters says. */
export function cryptographicParametersOf(value: TtlvValue): CryptographicParameters {
  const number = (tag: number): number | undefined => {
    const field = fieldOf(value, tag);
    return field?.type === 'enumeration' || field?.type === 'integer' ? field.value : undefined;
  };
  const randomIv = fieldOf(value, TAG.randomIv);
  const pSource = fieldOf(value, TAG.pSource);
  return {
    blockCipherMode: number(TAG.blockCipherMode),
    paddingMethod: number(TAG.paddingMethod),
    hashingAlgorithm: number(TAG.hashingAlgorithm),
    keyRoleType: number(TAG.keyRoleType),
    digitalSignatureAlgorithm: number(TAG.digitalSignatureAlgorithm),
    cryptographicAlgorithm: number(TAG.cryptographicAlgorithm),
    randomIv: randomIv?.type === 'boolean' ? randomIv.value : undefined,
    ivLength: number(TAG.ivLength),
    tagLength: number(TAG.tagLength),
    fixedFieldLength: number(TAG.fixedFieldLength),
    invocationFieldLength: number(TAG.invocationFieldLength),
    counterLength: number(TAG.counterLength),
    initialCounterValue: number(TAG.initialCounterValue),
    saltLength: number(TAG.saltLength),
    maskGenerator: number(TAG.maskGenerator),
    maskGeneratorHashingAlgorithm: number(TAG.maskGeneratorHashingAlgorithm),
    pSource: pSource?.type === 'byteString' ? pSource.value : undefined,
    trailerField: number(TAG.trailerField),
  };
}

function fieldsOf(parameters: CryptographicParameters): TtlvField[] {
  const fields: TtlvField[] = [];
  const enumeration = (tag: number, value: number | undefined): void => {
    if (value !== undefined) fields.push({ tag, value: { type: 'enumeration', value } });
  };
  const integer = (tag: number, value: number | undefined): void => {
    if (value !== undefined) fields.push({ tag, value: { type: 'integer', value } });
  };
  enumeration(TAG.blockCipherMode, parameters.blockCipherMode);
  enumeration(TAG.paddingMethod, parameters.paddingMethod);
  enumeration(TAG.hashingAlgorithm, parameters.hashingAlgorithm);
  enumeration(TAG.keyRoleType, parameters.keyRoleType);
  enumeration(TAG.digitalSignatureAlgorithm, parameters.digitalSignatureAlgorithm);
  enumeration(TAG.cryptographicAlgorithm, parameters.cryptographicAlgorithm);
  if (parameters.randomIv !== undefined) {
    fields.push({ tag: TAG.randomIv, value: { type: 'boolean', value: parameters.randomIv } });
  }
  integer(TAG.ivLength, parameters.ivLength);
  integer(TAG.tagLength, parameters.tagLength);
  integer(TAG.fixedFieldLength, parameters.fixedFieldLength);
  integer(TAG.invocationFieldLength, parameters.invocationFieldLength);
  integer(TAG.counterLength, parameters.counterLength);
  integer(TAG.initialCounterValue, parameters.initialCounterValue);
  integer(TAG.saltLength, parameters.saltLength);
  enumeration(TAG.maskGenerator, parameters.maskGenerator);
  enumeration(TAG.maskGeneratorHashingAlgorithm, parameters.maskGeneratorHashingAlgorithm);
  if (parameters.pSource !== undefined) {
    fields.push({ tag: TAG.pSource, value: { type: 'byteString', value: parameters.pSource } });
  }
  integer(TAG.trailerField, parameters.trailerField);
  return fields;
}
