import { createHash, hash } from 'node:crypto';

import type { CryptoProvider, Digests } from '../src/crypto/provider.ts';
import type { DriverName } from './trials/trial.ts';

/**
 * What is compared, by name. A process opens one of them: modules are imported on demand, so that no driver pays for
 * another's.
 */
const DRIVERS: Readonly<Record<DriverName, () => Promise<CryptoProvider>>> = {
  native: () => openNative({ entries: 0, seconds: 0 }),
  'native+ca-cache': () => openNative({ entries: 16, seconds: 3600 }),
  pure: openPure,
  createHash: () =>
    openPureWith({
      hex: (algorithm, input) => createHash(nodeName(algorithm)).update(input).digest('hex'),
    }),
  'crypto.hash': () =>
    openPureWith({ hex: (algorithm, input) => hash(nodeName(algorithm), input, 'hex') }),
};

/** Opens a driver; the native ones in FIPS mode or not at all. */
export function openDriver(name: DriverName): Promise<CryptoProvider> {
  return DRIVERS[name]();
}

async function openPure(): Promise<CryptoProvider> {
  const { createPureProvider } = await import('../src/x509/pure-provider.ts');
  return createPureProvider();
}

/** The pure provider with plain calls of node:crypto in place of some of its digests. */
async function openPureWith(digests: Partial<Digests>): Promise<CryptoProvider> {
  const provider = await openPure();
  return { ...provider, digests: { ...provider.digests, ...digests } };
}

/** node:crypto's name of a digest whose length is fixed: `sha-256` is `sha256`. */
function nodeName(algorithm: string): string {
  return algorithm.replace(/^sha-/, 'sha').replace('/', '-');
}
