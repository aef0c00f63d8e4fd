import { webcrypto } from 'node:crypto';

import { readSequence } from './der.ts';
import { CSR, decodeDocument, malformed } from './document.ts';
import { isValidName } from './name.ts';
import { Pkcs10CertificateRequest, type Name } from './peculiar.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';

/** A PKCS #10 request (RFC 2986) whose signature has not been looked at yet. */
export interface SigningRequest {
  readonly subject: Name;
  readonly publicKey: PublicKey;
  /** True when the request was signed by the key it carries, with SHA-256, SHA-384 or SHA-512. */
  verify(): Promise<boolean>;
}

/** Digests a request may be signed with, by WebCrypto's names. SHA-1 and MD5 are no longer a proof of anything. */
const ACCEPTED_DIGESTS: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/** Reads a request in DER or PEM, of whatever label. CSR_MALFORMED, KEY_UNSUPPORTED. */
export function readSigningRequest(bytes: Uint8Array): SigningRequest {
  const request = parse(decodeDocument(bytes, CSR));
  const publicKey = readPublicKey(new Uint8Array(request.publicKey.rawData), CSR);
  return { subject: request.subjectName, publicKey, verify: () => verifies(request) };
}

function parse(der: Uint8Array): Pkcs10CertificateRequest {
  try {
    const [info] = readSequence(der);
    const [, subject] = readSequence(info?.bytes ?? new Uint8Array());
    if (subject !== undefined && isValidName(subject.bytes)) {
      return new Pkcs10CertificateRequest(der);
    }
  } catch (cause) {
    malformed(CSR, 'is not a PKCS #10 certification request in DER', cause);
  }
  malformed(CSR, 'the subject is not a valid name');
}

async function verifies(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    if (!ACCEPTED_DIGESTS.includes(request.signatureAlgorithm.hash.name)) return false;
    return await request.verify(webcrypto);
  } catch {
    // A signature algorithm that WebCrypto does not know, or a signature that is not even well formed.
    return false;
  }
}
