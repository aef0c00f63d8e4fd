import type { ErrorCode } from '../../../src/errors/index.ts';
import { writePem } from '../../../src/x509/pem.ts';
import { element, integer, objectIdentifier, octetString, sequence, set } from '../der-writer.ts';
import {
  handmadeRequest,
  oversizedRsaRequest,
  requestFor,
  withIndefiniteLength,
} from '../handmade-documents.ts';
import {
  compressedSpkiOf,
  ecKey,
  ed25519Key,
  explicitCurveKey,
  rsaKey,
  rsaPssKey,
  rsaSpki,
  rsaSpkiOf,
  spkiOf,
} from '../handmade-keys.ts';
import { caOf, derOf, requestOf } from '../pki.ts';
import {
  fault,
  GARBAGE,
  withDamagedBase64,
  type CertificateFault,
  type CertificateFaults,
  type MakeBytes,
} from './fault.ts';

const pem = async (): Promise<string> => (await requestOf('P-256')).csrPem;
const der = async (): Promise<Uint8Array> => derOf(await pem());
const PUBLIC_EXPONENT = Buffer.of(1, 0, 1);

/** CSRs that cannot be read, or hold a key that is not certified. */
export const CSR_FAULTS: CertificateFaults = [
  malformed('is empty', () => Buffer.alloc(0)),
  malformed('is 1 MiB of garbage', () => GARBAGE),
  malformed('is text without PEM', () => Buffer.from('not a request')),
  malformed('is PEM without its end', async () =>
    Buffer.from((await pem()).replace(/-----END.*/, '')),
  ),
  malformed('is PEM that ends with another label', async () =>
    Buffer.from((await pem()).replace('END CERTIFICATE', 'END NEW CERTIFICATE')),
  ),
  malformed('has a character that is not base64', async () => withDamagedBase64(await pem())),
  malformed('lacks a character of its base64', async () =>
    Buffer.from((await pem()).replace(/\n[A-Za-z0-9]/, '\n')),
  ),
  malformed('is an empty PEM block', () =>
    Buffer.from(writePem('CERTIFICATE REQUEST', Buffer.alloc(0))),
  ),
  malformed('is DER that is cut off', async () => (await der()).subarray(0, -1)),
  malformed('is DER with an octet too many', async () =>
    Buffer.concat([await der(), Buffer.of(0)]),
  ),
  malformed('is PEM with an octet too many', async () =>
    Buffer.from(writePem('CERTIFICATE REQUEST', Buffer.concat([await der(), Buffer.of(0)]))),
  ),
  malformed('is BER of indefinite length', () => withIndefiniteLength(requestFor(rsaKey(2048)))),
  malformed('is a certificate', async () => derOf((await caOf('P-256')).certificatePem)),
  malformed('has broken UTF-8 in its subject', () => {
    const value = element(0x0c, Buffer.of(0xc3, 0x28));
    const subject = sequence(set(sequence(objectIdentifier('2.5.4.3'), value)));
    return requestFor(ecKey('P-256'), { subject });
  }),
  malformed('has a subject value that is no string', () => {
    const value = element(0x04, Buffer.of(1, 2, 3));
    const subject = sequence(set(sequence(objectIdentifier('2.5.4.3'), value)));
    return requestFor(ecKey('P-256'), { subject });
  }),
  malformed('has a subject that is no name', () =>
    requestFor(ecKey('P-256'), { subject: sequence(integer(Buffer.of(1))) }),
  ),
  malformed('has a point off its curve', () => {
    const spki = spkiOf(ecKey('P-256'));
    spki.writeUInt8(spki.readUInt8(spki.length - 1) ^ 1, spki.length - 1);
    return handmadeRequest({ spki });
  }),
  malformed('has an RSA key that is no pair of numbers', () =>
    handmadeRequest({ spki: rsaSpkiOf(octetString(Buffer.of(1))) }),
  ),
  malformed('has an even RSA modulus', () =>
    handmadeRequest({ spki: rsaSpki(Buffer.alloc(256, 0xc4), PUBLIC_EXPONENT) }),
  ),
  malformed('has an RSA exponent of 1', () =>
    handmadeRequest({ spki: rsaSpki(Buffer.alloc(256, 0xc5), Buffer.of(1)) }),
  ),
  unsupported('has a P-224 key', () => requestFor(ecKey('secp224r1'))),
  unsupported('has a secp256k1 key', () => requestFor(ecKey('secp256k1'))),
  unsupported('has an Ed25519 key', () => requestFor(ed25519Key(), { digest: null })),
  unsupported('has an RSA-PSS key', () => requestFor(rsaPssKey())),
  unsupported('has explicit curve parameters', () => requestFor(explicitCurveKey())),
  unsupported('has a compressed point', () => {
    const key = ecKey('P-256');
    return requestFor(key, { spki: compressedSpkiOf(key) });
  }),
  csr('has an RSA-1024 key', 'SUBJECT_KEY_NOT_ALLOWED', () => requestFor(rsaKey(1024))),
  csr('has an RSA-15360 key', 'SUBJECT_KEY_NOT_ALLOWED', oversizedRsaRequest),
];

/** CSRs that do not prove possession of their key. */
export const CSR_SIGNATURE_FAULTS: CertificateFaults = [
  unproven('was changed after signing', async () => {
    const changed = Buffer.from(await der());
    changed.write('Q', changed.indexOf('P-256 service'));
    return changed;
  }),
  unproven('is signed by another key', () =>
    handmadeRequest({ spki: spkiOf(ecKey('P-256')), key: ecKey('P-256') }),
  ),
  unproven('is signed with noise', () => handmadeRequest({ spki: spkiOf(ecKey('P-256')) })),
  unproven('is signed with SHA-1', () => {
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.10045.4.1'));
    return requestFor(ecKey('P-256'), { digest: 'sha1', signatureAlgorithm });
  }),
  unproven('is signed with MD5', () => {
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.113549.1.1.4'));
    return requestFor(rsaKey(2048), { digest: 'md5', signatureAlgorithm });
  }),
  unproven('gives its signature algorithm a parameter', () => {
    const oid = objectIdentifier('1.2.840.10045.4.3.2');
    return requestFor(ecKey('P-256'), { signatureAlgorithm: sequence(oid, octetString()) });
  }),
  unproven("names the signature algorithm of another key's kind", () => {
    const signatureAlgorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'));
    return requestFor(ecKey('P-256'), { signatureAlgorithm });
  }),
];

function csr(what: string, code: ErrorCode, bytes: MakeBytes): CertificateFault {
  return fault(`a CSR that ${what}`, code, 'csr', async () => ({ csr: await bytes() }));
}

function malformed(what: string, bytes: MakeBytes): CertificateFault {
  return csr(what, 'CSR_MALFORMED', bytes);
}

function unsupported(what: string, bytes: MakeBytes): CertificateFault {
  return csr(what, 'KEY_UNSUPPORTED', bytes);
}

function unproven(what: string, bytes: MakeBytes): CertificateFault {
  return csr(what, 'CSR_SIGNATURE_INVALID', bytes);
}
