import { BrokerError, type ErrorCode } from '../errors/index.ts';
import { isOneElement } from './der.ts';
import { readPem } from './pem.ts';

/** A field of a request that holds a document, and what it is called when it cannot be read. */
export interface DocumentField {
  readonly name: 'csr' | 'caPrivateKey' | 'caCert';
  readonly malformed: ErrorCode;
}

export const CSR: DocumentField = { name: 'csr', malformed: 'CSR_MALFORMED' };
export const CA_KEY: DocumentField = { name: 'caPrivateKey', malformed: 'CA_KEY_MALFORMED' };
export const CA_CERTIFICATE: DocumentField = { name: 'caCert', malformed: 'CA_CERT_MALFORMED' };

/** No document may be longer: what the server refuses before, and what both providers' parsers are written for. */
const MAX_DOCUMENT = 64 * 1024;

/**
 * The DER of the document in `bytes`, in memory of its own: all of it when it is one DER element, else its first PEM
 * block, which must have `label` if one is given. Fails with the field's own code.
 */
export function decodeDocument(
  bytes: Uint8Array,
  field: DocumentField,
  label?: string,
): Uint8Array {
  checkDocumentSize(bytes, field);
  if (isOneElement(bytes)) return Uint8Array.from(bytes);
  const [block] = readPem(bytes);
  if (block === undefined) malformed(field, 'is neither a whole PEM block nor DER');
  if (label !== undefined && block.label !== label) {
    malformed(field, `the PEM block is not labelled '${label}'`);
  }
  if (block.der === undefined) malformed(field, 'the base64 of the PEM block is damaged');
  return block.der;
}

/** Refuses an empty or too long input. */
export function checkDocumentSize(bytes: Uint8Array, field: DocumentField): void {
  if (bytes.length === 0) malformed(field, 'is empty');
  if (bytes.length > MAX_DOCUMENT) malformed(field, `is longer than ${MAX_DOCUMENT} bytes`);
}

/** Fails with the field's own code. */
export function malformed(field: DocumentField, message: string, cause?: unknown): never {
  throw new BrokerError(field.malformed, message, { field: field.name, cause });
}
