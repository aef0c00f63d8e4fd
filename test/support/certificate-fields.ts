import { contextConstructed, DerReader, TAG } from '../../src/x509/der.ts';
import { readPem } from '../../src/x509/pem.ts';

/** One extension of a certificate, identifier and value as the hexadecimal contents. */
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
  const input = new DerReader(readPem(certificate)[0]?.der ?? certificate);
  const whole = input.enter(TAG.sequence);
  input.finish();
  const tbs = whole.enter(TAG.sequence);
  const signatureAlgorithm = hex(whole.read(TAG.sequence).encoding);
  whole.readBits();
  whole.finish();

  const next = (tag: number): string => hex(tbs.read(tag).encoding);
  const fields = {
    version: next(contextConstructed(0)),
    serialNumber: next(TAG.integer),
    signature: next(TAG.sequence),
    issuer: next(TAG.sequence),
    validity: next(TAG.sequence),
    subject: next(TAG.sequence),
    publicKey: next(TAG.sequence),
    extensions: extensionsIn(tbs.enter(contextConstructed(3))),
    signatureAlgorithm,
  };
  tbs.finish();
  return fields;
}

function extensionsIn(field: DerReader): ExtensionFields[] {
  const list = field.enter(TAG.sequence);
  field.finish();
  const extensions: ExtensionFields[] = [];
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const oid = hex(extension.readOid());
    // DER leaves a FALSE out.
    const critical = extension.nextIs(TAG.boolean);
    if (critical && hex(extension.readAny().content) !== 'ff') throw new RangeError('not TRUE');
    const value = hex(extension.read(TAG.octetString).content);
    extension.finish();
    extensions.push({ oid, critical, value });
  }
  return extensions;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
