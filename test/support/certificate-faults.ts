import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

import type { CertificateRequest } from '../../src/crypto/provider.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { readPem, writePem } from '../../src/x509/pem.ts';
import { certificateRequest, policy } from './certificate-requests.ts';
import {
  bitString,
  derNull,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
} from './der-writer.ts';
import { caOf, handmadeRequest, NOW, oversizedRsaRequest, requestOf, spkiOf } from './pki.ts';

/** A request that no provider may serve, and how it must fail. */
export interface CertificateFault {
  readonly name: string;
  readonly code: ErrorCode;
  /** The field the message begins with. */
  readonly field: string;
  readonly changes: () => Promise<Partial<CertificateRequest>> | Partial<CertificateRequest>;
}

type Faults = readonly CertificateFault[];

/** Bytes that change whenever the fault list is read again would make failures hard to repeat: a fixed pattern. */
const GARBAGE = Buffer.alloc(1 << 20, Buffer.from('b7e151628aed2a6abf7158809cf4f3c7', 'hex'));

const csrDer = async (): Promise<Uint8Array> => derOf((await requestOf('P-256')).csrPem);
const caDer = async (): Promise<Uint8Array> => derOf((await caOf('P-256')).certificatePem);
const keyDer = async (): Promise<Uint8Array> => derOf((await caOf('P-256')).keyPem);

const csrFaults: Faults = [
  csr('an empty CSR', () => Buffer.alloc(0)),
  csr('1 MiB of garbage as CSR', () => GARBAGE),
  csr('text that is no PEM as CSR', () => Buffer.from('not a request')),
  csr('a CSR in PEM without its end', async () =>
    Buffer.from((await requestOf('P-256')).csrPem.split('-----END')[0] ?? ''),
  ),
  csr('a CSR in PEM that ends with another label', async () =>
    Buffer.from((await requestOf('P-256')).csrPem.replace('END CERTIFICATE', 'END NEW CERTIFICATE')),
  ),
  csr('a CSR whose base64 is damaged', async () =>
    Buffer.from((await requestOf('P-256')).csrPem.replace(/\n([A-Za-z0-9])/, '\n*')),
  ),
  csr('a CSR whose base64 lacks a character', async () =>
    Buffer.from((await requestOf('P-256')).csrPem.replace(/\n[A-Za-z0-9]/, '\n')),
  ),
  csr('a PEM block that holds nothing', () => Buffer.from(pem('CERTIFICATE REQUEST', Buffer.alloc(0)))),
  csr('a CSR in DER that is cut off', async () => (await csrDer()).subarray(0, -1)),
  csr('a CSR in DER with an octet too many', async () => Buffer.concat([await csrDer(), Buffer.of(0)])),
  csr('a CSR in BER of indefinite length', async () => indefinite(await csrDer())),
  csr('a certificate instead of a CSR', caDer),
  csr('a CSR whose subject holds broken UTF-8', () => {
    const value = element(0x0c, Buffer.of(0xc3, 0x28));
    const name = sequence(set(sequence(objectIdentifier('2.5.4.3'), value)));
    return ecRequest('P-256', { subject: name });
  }),
  csr('a CSR whose subject is no name', () => ecRequest('P-256', { subject: sequence(integer(Buffer.of(1))) })),
  csr('a CSR with a point off its curve', () => {
    const spki = spkiOf(ecKey('P-256'));
    spki[spki.length - 1] = (spki.at(-1) ?? 0) ^ 1;
    return handmadeRequest({ spki });
  }),
  csr('a CSR with an RSA key that is no pair of numbers', () =>
    handmadeRequest({ spki: rsaSpki(bitString(octetString(Buffer.of(1)))) }),
  ),
  csr('a CSR with an even RSA modulus', () =>
    handmadeRequest({
      spki: rsaSpki(rsaPublicKey(Buffer.alloc(256, 0xc4), Buffer.of(1, 0, 1))),
    }),
  ),
  csr('a CSR with an RSA exponent of 1', () =>
    handmadeRequest({ spki: rsaSpki(rsaPublicKey(Buffer.alloc(256, 0xc5), Buffer.of(1))) }),
  ),
  csr('a CSR with a P-224 key', () => ecRequest('P-224'), 'KEY_UNSUPPORTED'),
  csr('a CSR with a secp256k1 key', () => ecRequest('secp256k1'), 'KEY_UNSUPPORTED'),
  csr('a CSR with an Ed25519 key', () => ed25519Request(), 'KEY_UNSUPPORTED'),
  csr('a CSR with an RSA-PSS key', () => rsaPssRequest(), 'KEY_UNSUPPORTED'),
  csr('a CSR with explicit curve parameters', () => explicitCurveRequest(), 'KEY_UNSUPPORTED'),
  csr('a CSR with a compressed point', () => compressedRequest(), 'KEY_UNSUPPORTED'),
  csr('a CSR with an RSA-1024 key', () => rsaRequest(1024), 'SUBJECT_KEY_NOT_ALLOWED'),
  csr('a CSR with an RSA-15360 key', () => oversizedRsaRequest(), 'SUBJECT_KEY_NOT_ALLOWED'),
];

