import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { ATTRIBUTES } from '../../../../src/kmip/tables/attributes.ts';
import {
  CRYPTOGRAPHIC_ALGORITHM,
  ENUMERATIONS,
  KEY_FORMAT_TYPE,
  OBJECT_TYPE,
  OPERATION,
  QUERY_FUNCTION,
  RESULT_REASON,
  REVOCATION_REASON_CODE,
  STATE,
} from '../../../../src/kmip/tables/enumerations.ts';
import {
  attributeByName,
  attributeByTag,
  enumerationFacts,
  livesIn,
  maskFacts,
  since,
  tagFacts,
} from '../../../../src/kmip/tables/look-up.ts';
import {
  CRYPTOGRAPHIC_USAGE_MASK,
  MASKS,
  STORAGE_STATUS_MASK,
} from '../../../../src/kmip/tables/masks.ts';
import { TAG, TAGS } from '../../../../src/kmip/tables/tags.ts';
import { TYPE } from '../../../../src/kmip/ttlv/types.ts';
import { KMIP_VERSIONS, type KmipVersion } from '../../../../src/kmip/version.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

describe('the tables', () => {
  it('are what their generator makes', { timeout: 30_000 }, () => {
    const output = execFileSync(process.execPath, ['scripts/generate-kmip.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 25_000,
    });
    expect(output).toBe('');
  });

  it.each<[string, number, number, KmipVersion]>([
    // KMIP 1.4 §9.1.3.1 and 2.1 §11.56
    ['Activation Date', TAG.activationDate, 0x420001, 10],
    ['Batch Item', TAG.batchItem, 0x42000f, 10],
    ['Key Material', TAG.keyMaterial, 0x420043, 10],
    ['Request Message', TAG.requestMessage, 0x420078, 10],
    ['Response Message', TAG.responseMessage, 0x42007b, 10],
    ['Unique Identifier', TAG.uniqueIdentifier, 0x420094, 10],
    ['Password', TAG.password, 0x4200a1, 10],
    ['Device Identifier', TAG.deviceIdentifier, 0x4200a2, 11],
    ['X.509 Certificate Subject', TAG.x509CertificateSubject, 0x4200b7, 11],
    ['Key Value Location', TAG.keyValueLocation, 0x4200b8, 12],
    ['Attestation Capable Indicator', TAG.attestationCapableIndicator, 0x4200d3, 12],
    ['Offset Items', TAG.offsetItems, 0x4200d4, 13],
    ['Located Items', TAG.locatedItems, 0x4200d5, 13],
    ['Capability Information', TAG.capabilityInformation, 0x4200f7, 13],
    ['Key Wrap Type', TAG.keyWrapType, 0x4200f8, 14],
    ['Client Correlation Value', TAG.clientCorrelationValue, 0x420105, 14],
    ['Replace Existing', TAG.replaceExisting, 0x420124, 14],
    ['Attributes', TAG.attributes, 0x420125, 20],
    ['Attribute Reference', TAG.attributeReference, 0x42013b, 20],
    ['Public Protection Storage Masks', TAG.publicProtectionStorageMasks, 0x420165, 20],
    ['Rotate Interval', TAG.rotateInterval, 0x42016a, 21],
    ['Asynchronous Correlation Values', TAG.asynchronousCorrelationValues, 0x420176, 21],
  ])('know the tag of %s', (name, tag, value, introduced) => {
    expect(tag).toBe(value);
    expect(tagFacts(value)).toMatchObject({ tag, name, since: introduced });
    expect(since(tag)).toBe(introduced);
  });

  it.each<[number, number, number, string, KmipVersion]>([
    [TAG.operation, OPERATION.create, 0x01, 'Create', 10],
    [TAG.operation, OPERATION.reKey, 0x04, 'Re-key', 10],
    [TAG.operation, OPERATION.discoverVersions, 0x1e, 'Discover Versions', 11],
    [TAG.operation, OPERATION.encrypt, 0x1f, 'Encrypt', 12],
    [TAG.operation, OPERATION.import, 0x2a, 'Import', 14],
    [TAG.operation, OPERATION.setAttribute, 0x31, 'Set Attribute', 20],
    [TAG.operation, OPERATION.ping, 0x3b, 'Ping', 21],
    [TAG.objectType, OBJECT_TYPE.symmetricKey, 0x02, 'Symmetric Key', 10],
    [TAG.objectType, OBJECT_TYPE.pgpKey, 0x09, 'PGP Key', 12],
    [TAG.state, STATE.destroyedCompromised, 0x06, 'Destroyed Compromised', 10],
    [TAG.cryptographicAlgorithm, CRYPTOGRAPHIC_ALGORITHM.tripleDes, 0x02, '3DES', 10],
    [TAG.cryptographicAlgorithm, CRYPTOGRAPHIC_ALGORITHM.aes, 0x03, 'AES', 10],
    [TAG.cryptographicAlgorithm, CRYPTOGRAPHIC_ALGORITHM.sha3_256, 0x20, 'SHA3-256', 14],
    [TAG.cryptographicAlgorithm, CRYPTOGRAPHIC_ALGORITHM.ed25519, 0x37, 'Ed25519', 20],
    [TAG.keyFormatType, KEY_FORMAT_TYPE.raw, 0x01, 'Raw', 10],
    [TAG.keyFormatType, KEY_FORMAT_TYPE.pkcs10, 0x17, 'PKCS#10', 21],
    [TAG.queryFunction, QUERY_FUNCTION.queryProfiles, 0x0a, 'Query Profiles', 13],
    [TAG.resultReason, RESULT_REASON.itemNotFound, 0x01, 'Item Not Found', 10],
    [TAG.resultReason, RESULT_REASON.keyValueNotPresent, 0x13, 'Key Value Not Present', 12],
    [TAG.resultReason, RESULT_REASON.generalFailure, 0x100, 'General Failure', 10],
    [TAG.resultReason, RESULT_REASON.objectDestroyed, 0x36, 'Object Destroyed', 20],
    [TAG.resultReason, RESULT_REASON.constraintViolation, 0x4b, 'Constraint Violation', 21],
    [TAG.revocationReasonCode, REVOCATION_REASON_CODE.keyCompromise, 0x02, 'Key Compromise', 10],
    [TAG.uniqueIdentifier, 0x01, 0x01, 'ID Placeholder', 20],
  ])('know value %#. of an enumeration', (tag, constant, value, name, introduced) => {
    expect(constant).toBe(value);
    expect(enumerationFacts(tag, value)).toMatchObject({ name, since: introduced });
    expect(since(tag, value)).toBe(introduced);
  });

  it('know the bits of masks', () => {
    expect(CRYPTOGRAPHIC_USAGE_MASK.encrypt | CRYPTOGRAPHIC_USAGE_MASK.decrypt).toBe(0x0c);
    expect(CRYPTOGRAPHIC_USAGE_MASK.translateUnwrap).toBe(0x80000);
    expect(STORAGE_STATUS_MASK.archivalStorage).toBe(2);
    expect(maskFacts(TAG.cryptographicUsageMask)?.map(({ value }) => value)).toEqual(
      Array.from({ length: 24 }, (_, bit) => 2 ** bit),
    );
    expect(maskFacts(TAG.state)).toBeUndefined();
  });

  it('know nothing of what no version has', () => {
    expect(tagFacts(0x420000)).toBeUndefined();
    expect(tagFacts(0x420177)).toBeUndefined();
    expect(tagFacts(0x540001)).toBeUndefined();
    expect(enumerationFacts(TAG.operation, 0x8000_0001)).toBeUndefined();
    expect(enumerationFacts(TAG.batchCount, 1)).toBeUndefined();
    expect(since(TAG.operation, 0x99)).toBeUndefined();
    expect(attributeByName('state')).toBeUndefined();
    expect(attributeByTag(TAG.batchItem)).toBeUndefined();
  });

  it('number neither two tags, nor two values of an enumeration, nor two bits alike', () => {
    expect(new Set(TAGS.map(({ tag }) => tag)).size).toBe(TAGS.length);
    for (const { name, values } of [...ENUMERATIONS, ...MASKS]) {
      expect(new Set(values.map(({ value }) => value)).size, name).toBe(values.length);
    }
    for (const { name, values } of MASKS) {
      for (const { value } of values) expect(Math.log2(value) % 1, name).toBe(0);
    }
  });
});

