import { randomBytes, webcrypto } from 'node:crypto';

import type { SignatureDigestName } from '../crypto/algorithms.ts';
import type {
  CertificateIssuer,
  CertificatePolicy,
  CertificateRequest,
} from '../crypto/provider.ts';
import { readCaCertificate, type CaCertificate } from './ca-certificate.ts';
import { checkKeyMatchesCertificate, keyMismatch, readCaKey, type CaKey } from './ca-key.ts';
import { CA_CERTIFICATE, CA_KEY, CSR, malformed, type DocumentField } from './document.ts';
import { checkDistributionPoints } from './distribution-points.ts';
import { certificateExtensions, checkBasicConstraints, keyIdentifier } from './extensions.ts';
import { checkKeys } from './key-constraints.ts';
import {
  Name,
  X509CertificateGenerator,
  type JsonAttributeObject,
  type X509Certificate,
} from './peculiar.ts';
import { writePem } from './pem.ts';
import { ProvenPairs } from './proven-pairs.ts';
import { verifySigningRequest } from './request-signature.ts';
import { readSigningRequest, type SigningRequest } from './signing-request.ts';
import { parseSubject, SUBJECT_ATTRIBUTES } from './subject.ts';
import { chooseValidity, type Validity } from './validity.ts';

/** WebCrypto's names. */
const WEB_DIGEST: Readonly<Record<SignatureDigestName, string>> = {
  'sha-256': 'SHA-256',
  'sha-384': 'SHA-384',
  'sha-512': 'SHA-512',
};

/**
 * Issues certificates with @peculiar/x509 over WebCrypto: the partner the native core is compared with. Same checks in
 * the same order, same extensions; the CA key rests in ordinary memory while a certificate is made.
 */
export const pureIssuer: CertificateIssuer = {
  async issue(request) {
    // All that is read of the caller's buffers is read here, before the first await.
    const parts = readAndCheck(request);
    await verifySigningRequest(parts.csr);
    checkKeyMatchesCertificate(parts.caKey, parts.ca);
    const certificate = await signedByProvenPair(parts);
    return encode(new Uint8Array(certificate.rawData), request.format);
  },
};

/** What a certificate is made of. */
interface CertificateParts {
  readonly policy: CertificatePolicy;
  readonly csr: SigningRequest;
  readonly caKey: CaKey;
  readonly ca: CaCertificate;
  readonly validity: Validity;
  readonly subject: Name;
  readonly issuer: Name;
  readonly crlDistributionPoints: readonly string[];
  /** Name of the CA's key and certificate among the proven pairs. */
  readonly pair: string;
}

function readAndCheck(request: CertificateRequest): CertificateParts {
  const { policy, crlDistributionPoints } = request;
  checkBasicConstraints(policy);
  const csr = readSigningRequest(request.csr);
  const caKey = readCaKey(request.caKey);
  const ca = readCaCertificate(request.caCertificate);
  checkKeys(policy, csr.publicKey.description, caKey.publicKey.description);
  const validity = chooseValidity(policy, request.now, request);
  const subject = requestedSubject(request) ?? copiedName(csr.subject, CSR);
  const issuer = copiedName(ca.subject, CA_CERTIFICATE);
  checkDistributionPoints(crlDistributionPoints);
  const pair = ProvenPairs.identify(request.caKey, request.caCertificate);
  return { policy, csr, caKey, ca, validity, subject, issuer, crlDistributionPoints, pair };
}

const provenPairs = new ProvenPairs();

/** Signs; a pair that has never signed before must show that the certificate's key verifies what it signs. */
async function signedByProvenPair(parts: CertificateParts): Promise<X509Certificate> {
  const key = signingKey(parts.caKey, parts.policy);
  if (provenPairs.has(parts.pair)) return sign(parts, key);
  const certificate = await sign(parts, key).catch(cannotSign);
  if (!(await isSignedBy(certificate, parts.ca))) throw keyMismatch();
  provenPairs.add(parts.pair);
  return certificate;
}

