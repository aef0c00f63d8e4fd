import type { CertificateRequest } from '../../src/crypto/provider.ts';

/** Issues the acceptable certificate request with some members changed. */
export type Issue = (changes?: Partial<CertificateRequest>) => Promise<Uint8Array>;