const csrSignatureFaults: Faults = [
  csr('a CSR that was changed after signing', async () => {
    const der = Buffer.from(await csrDer());
    const at = der.indexOf('P-256 service');
    der[at] = 'Q'.charCodeAt(0);
    return der;
  }, 'CSR_SIGNATURE_INVALID'),
  csr('a CSR signed by another key', () => {
    const key = ecKey('P-256');
    return handmadeRequest({ spki: spkiOf(ecKey('P-256')), key });
  }, 'CSR_SIGNATURE_INVALID'),
  csr('a CSR whose signature is noise', () => handmadeRequest({ spki: spkiOf(ecKey('P-256')) }), 'CSR_SIGNATURE_INVALID'),
  csr('a CSR signed with SHA-1', () => {
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.10045.4.1'));
    return ecRequest('P-256', { digest: 'sha1', signatureAlgorithm });
  }, 'CSR_SIGNATURE_INVALID'),
  csr('a CSR signed with MD5', () => {
    const key = rsaKey(2048);
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.113549.1.1.4'), derNull());
    return handmadeRequest({ spki: spkiOf(key), key, digest: 'md5', signatureAlgorithm });
  }, 'CSR_SIGNATURE_INVALID'),
  csr('a CSR that names the signature algorithm of another kind of key', () => {
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'), derNull());
    return ecRequest('P-256', { signatureAlgorithm });
  }, 'CSR_SIGNATURE_INVALID'),
];

const caKeyFaults: Faults = [
  caKey('an empty CA key', () => Buffer.alloc(0)),
  caKey('1 MiB of garbage as CA key', () => GARBAGE),
  caKey('EC parameters only', () => Buffer.from(EC_PARAMETERS)),
  caKey('a public key instead of the CA key', async () =>
    Buffer.from(
      createPublicKey((await caOf('P-256')).keyPem)
        .export({ format: 'pem', type: 'spki' })
        .toString(),
    ),
  ),
  caKey('a certificate instead of the CA key', async () => Buffer.from((await caOf('P-256')).certificatePem)),
  caKey('a CA key in DER that is cut off', async () => (await keyDer()).subarray(0, -1)),
  caKey('a CA key in DER with an octet too many', async () => Buffer.concat([await keyDer(), Buffer.of(0)])),
  caKey('a CA key whose base64 is damaged', async () =>
    Buffer.from((await caOf('P-256')).keyPem.replace(/\n([A-Za-z0-9])/, '\n*')),
  ),
  caKey('an encrypted PKCS #8 key', async () =>
    Buffer.from(encrypted(await caOf('P-256'), 'pkcs8')), 'CA_KEY_ENCRYPTED'),
  caKey('an encrypted PKCS #8 key in DER', async () =>
    derOf(encrypted(await caOf('P-256'), 'pkcs8')), 'CA_KEY_ENCRYPTED'),
  caKey('a SEC1 key encrypted the old way', async () =>
    Buffer.from(encrypted(await caOf('P-256'), 'sec1')), 'CA_KEY_ENCRYPTED'),
  caKey('a P-224 CA key', () => Buffer.from(pkcs8(ecKey('P-224'))), 'KEY_UNSUPPORTED'),
  caKey('an Ed25519 CA key', () =>
    Buffer.from(pkcs8(generateKeyPairSync('ed25519').privateKey)), 'KEY_UNSUPPORTED'),
  caKey('an RSA-1024 CA key', () => Buffer.from(pkcs8(rsaKey(1024))), 'ISSUER_KEY_NOT_ALLOWED'),
  caKey('a CA key of the same kind that is another one', () =>
    Buffer.from(pkcs8(ecKey('P-256'))), 'CA_KEY_MISMATCH'),
  caKey('a CA key on another curve', async () =>
    Buffer.from((await caOf('P-384')).keyPem), 'CA_KEY_MISMATCH'),
  caKey('a CA key whose private number is of another key', async () =>
    withForeignScalar((await caOf('P-256')).keyPem), 'CA_KEY_MISMATCH'),
];

