import { contextConstructed, DerReader, TAG } from './der.ts';
import { CSR, decodeDocument, malformed } from './document.ts';
import { isValidName } from './name.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';

/** What a certificate takes from a PKCS #10 request (RFC 2986) whose signature has not been looked at yet. */
export interface SigningRequest {
  readonly der: Uint8Array;
  /** Name, DER. */
  readonly subject: Uint8Array;
  readonly publicKey: PublicKey;
  /** AlgorithmIdentifier, DER. */
  readonly signatureAlgorithm: Uint8Array;
}

/**
 * Reads a request in DER or PEM, of whatever label. Attributes, extension requests among them, are skipped.
 * CSR_MALFORMED, KEY_UNSUPPORTED.
 */
export function readSigningRequest(bytes: Uint8Array): SigningRequest {
  const der = decodeDocument(bytes, CSR);
  const { subject, spki, signatureAlgorithm } = parse(der);
  if (!isValidName(subject)) malformed(CSR, 'the subject is not a valid name');
  return { der, subject, publicKey: readPublicKey(spki, CSR), signatureAlgorithm };
}

function parse(der: Uint8Array) {
  try {
    const whole = new DerReader(der);
    const request = whole.enter(TAG.sequence);
    whole.finish();
    const info = request.enter(TAG.sequence);
    const signatureAlgorithm = request.read(TAG.sequence).encoding;
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
    return { subject, spki, signatureAlgorithm };
  } catch (cause) {
    malformed(CSR, 'is not a PKCS #10 certification request in DER', cause);
  }
}
