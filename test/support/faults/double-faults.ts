import type { CertificateRequest } from '../../../src/crypto/provider.ts';
import type { ErrorCode } from '../../../src/errors/index.ts';
import { policy } from '../certificate-requests.ts';
import { handmadeRequest } from '../handmade-documents.ts';
import { ecKey, pkcs8Pem, spkiOf } from '../handmade-keys.ts';
import { fault, type CertificateFault, type CertificateFaults } from './fault.ts';

const broken = Buffer.from('x');
const unproven = (): Buffer => handmadeRequest({ spki: spkiOf(ecKey('P-256')) });

/** Two neighbours in the order of checks at fault at once: the first one is what the caller is told. */
export const DOUBLE_FAULTS: CertificateFaults = [
  first('CSR_MALFORMED', 'csr', 'the CA key', () => ({ csr: broken, caKey: broken })),
  first('CA_KEY_MALFORMED', 'caPrivateKey', 'the CA certificate', () => ({
    caKey: broken,
    caCertificate: broken,
  })),
  first('CA_CERT_MALFORMED', 'caCert', 'the subject key', () => ({
    caCertificate: broken,
    policy: policy({ subjectKey: {} }),
  })),
  first('SUBJECT_KEY_NOT_ALLOWED', 'csr', 'the CA key', () => ({
    policy: policy({ subjectKey: {}, issuerKey: {} }),
  })),
  first('ISSUER_KEY_NOT_ALLOWED', 'caPrivateKey', 'the signature algorithm', () => ({
    policy: policy({ issuerKey: {}, signatureKey: 'RSA' }),
  })),
  first('SIGNATURE_ALGORITHM_MISMATCH', 'caPrivateKey', 'the validity', () => ({
    policy: policy({ signatureKey: 'RSA' }),
    notBefore: 0n,
  })),
  first('VALIDITY_NOT_ALLOWED', 'validNotBefore', 'the subject', () => ({
    notBefore: 0n,
    subject: 'x',
  })),
  first('SUBJECT_MALFORMED', 'subject', 'a distribution point', () => ({
    subject: 'x',
    crlDistributionPoints: [''],
  })),
  first('INPUT_INVALID', 'crlDistributionPoints', 'the signature of the CSR', () => ({
    crlDistributionPoints: [''],
    csr: unproven(),
  })),
  first('CSR_SIGNATURE_INVALID', 'csr', 'the match of CA key and certificate', () => ({
    csr: unproven(),
    caKey: pkcs8Pem(ecKey('P-256')),
  })),
];

function first(
  code: ErrorCode,
  field: string,
  second: string,
  changes: () => Partial<CertificateRequest>,
): CertificateFault {
  return fault(`${code} before a fault of ${second}`, code, field, changes);
}