function sign(parts: CertificateParts, key: webcrypto.CryptoKey): Promise<X509Certificate> {
  const { policy, csr, ca, validity, subject, issuer, crlDistributionPoints } = parts;
  return X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject,
      issuer,
      notBefore: new Date(validity.notBefore * 1000),
      notAfter: new Date(validity.notAfter * 1000),
      publicKey: csr.publicKey.spki,
      signingKey: key,
      signingAlgorithm: { hash: WEB_DIGEST[policy.signatureDigest] },
      extensions: certificateExtensions(policy, {
        subjectKeyIdentifier: keyIdentifier(csr.publicKey.bits, policy.skiDigest),
        authorityKeyIdentifier: authorityKeyIdentifier(ca, subject),
        crlDistributionPoints,
      }),
    },
    webcrypto,
  );
}

/** Numbers that look like an RSA key and are none can make the arithmetic fail. */
function cannotSign(cause: unknown): never {
  malformed(CA_KEY, 'the CA private key cannot sign', cause);
}

function isSignedBy(certificate: X509Certificate, ca: CaCertificate): Promise<boolean> {
  const { spki } = ca.publicKey;
  return certificate.verify({ publicKey: spki, signatureOnly: true }, webcrypto);
}

/**
 * The subject the caller asks for, undefined when that is the CSR's. Attributes are PrintableString where they can be
 * and UTF8String where not, as Go's encoder does.
 */
function requestedSubject({ subject }: CertificateRequest): Name | undefined {
  if (subject === undefined || subject === '') return undefined;
  return new Name(
    parseSubject(subject).map(({ attribute, value }): Record<string, JsonAttributeObject[]> => {
      const isPrintable = Name.isPrintableString(value);
      return {
        [SUBJECT_ATTRIBUTES[attribute]]: [
          isPrintable ? { printableString: value } : { utf8String: value },
        ],
      };
    }),
  );
}

/** A name for @peculiar/x509, which must write it as it was; a few values that nobody uses it reads otherwise or not. */
function copiedName(der: Uint8Array, field: DocumentField): Name {
  let cause: unknown;
  try {
    const name = new Name(der);
    if (Buffer.from(name.toArrayBuffer()).equals(der)) return name;
  } catch (error) {
    cause = error;
  }
  malformed(field, 'the subject is not a valid name', cause);
}

/** An issuer that is its own subject needs no key identifier to be found (RFC 5280 §4.2.1.1). */
function authorityKeyIdentifier(ca: CaCertificate, subject: Name): string | undefined {
  const own = Buffer.from(subject.toArrayBuffer());
  return own.equals(ca.subject) ? undefined : ca.keyIdentifier;
}

/** Random, positive, and always 20 octets, the most that RFC 5280 §4.1.2.2 allows. */
function serialNumber(): string {
  let bytes: Buffer;
  do {
    bytes = randomBytes(20);
    bytes.writeUInt8(bytes.readUInt8() & 0x7f);
  } while (bytes.readUInt8() === 0);
  return bytes.toString('hex');
}

function signingKey(key: CaKey, policy: CertificatePolicy): webcrypto.CryptoKey {
  const algorithm =
    policy.signatureKey === 'RSA'
      ? { name: 'RSASSA-PKCS1-v1_5', hash: WEB_DIGEST[policy.signatureDigest] }
      : { name: 'ECDSA', namedCurve: `P-${key.publicKey.description.bits}` };
  try {
    return key.privateKey.toCryptoKey(algorithm, false, ['sign']);
  } catch {
    // WebCrypto takes EC keys only in pairs.
    throw keyMismatch();
  }
}

function encode(der: Uint8Array, format: CertificateRequest['format']): Uint8Array {
  return format === 'der' ? der : Buffer.from(writePem('CERTIFICATE', der));
}
