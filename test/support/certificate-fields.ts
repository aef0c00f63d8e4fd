import { readElements, readSequence, TAG } from '../../src/x509/der.ts';
import { readPem } from '../../src/x509/pem.ts';

/** One extension of a certificate, with the hexadecimal contents of its value. */
export interface ExtensionFields {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: string;
}

/** A certificate taken apart (RFC 5280 §4.1), every field as the hexadecimal DER that stands in it. */
export interface CertificateFields {
  readonly version: string;
  readonly serialNumber: string;
  readonly signature: string;
  readonly issuer: string;
  readonly validity: string;
  readonly subject: string;
  readonly publicKey: string;
  readonly extensions: readonly ExtensionFields[];
  readonly signatureAlgorithm: string;
}

/** Takes a certificate in PEM or DER apart. Throws when the structure is not exactly that of version 3. */
export function certificateFields(certificate: Uint8Array): CertificateFields {
  const der = readPem(certificate)[0]?.der ?? certificate;
  const [tbs, signatureAlgorithm, ...signatureValue] = readSequence(der).map(hex);
  const fields = readSequence(bytes(tbs)).map(hex);
  if (fields.length !== 8 || signatureValue.length !== 1) throw new RangeError('unexpected fields');
  const [version, serialNumber, signature, issuer, validity, subject, publicKey, tagged] = fields;
  const [list] = readElements(bytes(tagged));
  return {
    version: text(version),
    serialNumber: text(serialNumber),
    signature: text(signature),
    issuer: text(issuer),
    validity: text(validity),
    subject: text(subject),
    publicKey: text(publicKey),
    extensions: readSequence(list?.content ?? new Uint8Array()).map(extensionFields),
    signatureAlgorithm: text(signatureAlgorithm),
  };
}

function extensionFields(extension: { readonly bytes: Uint8Array }): ExtensionFields {
  const parts = readSequence(extension.bytes);
  const [oid, second, third] = parts;
  const value = parts.at(-1);
  if (oid?.tag !== TAG.objectIdentifier || value?.tag !== TAG.octetString) {
    throw new RangeError('not an extension');
  }
  // A critical extension has three parts; DER leaves out a FALSE.
  if (third !== undefined && hex(second) !== '0101ff') throw new RangeError('critical is not TRUE');
  return {
    oid: Buffer.from(oid.content).toString('hex'),
    critical: third !== undefined,
    value: Buffer.from(value.content).toString('hex'),
  };
}

function hex(part: { readonly bytes: Uint8Array } | undefined): string {
  return Buffer.from(part?.bytes ?? []).toString('hex');
}

function bytes(encoded: string | undefined): Buffer {
  return Buffer.from(text(encoded), 'hex');
}

function text(value: string | undefined): string {
  if (value === undefined) throw new RangeError('a field is missing');
  return value;
}
