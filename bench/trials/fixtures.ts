/** Kinds of CA and subject key that certificates are measured with: `SUBJECT under CA`. */
export const FIXTURES = [
  { name: 'P-256 under P-256', ca: 'P-256', subject: 'P-256' },
  { name: 'P-384 under P-384', ca: 'P-384', subject: 'P-384' },
  { name: 'P-521 under P-521', ca: 'P-521', subject: 'P-521' },
  { name: 'RSA-2048 under RSA-2048', ca: 'RSA-2048', subject: 'RSA-2048' },
  { name: 'RSA-3072 under RSA-3072', ca: 'RSA-3072', subject: 'RSA-3072' },
  { name: 'RSA-4096 under RSA-4096', ca: 'RSA-4096', subject: 'RSA-4096' },
  { name: 'P-521 under RSA-4096', ca: 'RSA-4096', subject: 'P-521' },
] as const;
export type FixtureName = (typeof FIXTURES)[number]['name'];
export type KeyKind = (typeof FIXTURES)[number]['ca' | 'subject'];

/** A throw-away CA and a request for it, in PEM as clients send them. */
export interface CertificateFixture {
  readonly csr: Uint8Array;
  readonly caKey: Uint8Array;
  readonly caCertificate: Uint8Array;
}
