import fc, { type Arbitrary } from 'fast-check';

import { isStandardName } from '../../../src/kmip/attributes/attribute-name.ts';
import { AttributeSet, type NewAttribute } from '../../../src/kmip/attributes/attribute-set.ts';
import type { TtlvField, TtlvValue } from '../../../src/kmip/attributes/value.ts';
import type { CryptographicParameters } from '../../../src/kmip/payloads/cryptographic-parameters.ts';
import type { KeyBlock } from '../../../src/kmip/payloads/key-block.ts';
import type { ManagedObject } from '../../../src/kmip/payloads/managed-object.ts';
import type { UidReference } from '../../../src/kmip/payloads/payload-codec.ts';
import { ATTRIBUTES } from '../../../src/kmip/tables/attributes.ts';
import { ENUMERATIONS } from '../../../src/kmip/tables/enumerations.ts';
import type { AttributeFacts } from '../../../src/kmip/tables/facts.ts';
import { TAG } from '../../../src/kmip/tables/tags.ts';
import { TYPE } from '../../../src/kmip/ttlv/types.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../src/kmip/version.ts';

export const anyVersion: Arbitrary<KmipVersion> = fc.constantFrom(...KMIP_VERSIONS);

/** Text that a TextString can hold. */
export const anyText: Arbitrary<string> = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((text) => text.replaceAll('\0', ''));

export const anyUid: Arbitrary<string> = fc.string({ minLength: 1, maxLength: 40 });

export const anyBytes: Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 40 });

export const anyInteger: Arbitrary<number> = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });

const anyUnsigned = fc.integer({ min: 0, max: 0xffff_ffff });

const anyInt64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** A value of the enumeration in this field, one of any version, or an extension. */
export function enumerationOf(tag: number): Arbitrary<number> {
  const values = ENUMERATIONS.find((set) => set.tags.includes(tag))?.values ?? [];
  const known = values.map(({ value }) => value);
  return fc.constantFrom(...known, 0x8000_0001);
}

const scalar: Arbitrary<TtlvValue> = fc.oneof(
  anyInteger.map((value): TtlvValue => ({ type: 'integer', value })),
  anyInt64.map((value): TtlvValue => ({ type: 'longInteger', value })),
  fc
    .bigInt({ min: -(2n ** 130n), max: 2n ** 130n })
    .map((value): TtlvValue => ({ type: 'bigInteger', value })),
  anyUnsigned.map((value): TtlvValue => ({ type: 'enumeration', value })),
  fc.boolean().map((value): TtlvValue => ({ type: 'boolean', value })),
  anyText.map((value): TtlvValue => ({ type: 'textString', value })),
  anyBytes.map((value): TtlvValue => ({ type: 'byteString', value })),
  anyInt64.map((value): TtlvValue => ({ type: 'dateTime', value })),
  anyUnsigned.map((value): TtlvValue => ({ type: 'interval', value })),
  anyInt64.map((value): TtlvValue => ({ type: 'dateTimeExtended', value })),
);

/** Values as custom attributes may have them, structures included. */
const anyValue: Arbitrary<TtlvValue> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.record({ tag: fc.constantFrom(0x540001, 0x540002), value: scalar }), {
        maxLength: 4,
      })
      .map((fields): TtlvValue => ({ type: 'structure', fields })),
  },
);

const text = (tag: number): Arbitrary<TtlvField> =>
  anyText.map((value) => ({ tag, value: { type: 'textString', value } }));
const enumeration = (tag: number): Arbitrary<TtlvField> =>
  enumerationOf(tag).map((value) => ({ tag, value: { type: 'enumeration', value } }));
const integer = (tag: number): Arbitrary<TtlvField> =>
  anyInteger.map((value) => ({ tag, value: { type: 'integer', value } }));
const long = (tag: number): Arbitrary<TtlvField> =>
  anyInt64.map((value) => ({ tag, value: { type: 'longInteger', value } }));
