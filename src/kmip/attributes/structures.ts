import { KmipFailure } from '../failure.ts';
import { TAG } from '../tables/tags.ts';
import type { TYPE } from '../ttlv/types.ts';
import type { KmipVersion } from '../version.ts';
import type { AttributeName } from './attribute-name.ts';
import type { TtlvField, TtlvValue } from './value.ts';

/** A field of a structured attribute value. */
interface FieldRule {
  readonly tag: number;
  readonly type: keyof typeof TYPE;
  readonly required?: true;
  /** Since when this structure has it; earlier than the structure: always. */
  readonly since?: KmipVersion;
}

/**
 * Fields of structured attributes in their order (KMIP 1.4 §3, 2.1 §4 and §7). Structures that nothing here looks into
 * (certificates, locations) are not listed: any fields are theirs.
 */
const STRUCTURES: Partial<Record<AttributeName, readonly FieldRule[]>> = {
  Name: [
    { tag: TAG.nameValue, type: 'textString', required: true },
    { tag: TAG.nameType, type: 'enumeration', required: true },
  ],
  'Alternative Name': [
    { tag: TAG.alternativeNameValue, type: 'textString', required: true },
    { tag: TAG.alternativeNameType, type: 'enumeration', required: true },
  ],
  'Application Specific Information': [
    { tag: TAG.applicationNamespace, type: 'textString', required: true },
    // Left out by a client that asks the server to choose it (1.4 §3.36).
    { tag: TAG.applicationData, type: 'textString' },
  ],
  Link: [
    { tag: TAG.linkType, type: 'enumeration', required: true },
    { tag: TAG.linkedObjectIdentifier, type: 'textString', required: true },
  ],
  Digest: [
    { tag: TAG.hashingAlgorithm, type: 'enumeration', required: true },
    { tag: TAG.digestValue, type: 'byteString' },
    { tag: TAG.keyFormatType, type: 'enumeration', since: 11 },
  ],
  'Revocation Reason': [
    { tag: TAG.revocationReasonCode, type: 'enumeration', required: true },
    { tag: TAG.revocationMessage, type: 'textString' },
  ],
  'Usage Limits': [
    { tag: TAG.usageLimitsTotal, type: 'longInteger', required: true },
    { tag: TAG.usageLimitsCount, type: 'longInteger' },
    { tag: TAG.usageLimitsUnit, type: 'enumeration', required: true },
  ],
  'Rotate Name': [
    { tag: TAG.rotateNameValue, type: 'textString', required: true },
    { tag: TAG.rotateNameType, type: 'enumeration', required: true },
  ],
  'Random Number Generator': [
    { tag: TAG.rngAlgorithm, type: 'enumeration', required: true },
    { tag: TAG.cryptographicAlgorithm, type: 'enumeration' },
    { tag: TAG.cryptographicLength, type: 'integer' },
    { tag: TAG.hashingAlgorithm, type: 'enumeration' },
    { tag: TAG.drbgAlgorithm, type: 'enumeration' },
    { tag: TAG.recommendedCurve, type: 'enumeration' },
    { tag: TAG.fips186Variation, type: 'enumeration' },
    { tag: TAG.predictionResistance, type: 'boolean' },
  ],
  'Cryptographic Parameters': [
    { tag: TAG.blockCipherMode, type: 'enumeration' },
    { tag: TAG.paddingMethod, type: 'enumeration' },
    { tag: TAG.hashingAlgorithm, type: 'enumeration' },
    { tag: TAG.keyRoleType, type: 'enumeration' },
    { tag: TAG.digitalSignatureAlgorithm, type: 'enumeration', since: 12 },
    { tag: TAG.cryptographicAlgorithm, type: 'enumeration', since: 12 },
    { tag: TAG.randomIv, type: 'boolean', since: 12 },
    { tag: TAG.ivLength, type: 'integer', since: 12 },
    { tag: TAG.tagLength, type: 'integer', since: 12 },
    { tag: TAG.fixedFieldLength, type: 'integer', since: 12 },
    { tag: TAG.invocationFieldLength, type: 'integer', since: 12 },
    { tag: TAG.counterLength, type: 'integer', since: 12 },
    { tag: TAG.initialCounterValue, type: 'integer', since: 12 },
    { tag: TAG.saltLength, type: 'integer', since: 14 },
    { tag: TAG.maskGenerator, type: 'enumeration', since: 14 },
    { tag: TAG.maskGeneratorHashingAlgorithm, type: 'enumeration', since: 14 },
    { tag: TAG.pSource, type: 'byteString', since: 14 },
    { tag: TAG.trailerField, type: 'integer', since: 14 },
  ],
};

/**
 * Refuses a structured value whose fields are unknown to this version, repeated, out of order, of a wrong type, or missing:
 * KmipFailure `invalidAttributeValue`. With `partial` a required field may be missing, as in what Locate compares with.
 */
export function checkStructure(
  name: AttributeName,
  value: TtlvValue,
  version: KmipVersion,
  partial = false,
): void {
  const rules = STRUCTURES[name];
  if (rules === undefined || value.type !== 'structure') return;
  let at = 0;
  for (const rule of rules) {
    const field = value.fields[at];
    if (field?.tag === rule.tag) {
      if (field.value.type !== rule.type || version < (rule.since ?? 10)) throw wrong(name);
      at += 1;
    } else if (rule.required === true && !partial) {
      throw wrong(name);
    }
  }
  if (at < value.fields.length) throw wrong(name);
}

/** The fields of a structured value that this version has. */
export function fieldsIn(
  name: AttributeName,
  fields: readonly TtlvField[],
  version: KmipVersion,
): readonly TtlvField[] {
  const rules = STRUCTURES[name];
  if (rules === undefined) return fields;
  const isNewer = (tag: number): boolean =>
    rules.some((rule) => rule.tag === tag && version < (rule.since ?? 10));
  return fields.some((field) => isNewer(field.tag))
    ? fields.filter((field) => !isNewer(field.tag))
    : fields;
}

function wrong(name: AttributeName): KmipFailure {
  return new KmipFailure('invalidAttributeValue', `the value of ${name} is not what it must be`);
}