const caCertificateFaults: Faults = [
  caCertificate('an empty CA certificate', () => Buffer.alloc(0)),
  caCertificate('1 MiB of garbage as CA certificate', () => GARBAGE),
  caCertificate('a CSR instead of the CA certificate', csrDer),
  caCertificate('a CA certificate with another label', async () =>
    Buffer.from((await caOf('P-256')).certificatePem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')),
  ),
  caCertificate('a CA certificate in DER that is cut off', async () => (await caDer()).subarray(0, -1)),
  caCertificate('a CA certificate in DER with an octet too many', async () =>
    Buffer.concat([await caDer(), Buffer.of(0)]),
  ),
];

const policyFaults: Faults = [
  fault('a kind of subject key that the profile does not name', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: { RSA: { min: 2048, max: 4096 } } }),
  })),
  fault('a subject key below the profile', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: { ECDSA: { min: 257, max: 521 } } }),
  })),
  fault('a subject key above the profile', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: { ECDSA: { min: 1, max: 255 } } }),
  })),
  fault('a kind of CA key that the profile does not name', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', () => ({
    policy: policy({ issuerKey: { RSA: { min: 2048, max: 4096 } } }),
  })),
  fault('a CA key below the profile', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', () => ({
    policy: policy({ issuerKey: { ECDSA: { min: 384, max: 521 } } }),
  })),
  fault('a CA key that cannot make the signature', 'SIGNATURE_ALGORITHM_MISMATCH', 'caPrivateKey', () => ({
    policy: policy({ signatureKey: 'RSA' }),
  })),
];

const validityFaults: Faults = [
  fault('a begin before the window', 'VALIDITY_NOT_ALLOWED', 'validNotBefore', () => ({
    notBefore: BigInt(NOW - 3601),
  })),
  fault('an end after the window', 'VALIDITY_NOT_ALLOWED', 'validNotAfter', () => ({
    notAfter: BigInt(NOW + 365 * 24 * 3600 + 1),
  })),
  fault('a begin in 1970', 'VALIDITY_NOT_ALLOWED', 'validNotBefore', () => ({ notBefore: 0n })),
  fault('an end before the begin', 'VALIDITY_REVERSED', 'validNotBefore', () => ({
    notBefore: BigInt(NOW + 2),
    notAfter: BigInt(NOW + 1),
  })),
  fault('an end before the window begins', 'VALIDITY_REVERSED', 'validNotAfter', () => ({
    notAfter: BigInt(NOW - 3601),
  })),
  fault('a begin after the window ends', 'VALIDITY_REVERSED', 'validNotBefore', () => ({
    notBefore: BigInt(NOW + 366 * 24 * 3600),
  })),
  fault('an end in the year 10000', 'VALIDITY_UNREPRESENTABLE', 'validNotAfter', () => ({
    notAfter: 253_402_300_800n,
  })),
  fault('a begin in the year 10000', 'VALIDITY_UNREPRESENTABLE', 'validNotBefore', () => ({
    notBefore: 253_402_300_800n,
  })),
  fault('the largest number as end', 'VALIDITY_UNREPRESENTABLE', 'validNotAfter', () => ({
    notAfter: 2n ** 64n - 1n,
  })),
  fault('a window that reaches into the year 10000', 'VALIDITY_UNREPRESENTABLE', 'validNotAfter', () => ({
    policy: policy({ notAfterOffset: 253_402_300_800 - NOW }),
  })),
  fault('a window that begins before 1950', 'VALIDITY_UNREPRESENTABLE', 'validNotBefore', () => ({
    policy: policy({ notBeforeOffset: -NOW - 631_152_001 }),
  })),
];

const subjectFaults: Faults = [
  subject('an attribute that is not offered', 'C=DE, SERIALNUMBER=7'),
  subject('an attribute in lower case', 'c=DE'),
  subject('a space before the equals sign', 'C =DE'),
  subject('an entry without equals sign', 'C=DE, Example'),
  subject('an escaped comma, which divides all the same', 'O=Example\\, Inc'),
  subject('commas and spaces only', ' , ,\t,'),
  subject('a name of an object member', 'constructor=x'),
  subject('a NUL in a value', 'CN=a\0b'),
  subject('1,025 bytes', `CN=${'a'.repeat(1022)}`),
  subject('1,025 bytes of which some share a character', `CN=${'ä'.repeat(511)}`),
];

