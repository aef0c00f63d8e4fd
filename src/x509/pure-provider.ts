import { pureOperations } from '../crypto/pure/index.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { pureIssuer } from './pure-issuer.ts';

/**
 * The pure provider: node:crypto and @peculiar/x509, no code of ours in C++. For comparison, benchmarks and tests; its
 * keys lie on the JavaScript heap, so the programs never offer it in FIPS mode.
 */
export function createPureProvider(): Promise<CryptoProvider> {
  return Promise.resolve({ ...pureOperations, certificates: pureIssuer });
}
