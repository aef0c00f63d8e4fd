import { HASHING_ALGORITHM, KEY_FORMAT_TYPE, NAME_TYPE } from '../tables/enumerations.ts';
import { TAG } from '../tables/tags.ts';
import type { StandardAttributeName } from './attribute-name.ts';
import type { TtlvField, TtlvValue } from './value.ts';

/** An attribute to be put into a set. */
export interface BuiltAttribute {
  readonly name: StandardAttributeName;
  readonly value: TtlvValue;
}

/** Name (KMIP 1.4 §3.2). */
export function nameAttribute(
  value: string,
  type: number = NAME_TYPE.uninterpretedTextString,
): BuiltAttribute {
  return structure('Name', [text(TAG.nameValue, value), enumeration(TAG.nameType, type)]);
}

/** Digest (KMIP 1.4 §3.17) of a key in the given format, SHA-256 of a raw key if nothing else is said. */
export function digestAttribute(
  digest: Uint8Array,
  hashingAlgorithm: number = HASHING_ALGORITHM.sha256,
  keyFormatType: number = KEY_FORMAT_TYPE.raw,
): BuiltAttribute {
  return structure('Digest', [
    enumeration(TAG.hashingAlgorithm, hashingAlgorithm),
    { tag: TAG.digestValue, value: { type: 'byteString', value: digest } },
    enumeration(TAG.keyFormatType, keyFormatType),
  ]);
}

/** Link (KMIP 1.4 §3.35) to another object. */
export function linkAttribute(linkType: number, uid: string): BuiltAttribute {
  return structure('Link', [
    enumeration(TAG.linkType, linkType),
    text(TAG.linkedObjectIdentifier, uid),
  ]);
}

/** Revocation Reason (KMIP 1.4 §3.31). */
export function revocationReasonAttribute(code: number, message?: string): BuiltAttribute {
  const reason = enumeration(TAG.revocationReasonCode, code);
  return structure(
    'Revocation Reason',
    message === undefined ? [reason] : [reason, text(TAG.revocationMessage, message)],
  );
}

function structure(name: StandardAttributeName, fields: readonly TtlvField[]): BuiltAttribute {
  return { name, value: { type: 'structure', fields } };
}

function text(tag: number, value: string): TtlvField {
  return { tag, value: { type: 'textString', value } };
}

function enumeration(tag: number, value: number): TtlvField {
  return { tag, value: { type: 'enumeration', value } };
}
