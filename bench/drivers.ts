import { createHash, hash } from 'node:crypto';
import { availableParallelism } from 'node:os';

import type { NativeProviderOptions } from '../src/crypto/index.ts';
import type { CryptoProvider, Digests } from '../src/crypto/provider.ts';
import type { DriverName } from './trials/trial.ts';

/**
 * What is compared, by name. A process opens one of them: modules are imported on demand, so that no driver pays for
 * another's.
 */
const DRIVERS: Readonly<Record<DriverName, () => Promise<CryptoProvider>>> = {
  native: () => openNative({}),
  'native+ca-cache': () => openNative({ caCache: { entries: 16, seconds: 3600 } }),
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

/** As the server opens it: one pool thread a core. `fips: required` fails unless the FIPS provider alone answers. */
async function openNative(options: Partial<NativeProviderOptions>): Promise<CryptoProvider> {
  const { createNativeProvider } = await import('../src/crypto/index.ts');
  return createNativeProvider({
    fips: 'required',
    poolThreads: availableParallelism(),
    ...options,
  });
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
