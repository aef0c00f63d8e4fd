import { X509Certificate } from 'node:crypto';
import { readCertificate, type CertificateFields } from './certificate-fields.ts';

/** A certificate with what was read from it. */
export interface Certificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly fields: CertificateFields;
}

/** Bytes of one certificate; real ones have 1 to 4 thousand. */
const LONGEST = 16 * 1024;

/** Undefined when the bytes are no certificate that can be judged. */
export function parseCertificate(der: Uint8Array): Certificate | undefined {
  if (der.byteLength > LONGEST) return undefined;
  try {
    return { der, x509: new X509Certificate(der), fields: readCertificate(der) };
  } catch {
    return undefined;
  }
}