const bytes = (tag: number): Arbitrary<TtlvField> =>
  anyBytes.map((value) => ({ tag, value: { type: 'byteString', value } }));
const boolean = (tag: number): Arbitrary<TtlvField> =>
  fc.boolean().map((value) => ({ tag, value: { type: 'boolean', value } }));

/** Structures whose fields are checked; `true`: the field is required. */
const STRUCTURES: Readonly<Record<string, readonly (readonly [Arbitrary<TtlvField>, boolean])[]>> =
  {
    Name: [
      [text(TAG.nameValue), true],
      [enumeration(TAG.nameType), true],
    ],
    'Alternative Name': [
      [text(TAG.alternativeNameValue), true],
      [enumeration(TAG.alternativeNameType), true],
    ],
    'Application Specific Information': [
      [text(TAG.applicationNamespace), true],
      [text(TAG.applicationData), false],
    ],
    Link: [
      [enumeration(TAG.linkType), true],
      [text(TAG.linkedObjectIdentifier), true],
    ],
    Digest: [
      [enumeration(TAG.hashingAlgorithm), true],
      [bytes(TAG.digestValue), false],
      [enumeration(TAG.keyFormatType), false],
    ],
    'Revocation Reason': [
      [enumeration(TAG.revocationReasonCode), true],
      [text(TAG.revocationMessage), false],
    ],
    'Usage Limits': [
      [long(TAG.usageLimitsTotal), true],
      [long(TAG.usageLimitsCount), false],
      [enumeration(TAG.usageLimitsUnit), true],
    ],
    'Rotate Name': [
      [text(TAG.rotateNameValue), true],
      [enumeration(TAG.rotateNameType), true],
    ],
    'Random Number Generator': [
      [enumeration(TAG.rngAlgorithm), true],
      [enumeration(TAG.cryptographicAlgorithm), false],
      [integer(TAG.cryptographicLength), false],
      [enumeration(TAG.drbgAlgorithm), false],
      [boolean(TAG.predictionResistance), false],
    ],
    'Cryptographic Parameters': [
      [enumeration(TAG.blockCipherMode), false],
      [enumeration(TAG.paddingMethod), false],
      [enumeration(TAG.hashingAlgorithm), false],
      [enumeration(TAG.cryptographicAlgorithm), false],
      [boolean(TAG.randomIv), false],
      [integer(TAG.tagLength), false],
      [integer(TAG.saltLength), false],
      [bytes(TAG.pSource), false],
    ],
  };

function fieldsOf(name: string): Arbitrary<TtlvValue> {
  const rules = STRUCTURES[name] ?? [];
  const fields = rules.map(([field, required]) =>
    required ? field : fc.option(field, { nil: undefined }),
  );
  return fc.tuple(...fields).map((values): TtlvValue => ({
    type: 'structure',
    fields: values.filter((value) => value !== undefined),
  }));
}

function valueOf({ name, tag, type }: AttributeFacts): Arbitrary<TtlvValue> {
  switch (type) {
    case TYPE.structure:
      return fieldsOf(name);
    case TYPE.enumeration:
      return enumerationOf(tag).map((value): TtlvValue => ({ type: 'enumeration', value }));
    case TYPE.integer:
      return anyInteger.map((value): TtlvValue => ({ type: 'integer', value }));
    case TYPE.boolean:
      return fc.boolean().map((value): TtlvValue => ({ type: 'boolean', value }));
    case TYPE.byteString:
      return anyBytes.map((value): TtlvValue => ({ type: 'byteString', value }));
    case TYPE.dateTime:
      return anyInt64.map((value): TtlvValue => ({ type: 'dateTime', value }));
    case TYPE.interval:
      return anyUnsigned.map((value): TtlvValue => ({ type: 'interval', value }));
    default:
      return anyText.map((value): TtlvValue => ({ type: 'textString', value }));
  }
}