const distributionPointFaults: Faults = [
  fault('17 distribution points', 'INPUT_INVALID', 'crlDistributionPoints', () => ({
    crlDistributionPoints: Array.from({ length: 17 }, (_, i) => `http://a.example/${i}`),
  })),
  fault('a distribution point of 2,049 bytes', 'INPUT_INVALID', 'crlDistributionPoints', () => ({
    crlDistributionPoints: [`http://a.example/${'x'.repeat(2032)}`],
  })),
  fault('a distribution point beyond ASCII', 'INPUT_INVALID', 'crlDistributionPoints', () => ({
    crlDistributionPoints: ['http://ä.example/'],
  })),
  fault('an empty distribution point', 'INPUT_INVALID', 'crlDistributionPoints', () => ({
    crlDistributionPoints: [''],
  })),
];

/** Two faults at once: the one that is checked first wins, so that both providers tell a caller the same thing. */
const orderFaults: Faults = [
  fault('a broken CSR and a broken CA key', 'CSR_MALFORMED', 'csr', () => ({
    csr: Buffer.from('x'),
    caKey: Buffer.from('x'),
  })),
  fault('a broken CA key and a broken CA certificate', 'CA_KEY_MALFORMED', 'caPrivateKey', () => ({
    caKey: Buffer.from('x'),
    caCertificate: Buffer.from('x'),
  })),
  fault('a broken CA certificate and a forbidden subject key', 'CA_CERT_MALFORMED', 'caCert', () => ({
    caCertificate: Buffer.from('x'),
    policy: policy({ subjectKey: {} }),
  })),
  fault('two forbidden keys', 'SUBJECT_KEY_NOT_ALLOWED', 'csr', () => ({
    policy: policy({ subjectKey: {}, issuerKey: {} }),
  })),
  fault('a forbidden CA key that could not sign either', 'ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', () => ({
    policy: policy({ issuerKey: {}, signatureKey: 'RSA' }),
  })),
  fault('a CA key that cannot sign and a bad validity', 'SIGNATURE_ALGORITHM_MISMATCH', 'caPrivateKey', () => ({
    policy: policy({ signatureKey: 'RSA' }),
    notBefore: 0n,
  })),
  fault('a bad validity and a bad subject', 'VALIDITY_NOT_ALLOWED', 'validNotBefore', () => ({
    notBefore: 0n,
    subject: 'x',
  })),
  fault('a bad subject and a bad distribution point', 'SUBJECT_MALFORMED', 'subject', () => ({
    subject: 'x',
    crlDistributionPoints: [''],
  })),
  fault('a bad distribution point and a CSR signed by noise', 'INPUT_INVALID', 'crlDistributionPoints', () => ({
    csr: handmadeRequest({ spki: spkiOf(ecKey('P-256')) }),
    crlDistributionPoints: [''],
  })),
  fault('a CSR signed by noise and a CA key of another CA', 'CSR_SIGNATURE_INVALID', 'csr', () => ({
    csr: handmadeRequest({ spki: spkiOf(ecKey('P-256')) }),
    caKey: Buffer.from(pkcs8(ecKey('P-256'))),
  })),
];

/** Every way a certificate request can fail by the caller's fault. */
export const CERTIFICATE_FAULTS: Faults = [
  ...csrFaults,
  ...csrSignatureFaults,
  ...caKeyFaults,
  ...caCertificateFaults,
  ...policyFaults,
  ...validityFaults,
  ...subjectFaults,
  ...distributionPointFaults,
  ...orderFaults,
];

/** The acceptable request with the fault put into it. */
export async function faultyRequest(entry: CertificateFault): Promise<CertificateRequest> {
  return certificateRequest(await entry.changes());
}

function fault(
  name: string,
  code: ErrorCode,
  field: string,
  changes: CertificateFault['changes'],
): CertificateFault {
  return { name, code, field, changes };
}

type Bytes = () => Uint8Array | Promise<Uint8Array>;

function csr(name: string, bytes: Bytes, code: ErrorCode = 'CSR_MALFORMED'): CertificateFault {
  return fault(name, code, 'csr', async () => ({ csr: await bytes() }));
}

function caKey(name: string, bytes: Bytes, code: ErrorCode = 'CA_KEY_MALFORMED'): CertificateFault {
  return fault(name, code, 'caPrivateKey', async () => ({ caKey: await bytes() }));
}

function caCertificate(name: string, bytes: Bytes): CertificateFault {
  return fault(name, 'CA_CERT_MALFORMED', 'caCert', async () => ({ caCertificate: await bytes() }));
}

function subject(name: string, text: string): CertificateFault {
  return fault(`a subject with ${name}`, 'SUBJECT_MALFORMED', 'subject', () => ({ subject: text }));
}
