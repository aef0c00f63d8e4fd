import type { CertificateRequest } from '../../../src/crypto/provider.ts';
import { policy } from '../certificate-requests.ts';
import { NOW } from '../pki.ts';
import { fault, type CertificateFault, type CertificateFaults } from './fault.ts';

const DAY = 24 * 3600;
const YEAR_10000 = 253_402_300_800;

/** Keys outside what the profile allows. */
export const KEY_CONSTRAINT_FAULTS: CertificateFaults = [
  fault(
    'a kind of subject key that the profile does not name',
    'SUBJECT_KEY_NOT_ALLOWED',
    'csr',
    () => ({
      policy: policy({ subjectKey: { RSA: { min: 2048, max: 4096 } } }),
    }),
  ),
  fault('a subject key below the bounds', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: { ECDSA: { min: 257, max: 521 } } }),
  })),
  fault('a subject key above the bounds', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: { ECDSA: { min: 1, max: 255 } } }),
  })),
  fault(
    'a kind of CA key that the profile does not name',
    'ISSUER_KEY_NOT_ALLOWED',
    'caPrivateKey',
    () => ({
      policy: policy({ issuerKey: { RSA: { min: 2048, max: 4096 } } }),
    }),
  ),
  fault('a CA key below the bounds', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', () => ({
    policy: policy({ issuerKey: { ECDSA: { min: 384, max: 521 } } }),
  })),
  fault('a CA key above the bounds', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', () => ({
    policy: policy({ issuerKey: { ECDSA: { min: 1, max: 255 } } }),
  })),
  fault(
    'a CA key that cannot make the signature',
    'SIGNATURE_ALGORITHM_MISMATCH',
    'caPrivateKey',
    () => ({
      policy: policy({ signatureKey: 'RSA' }),
    }),
  ),
];

/** Times outside what the profile allows, or no certificate can hold. */
export const VALIDITY_FAULTS: CertificateFaults = [
  notAllowed('a begin one second before the window', 'validNotBefore', {
    notBefore: BigInt(NOW - 3601),
  }),
  notAllowed('a begin in 1970', 'validNotBefore', { notBefore: 0n }),
  notAllowed('an end one second after the window', 'validNotAfter', {
    notAfter: BigInt(NOW + 365 * DAY + 1),
  }),
  notAllowed('a begin before a window that no certificate can hold', 'validNotBefore', {
    policy: policy({
      notBeforeOffset: Number.MAX_SAFE_INTEGER,
      notAfterOffset: Number.MAX_SAFE_INTEGER,
    }),
    notBefore: BigInt(NOW),
    notAfter: BigInt(NOW + 1),
  }),
  reversed('an end before the begin', 'validNotBefore', {
    notBefore: BigInt(NOW + 2),
    notAfter: BigInt(NOW + 1),
  }),
  reversed('an end before the window begins', 'validNotAfter', { notAfter: BigInt(NOW - 3601) }),
  reversed('a begin after the window ends', 'validNotBefore', {
    notBefore: BigInt(NOW + 366 * DAY),
  }),
  unrepresentable('a begin in the year 10000', 'validNotBefore', { notBefore: BigInt(YEAR_10000) }),
  unrepresentable('an end in the year 10000', 'validNotAfter', { notAfter: BigInt(YEAR_10000) }),
  unrepresentable('an end at the largest number', 'validNotAfter', { notAfter: 2n ** 64n - 1n }),
  unrepresentable('a window that reaches into the year 10000', 'validNotAfter', {
    policy: policy({ notAfterOffset: YEAR_10000 - NOW }),
  }),
  unrepresentable('a window that begins in 1949', 'validNotBefore', {
    policy: policy({ notBeforeOffset: -NOW - 631_152_001 }),
  }),
];

/** Subject texts that are no list of attributes. */
export const SUBJECT_FAULTS: CertificateFaults = [
  subject('an attribute that is not offered', 'C=DE, SERIALNUMBER=7'),
  subject('an attribute in lower case', 'c=DE'),
  subject('a space before the equals sign', 'C =DE'),
  subject('an entry without equals sign', 'C=DE, Example'),
  subject('an escaped comma, which divides all the same', 'O=Example\\, Inc'),
  subject('commas and spaces only', ' , ,\t,'),
  subject('the name of an object member', 'constructor=x'),
  subject('a NUL in a value', 'CN=a\0b'),
  subject('1,025 bytes', `CN=${'a'.repeat(1022)}`),
  subject('1,025 bytes, two a character', `CN=${'ä'.repeat(511)}`),
];

/** Distribution points that cannot stand in a certificate. */
export const DISTRIBUTION_POINT_FAULTS: CertificateFaults = [
  points(
    '17 distribution points',
    Array.from({ length: 17 }, (_, i) => `http://a.example/${i}`),
  ),
  points('a distribution point of 2,049 bytes', [`http://a.example/${'x'.repeat(2032)}`]),
  points('a distribution point beyond ASCII', ['http://ä.example/']),
  points('a distribution point with a space', ['http://a.example/a b']),
  points('an empty distribution point', ['']),
];

/** Policies that contradict themselves. */
export const POLICY_FAULTS: CertificateFaults = [
  fault('a path length without CA', 'INPUT_INVALID', '', () => ({
    policy: policy({ basicConstraints: { ca: false, pathLength: 0 } }),
  })),
];

type ValidityField = 'validNotBefore' | 'validNotAfter';
type Changes = Partial<CertificateRequest>;

function notAllowed(name: string, field: ValidityField, changes: Changes): CertificateFault {
  return fault(name, 'VALIDITY_NOT_ALLOWED', field, () => changes);
}

function reversed(name: string, field: ValidityField, changes: Changes): CertificateFault {
  return fault(name, 'VALIDITY_REVERSED', field, () => changes);
}

function unrepresentable(name: string, field: ValidityField, changes: Changes): CertificateFault {
  return fault(name, 'VALIDITY_UNREPRESENTABLE', field, () => changes);
}

function subject(what: string, text: string): CertificateFault {
  const name = `a subject with ${what}`;
  return fault(name, 'SUBJECT_MALFORMED', 'subject', () => ({ subject: text }));
}

function points(name: string, crlDistributionPoints: readonly string[]): CertificateFault {
  return fault(name, 'INPUT_INVALID', 'crlDistributionPoints', () => ({ crlDistributionPoints }));
}
