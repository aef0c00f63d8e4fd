import type { X509Certificate } from 'node:crypto';
import { allowsUsage, KEY_USAGE, type CertificateFields } from './certificate-fields.ts';
import type { Certificate } from './certificate.ts';

/** Certificates from the leaf to the trust anchor, both counted. */
const LONGEST_PATH = 4;

/** Purposes of Extended Key Usage (RFC 5280 §4.2.1.12). */
export const PURPOSE = { clientAuth: '1.3.6.1.5.5.7.3.2', any: '2.5.29.37.0' } as const;

/** Signatures that are checked for one chain; a client may send many certificates of one name. */
const MOST_SIGNATURES = 32;

/**
 * Signature algorithms of certificates (RFC 5280 §4.1.1.2) that count: RSA, RSA-PSS and ECDSA with SHA-2, EdDSA. A list,
 * because outside FIPS mode OpenSSL verifies SHA-1 and MD5 as well.
 */
const SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
  '1.3.101.113',
]);

const SMALLEST_RSA = 2048;

/**
 * Whether a path of valid certificates leads from the leaf to one of the anchors (RFC 5280 §6.1): names, signatures,
 * validity at `now` (milliseconds since 1970), and what each CA is allowed. Any certificate of `anchors` is one, self-signed
 * or not. A path with name constraints, or with critical extensions that are not understood, leads nowhere.
 */
export function leadsToAnchor(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
): boolean {
  let signatures = 0;

  function issued(subject: Certificate, issuer: Certificate): boolean {
    if (!subject.x509.checkIssued(issuer.x509)) return false;
    signatures += 1;
    return signatures <= MOST_SIGNATURES && hasSigned(subject.x509, issuer.x509);
  }

  /** `below`: CAs between the leaf and the issuer that is looked for; `length`: certificates so far. */
  function climb(subject: Certificate, below: number, length: number): boolean {
    if (length >= LONGEST_PATH) return false;
    const mayIssue = (issuer: Certificate): boolean =>
      isUsableCa(issuer, below, now) && issued(subject, issuer);
    if (anchors.some(mayIssue)) return true;
    return intermediates.some((issuer) => mayIssue(issuer) && climb(issuer, below + 1, length + 1));
  }

  return isValidAt(leaf.x509, now) && !leaf.fields.unknownCritical && climb(leaf, 0, 1);
}

export function isValidAt({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime();
}

function isUsableCa({ x509, fields }: Certificate, below: number, now: number): boolean {
  return (
    fields.ca &&
    (fields.pathLength === undefined || below <= fields.pathLength) &&
    allowsUsage(fields, KEY_USAGE.keyCertSign) &&
    vouchesForClients(fields) &&
    !fields.unknownCritical &&
    !fields.nameConstraints &&
    isValidAt(x509, now)
  );
}

/** A CA that names purposes vouches for those alone, as every TLS library has it. */
function vouchesForClients({ purposes }: CertificateFields): boolean {
  return (
    purposes === undefined ||
    purposes.includes(PURPOSE.clientAuth) ||
    purposes.includes(PURPOSE.any)
  );
}

function hasSigned(subject: X509Certificate, issuer: X509Certificate): boolean {
  if (!SIGNATURES.has(subject.signatureAlgorithmOid)) return false;
  try {
    const key = issuer.publicKey;
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return (bits === undefined || bits >= SMALLEST_RSA) && subject.verify(key);
  } catch {
    // A key that cannot be read, or of a kind that the FIPS provider does not know.
    return false;
  }
}
