import { contextConstructed, contextPrimitive, DerReader, TAG } from './der.ts';
import { CA_CERTIFICATE, decodeDocument, malformed } from './document.ts';
import { isValidName } from './name.ts';
import { readPublicKey, type PublicKey } from './public-key.ts';

/** The parts of a CA certificate (RFC 5280) that an issued certificate depends on. */
export interface CaCertificate {
  /** Name, DER. */
  readonly subject: Uint8Array;
  readonly publicKey: PublicKey;
  /** subjectKeyIdentifier, hexadecimal; absent when the certificate names none. */
  readonly keyIdentifier: string | undefined;
}

/** id-ce-subjectKeyIdentifier as the contents of an OBJECT IDENTIFIER. */
const SUBJECT_KEY_IDENTIFIER = '551d0e';

/**
 * Reads a certificate in DER or PEM, labelled CERTIFICATE. Whether it may issue (CA flag, key usage, validity) is not
 * looked at, as in the Open Crypto Broker. CA_CERT_MALFORMED, KEY_UNSUPPORTED.
 */
export function readCaCertificate(bytes: Uint8Array): CaCertificate {
  const der = decodeDocument(bytes, CA_CERTIFICATE, 'CERTIFICATE');
  const { algorithms, issuer, subject, spki, keyIdentifier } = parse(der);
  // RFC 5280 §4.1.1.2.
  if (Buffer.compare(...algorithms) !== 0) {
    malformed(CA_CERTIFICATE, 'names two different signature algorithms');
  }
  if (!isValidName(subject) || !isValidName(issuer)) {
    malformed(CA_CERTIFICATE, 'the subject or issuer is not a valid name');
  }
  return { subject, publicKey: readPublicKey(spki, CA_CERTIFICATE), keyIdentifier };
}

function parse(der: Uint8Array) {
  try {
    const whole = new DerReader(der);
    const certificate = whole.enter(TAG.sequence);
    whole.finish();
    const fields = certificate.enter(TAG.sequence);
    const outerAlgorithm = certificate.read(TAG.sequence).encoding;
    certificate.readBits();
    certificate.finish();

    if (fields.nextIs(contextConstructed(0))) {
      const version = fields.enter(contextConstructed(0));
      version.readUnsigned();
      version.finish();
    }
    fields.read(TAG.integer); // serialNumber
    const innerAlgorithm = fields.read(TAG.sequence).encoding;
    const issuer = fields.read(TAG.sequence).encoding;
    skipValidity(fields.enter(TAG.sequence));
    const subject = fields.read(TAG.sequence).encoding;
    const spki = fields.read(TAG.sequence).encoding;
    for (const uniqueIdentifier of [contextPrimitive(1), contextPrimitive(2)]) {
      if (fields.nextIs(uniqueIdentifier)) fields.readAny();
    }
    let keyIdentifier: string | undefined;
    if (fields.nextIs(contextConstructed(3))) {
      const extensions = fields.enter(contextConstructed(3));
      keyIdentifier = readKeyIdentifier(extensions.enter(TAG.sequence));
      extensions.finish();
    }
    fields.finish();
    const algorithms: [Uint8Array, Uint8Array] = [innerAlgorithm, outerAlgorithm];
    return { algorithms, issuer, subject, spki, keyIdentifier };
  } catch (cause) {
    malformed(CA_CERTIFICATE, 'is not an X.509 certificate in DER', cause);
  }
}

function skipValidity(validity: DerReader): void {
  for (let i = 0; i < 2; i++) {
    validity.read(validity.nextIs(TAG.utcTime) ? TAG.utcTime : TAG.generalizedTime);
  }
  validity.finish();
}

/** The value of subjectKeyIdentifier among the extensions. RangeError when it is there twice (RFC 5280 §4.2). */
function readKeyIdentifier(extensions: DerReader): string | undefined {
  let identifier: string | undefined;
  while (!extensions.atEnd) {
    const extension = extensions.enter(TAG.sequence);
    const id = Buffer.from(extension.readOid()).toString('hex');
    if (extension.nextIs(TAG.boolean)) requireBoolean(extension);
    const value = extension.enter(TAG.octetString);
    extension.finish();
    if (id !== SUBJECT_KEY_IDENTIFIER) continue;
    if (identifier !== undefined) throw new RangeError('two subject key identifiers');
    identifier = Buffer.from(value.read(TAG.octetString).content).toString('hex');
    value.finish();
  }
  return identifier === '' ? undefined : identifier;
}

function requireBoolean(reader: DerReader): void {
  const { content } = reader.read(TAG.boolean);
  if (content.length !== 1 || (content[0] !== 0x00 && content[0] !== 0xff)) {
    throw new RangeError('not a BOOLEAN in DER');
  }
}
