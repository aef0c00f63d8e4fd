import { webcrypto } from 'node:crypto';

import { BrokerError } from '../errors/index.ts';
import { DerReader, TAG } from './der.ts';
import { CSR } from './document.ts';
import { Pkcs10CertificateRequest } from './peculiar.ts';
import { loadPublicKey } from './public-key.ts';
import type { SigningRequest } from './signing-request.ts';

/** Digests a request may be signed with, by WebCrypto's names. SHA-1 and MD5 prove nothing any more. */
const ACCEPTED_DIGESTS: readonly string[] = ['SHA-256', 'SHA-384', 'SHA-512'];

/** id-RSASSA-PSS (RFC 4055 §3.1) as the contents of an OBJECT IDENTIFIER. */
const RSA_PSS = '2a864886f70d01010a';

/**
 * Checks that a request is signed by the key it carries. CSR_SIGNATURE_INVALID otherwise, CSR_MALFORMED when that key is
 * no point on its curve.
 */
export async function verifySigningRequest(request: SigningRequest): Promise<void> {
  loadPublicKey(request.publicKey, CSR);
  if (await isSignedByItsKey(request)) return;
  const message = 'the signature does not belong to the key in the CSR';
  throw new BrokerError('CSR_SIGNATURE_INVALID', message, { field: CSR.name });
}

async function isSignedByItsKey(request: SigningRequest): Promise<boolean> {
  try {
    const parsed = new Pkcs10CertificateRequest(request.der);
    const algorithm: { readonly hash: { readonly name: string } } = parsed.signatureAlgorithm;
    if (!ACCEPTED_DIGESTS.includes(algorithm.hash.name)) return false;
    requireKnownParameters(request.signatureAlgorithm);
    if (request.publicKey.description.algorithm === 'ECDSA')
      requireEcdsaSignature(parsed.signature);
    return await parsed.verify(webcrypto);
  } catch {
    // A signature algorithm that WebCrypto does not know, or a signature that is not even well formed.
    return false;
  }
}

/** Parameters may be NULL or missing, except for PSS, whose @peculiar/x509 reads; the others' it does not look at. */
function requireKnownParameters(identifier: Uint8Array): void {
  const content = new DerReader(identifier).enter(TAG.sequence);
  if (Buffer.from(content.readOid()).toString('hex') === RSA_PSS) return;
  if (content.nextIs(TAG.null)) content.readAny();
  content.finish();
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
