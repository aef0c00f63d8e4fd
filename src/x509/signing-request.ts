import { webcrypto } from 'node:crypto';

import { BrokerError } from '../errors/index.ts';
import { contextConstructed, DerReader, TAG } from './der.ts';
import { CSR, decodeDocument, malformed } from './document.ts';
import { isValidName } from './name.ts';
import { Pkcs10CertificateRequest } from './peculiar.ts';
import { loadPublicKey, readPublicKey, type PublicKey } from './public-key.ts';

/** What a certificate takes from a PKCS #10 request (RFC 2986) whose signature has not been looked at yet. */
export interface SigningRequest {
  readonly der: Uint8Array;
  /** Name, DER. */
  readonly subject: Uint8Array;
  readonly publicKey: PublicKey;
}

/** Digests a request may be signed with, by WebCrypto's names. SHA-1 and MD5 prove nothing any more. */
const ACCEPTED_DIGESTS: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/**
 * Reads a request in DER or PEM, of whatever label. Attributes, extension requests among them, are skipped.
 * CSR_MALFORMED, KEY_UNSUPPORTED.
 */
export function readSigningRequest(bytes: Uint8Array): SigningRequest {
  const der = decodeDocument(bytes, CSR);
  const { subject, spki } = parse(der);
  if (!isValidName(subject)) malformed(CSR, 'the subject is not a valid name');
  return { der, subject, publicKey: readPublicKey(spki, CSR) };
}

/** Checks that the request is signed by the key it carries. CSR_SIGNATURE_INVALID otherwise. */
export async function verifySigningRequest(request: SigningRequest): Promise<void> {
  loadPublicKey(request.publicKey, CSR);
  if (await isSignedByItsKey(request)) return;
  const message = 'the signature does not belong to the key in the CSR';
  throw new BrokerError('CSR_SIGNATURE_INVALID', message, { field: CSR.name });
}

async function isSignedByItsKey({ der, publicKey }: SigningRequest): Promise<boolean> {
  try {
    const request = new Pkcs10CertificateRequest(der);
    const algorithm: { readonly hash: { readonly name: string } } = request.signatureAlgorithm;
    if (!ACCEPTED_DIGESTS.includes(algorithm.hash.name)) return false;
    if (publicKey.description.algorithm === 'ECDSA') requireEcdsaSignature(request.signature);
    return await request.verify(webcrypto);
  } catch {
    // A signature algorithm that WebCrypto does not know, or a signature that is not even well formed.
    return false;
  }
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) in DER; @peculiar/x509 would take other spellings of the two numbers. */
function requireEcdsaSignature(signature: ArrayBuffer): void {
  const input = new DerReader(new Uint8Array(signature));
  const numbers = input.enter(TAG.sequence);
  numbers.readUnsigned();
  numbers.readUnsigned();
  numbers.finish();
  input.finish();
}

function parse(der: Uint8Array): { readonly subject: Uint8Array; readonly spki: Uint8Array } {
  try {
    const request = new DerReader(der).enter(TAG.sequence);
    const info = request.enter(TAG.sequence);
    request.read(TAG.sequence); // signatureAlgorithm
    request.readBits();
    request.finish();

    info.readUnsigned(); // version: everybody writes 0, and others do not look
    const subject = info.read(TAG.sequence).encoding;
    const spki = info.read(TAG.sequence).encoding;
    // Attributes are required (RFC 2986 §4.1), but some writers leave an empty set out.
    if (info.nextIs(contextConstructed(0))) {
      const attributes = info.enter(contextConstructed(0));
      while (!attributes.atEnd) attributes.read(TAG.sequence);
    }
    info.finish();
    return { subject, spki };
  } catch (cause) {
    malformed(CSR, 'is not a PKCS #10 certification request in DER', cause);
  }
}
