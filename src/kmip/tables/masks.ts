// Made by scripts/generate-kmip.mjs from specification.json. Change the facts there.

import type { ValueSet } from './facts.ts';
import { TAG } from './tags.ts';

export const CRYPTOGRAPHIC_USAGE_MASK = {
  sign: 0x00000001,
  verify: 0x00000002,
  encrypt: 0x00000004,
  decrypt: 0x00000008,
  wrapKey: 0x00000010,
  unwrapKey: 0x00000020,
  export: 0x00000040,
  macGenerate: 0x00000080,
  macVerify: 0x00000100,
  deriveKey: 0x00000200,
  contentCommitment: 0x00000400,
  keyAgreement: 0x00000800,
  certificateSign: 0x00001000,
  crlSign: 0x00002000,
  generateCryptogram: 0x00004000,
  validateCryptogram: 0x00008000,
  translateEncrypt: 0x00010000,
  translateDecrypt: 0x00020000,
  translateWrap: 0x00040000,
  translateUnwrap: 0x00080000,
  authenticate: 0x00100000,
  unrestricted: 0x00200000,
  fpeEncrypt: 0x00400000,
  fpeDecrypt: 0x00800000,
} as const;

export const STORAGE_STATUS_MASK = {
  onLineStorage: 0x00000001,
  archivalStorage: 0x00000002,
  destroyedStorage: 0x00000004,
} as const;

export const PROTECTION_STORAGE_MASK = {
  software: 0x00000001,
  hardware: 0x00000002,
  onProcessor: 0x00000004,
  onSystem: 0x00000008,
  offSystem: 0x00000010,
  hypervisor: 0x00000020,
  operatingSystem: 0x00000040,
  container: 0x00000080,
  onPremises: 0x00000100,
  offPremises: 0x00000200,
  selfManaged: 0x00000400,
  outsourced: 0x00000800,
  validated: 0x00001000,
  sameJurisdiction: 0x00002000,
} as const;

/** All of the above with names and versions (KMIP 1.4 §9.1.3.3, 2.1 §12). */
export const MASKS: readonly ValueSet[] = [
  {
    name: 'Cryptographic Usage Mask',
    tags: [TAG.cryptographicUsageMask],
    values: [
      { value: 0x00000001, name: 'Sign', since: 10 },
      { value: 0x00000002, name: 'Verify', since: 10 },
      { value: 0x00000004, name: 'Encrypt', since: 10 },
      { value: 0x00000008, name: 'Decrypt', since: 10 },
      { value: 0x00000010, name: 'Wrap Key', since: 10 },
      { value: 0x00000020, name: 'Unwrap Key', since: 10 },
      { value: 0x00000040, name: 'Export', since: 10 },
      { value: 0x00000080, name: 'MAC Generate', since: 10 },
      { value: 0x00000100, name: 'MAC Verify', since: 10 },
      { value: 0x00000200, name: 'Derive Key', since: 10 },
      { value: 0x00000400, name: 'Content Commitment', since: 10 },
      { value: 0x00000800, name: 'Key Agreement', since: 10 },
      { value: 0x00001000, name: 'Certificate Sign', since: 10 },
      { value: 0x00002000, name: 'CRL Sign', since: 10 },
      { value: 0x00004000, name: 'Generate Cryptogram', since: 10, until: 14 },
      { value: 0x00008000, name: 'Validate Cryptogram', since: 10, until: 14 },
      { value: 0x00010000, name: 'Translate Encrypt', since: 10, until: 14 },
      { value: 0x00020000, name: 'Translate Decrypt', since: 10, until: 14 },
      { value: 0x00040000, name: 'Translate Wrap', since: 10, until: 14 },
      { value: 0x00080000, name: 'Translate Unwrap', since: 10, until: 14 },
      { value: 0x00100000, name: 'Authenticate', since: 20 },
      { value: 0x00200000, name: 'Unrestricted', since: 20 },
      { value: 0x00400000, name: 'FPE Encrypt', since: 20 },
      { value: 0x00800000, name: 'FPE Decrypt', since: 20 },
    ],
  },
  {
    name: 'Storage Status Mask',
    tags: [TAG.storageStatusMask],
    values: [
      { value: 0x00000001, name: 'On-line Storage', since: 10 },
      { value: 0x00000002, name: 'Archival Storage', since: 10 },
      { value: 0x00000004, name: 'Destroyed Storage', since: 20 },
    ],
  },
  {
    name: 'Protection Storage Mask',
    tags: [TAG.protectionStorageMask],
    values: [
      { value: 0x00000001, name: 'Software', since: 20 },
      { value: 0x00000002, name: 'Hardware', since: 20 },
      { value: 0x00000004, name: 'On Processor', since: 20 },
      { value: 0x00000008, name: 'On System', since: 20 },
      { value: 0x00000010, name: 'Off System', since: 20 },
      { value: 0x00000020, name: 'Hypervisor', since: 20 },
      { value: 0x00000040, name: 'Operating System', since: 20 },
      { value: 0x00000080, name: 'Container', since: 20 },
      { value: 0x00000100, name: 'On Premises', since: 20 },
      { value: 0x00000200, name: 'Off Premises', since: 20 },
      { value: 0x00000400, name: 'Self Managed', since: 20 },
      { value: 0x00000800, name: 'Outsourced', since: 20 },
      { value: 0x00001000, name: 'Validated', since: 20 },
      { value: 0x00002000, name: 'Same Jurisdiction', since: 20 },
    ],
  },
];