describe('the attributes', () => {
  const namesIn = (version: KmipVersion): readonly string[] =>
    ATTRIBUTES.filter((attribute) => livesIn(attribute, version)).map(({ name }) => name);

  /** Those that a version has and the version before it has not. */
  const newIn = (version: KmipVersion): readonly string[] => {
    const before = KMIP_VERSIONS.find((older) => older < version);
    const older = before === undefined ? [] : namesIn(before);
    return namesIn(version).filter((name) => !older.includes(name));
  };

  it('came with the versions that introduced them', () => {
    expect(namesIn(10)).toHaveLength(32);
    expect(newIn(11)).toEqual([
      'Certificate Length',
      'X.509 Certificate Identifier',
      'X.509 Certificate Subject',
      'X.509 Certificate Issuer',
      'Digital Signature Algorithm',
      'Fresh',
    ]);
    expect(newIn(12)).toEqual([
      'Alternative Name',
      'Key Value Present',
      'Key Value Location',
      'Original Creation Date',
    ]);
    expect(newIn(13)).toEqual(['Random Number Generator']);
    expect(newIn(14)).toEqual([
      'PKCS#12 Friendly Name',
      'Description',
      'Comment',
      'Sensitive',
      'Always Sensitive',
      'Extractable',
      'Never Extractable',
    ]);
    expect(newIn(20)).toContain('Protection Level');
    expect(newIn(21)).toContain('Rotate Interval');
  });

  it('went with 2.0 where it took them away', () => {
    const gone = namesIn(14).filter((name) => !namesIn(20).includes(name));
    expect(gone).toEqual([
      'Certificate Identifier',
      'Certificate Subject',
      'Certificate Issuer',
      'Operation Policy Name',
    ]);
    expect(attributeByName('Operation Policy Name')).toMatchObject({ deprecated: 13, until: 14 });
  });

  it('have the rules of the specification', () => {
    // KMIP 1.4 §3.1, §3.2, §3.19, §3.22
    expect(attributeByName('Unique Identifier')).toMatchObject({
      tag: TAG.uniqueIdentifier,
      type: TYPE.textString,
      alwaysPresent: true,
      multiple: false,
      givenByClient: false,
      initiallySetBy: 'server',
      modifiableByClient: false,
      deletableByClient: false,
      objectTypes: 'all',
    });
    expect(attributeByTag(TAG.name)).toMatchObject({
      name: 'Name',
      type: TYPE.structure,
      alwaysPresent: false,
      multiple: true,
      givenByClient: true,
      modifiableByClient: true,
      deletableByClient: true,
    });
    expect(attributeByName('State')).toMatchObject({
      type: TYPE.enumeration,
      givenByClient: false,
      modifiableByServer: true,
      modifiableByClient: false,
    });
    expect(attributeByName('Cryptographic Usage Mask')).toMatchObject({
      type: TYPE.integer,
      givenByClient: true,
      deletableByClient: false,
    });
    expect(attributeByName('State')?.objectTypes).not.toContain(OBJECT_TYPE.opaqueObject);
  });

  it('can be changed by a client only where nothing else says the server alone does', () => {
    for (const attribute of ATTRIBUTES) {
      if (attribute.deletableByClient) {
        expect(attribute.modifiableByClient, attribute.name).toBe(true);
      }
      if (attribute.modifiableByClient || attribute.initiallySetBy !== 'server') {
        expect(attribute.givenByClient, attribute.name).toBe(true);
      }
    }
  });
});