const standardAttribute: Arbitrary<NewAttribute> = fc.constantFrom(...ATTRIBUTES).chain((facts) =>
  valueOf(facts).map((value): NewAttribute => {
    if (!isStandardName(facts.name)) throw new Error(facts.name);
    return { name: facts.name, value };
  }),
);

const vendorAttribute: Arbitrary<NewAttribute> = fc
  .tuple(
    fc.constantFrom('x', 'y', 'acme.corp'),
    anyText.filter((name) => name !== ''),
    anyValue,
  )
  .map(([vendor, name, value]) => ({ name: `${vendor}-${name}`, value }));

/** Any attribute with a value that it can have. */
export const anyAttribute: Arbitrary<NewAttribute> = fc.oneof(
  { weight: 3, arbitrary: standardAttribute },
  { weight: 1, arbitrary: vendorAttribute },
);

export const anyAttributes: Arbitrary<AttributeSet> = fc
  .array(anyAttribute, { maxLength: 12 })
  .map((list) => AttributeSet.of(list));

/** What a Locate request may compare with: no more than two dates of one name. */
export const anyFilters: Arbitrary<AttributeSet> = anyAttributes.filter((set) =>
  set.names().every((name) => set.all(name).length <= 2),
);

export const anyReference: Arbitrary<UidReference> = fc.oneof(
  anyUid.map((uid): UidReference => ({ kind: 'text', uid })),
  fc.constant<UidReference>({ kind: 'placeholder' }),
);

/** Present or not; both mean the same for the field. */
export function maybe<T>(arbitrary: Arbitrary<T>): Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const anyKeyBlock: Arbitrary<KeyBlock> = fc.record({
  keyFormatType: enumerationOf(TAG.keyFormatType),
  keyCompressionType: maybe(enumerationOf(TAG.keyCompressionType)),
  keyMaterial: anyBytes,
  attributes: fc.oneof(fc.constant(AttributeSet.empty), anyAttributes),
  cryptographicAlgorithm: maybe(enumerationOf(TAG.cryptographicAlgorithm)),
  cryptographicLength: maybe(anyInteger),
});

export const anyObject: Arbitrary<ManagedObject> = fc.oneof(
  anyKeyBlock.map((keyBlock): ManagedObject => ({ kind: 'symmetric-key', keyBlock })),
  fc
    .tuple(enumerationOf(TAG.secretDataType), anyKeyBlock)
    .map(([secretDataType, keyBlock]): ManagedObject => ({
      kind: 'secret-data',
      secretDataType,
      keyBlock,
    })),
  anyBytes.map((value): ManagedObject => ({
    kind: 'opaque-object',
    opaqueDataType: 0x8000_0000,
    value,
  })),
);

export const anyParameters: Arbitrary<CryptographicParameters> = fc.record({
  blockCipherMode: maybe(enumerationOf(TAG.blockCipherMode)),
  paddingMethod: maybe(enumerationOf(TAG.paddingMethod)),
  hashingAlgorithm: maybe(enumerationOf(TAG.hashingAlgorithm)),
  keyRoleType: maybe(enumerationOf(TAG.keyRoleType)),
  digitalSignatureAlgorithm: maybe(enumerationOf(TAG.digitalSignatureAlgorithm)),
  cryptographicAlgorithm: maybe(enumerationOf(TAG.cryptographicAlgorithm)),
  randomIv: maybe(fc.boolean()),
  ivLength: maybe(anyInteger),
  tagLength: maybe(anyInteger),
  fixedFieldLength: maybe(anyInteger),
  invocationFieldLength: maybe(anyInteger),
  counterLength: maybe(anyInteger),
  initialCounterValue: maybe(anyInteger),
  saltLength: maybe(anyInteger),
  maskGenerator: maybe(enumerationOf(TAG.maskGenerator)),
  maskGeneratorHashingAlgorithm: maybe(enumerationOf(TAG.hashingAlgorithm)),
  pSource: maybe(anyBytes),
  trailerField: maybe(anyInteger),
});
