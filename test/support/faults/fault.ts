import type { CertificateRequest } from '../../../src/crypto/provider.ts';
import type { ErrorCode } from '../../../src/errors/index.ts';

/** A certificate request that no provider may serve, and how it must fail. */
export interface CertificateFault {
  readonly name: string;
  readonly code: ErrorCode;
  /** The field that the error is about. */
  readonly field: string;
  /** What is put into an acceptable request. */
  readonly changes: () => Promise<Partial<CertificateRequest>> | Partial<CertificateRequest>;
}

export type CertificateFaults = readonly CertificateFault[];

/** Bytes of a document. */
export type MakeBytes = () => Promise<Uint8Array> | Uint8Array;

export function fault(
  name: string,
  code: ErrorCode,
  field: string,
  changes: CertificateFault['changes'],
): CertificateFault {
  return { name, code, field, changes };
}

/** 1 MiB without pattern, the same in every run so that a failure can be repeated. */
export const GARBAGE = Buffer.alloc(
  1 << 20,
  Buffer.from('b7e151628aed2a6abf7158809cf4f3c7', 'hex'),
);

/** Puts a character that is not base64 into the body of a PEM document. */
export function withDamagedBase64(pem: string): Buffer {
  return Buffer.from(pem.replace(/\n[A-Za-z0-9]/, '\n*'));
}
