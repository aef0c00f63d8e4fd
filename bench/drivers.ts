import { createHash, hash } from 'node:crypto';
import { availableParallelism } from 'node:os';

import type { DigestName } from '../src/crypto/algorithms.ts';
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

/** node:crypto's names of the digests that are shown in context; a look-up and no more, for its time is measured too. */
const NODE_NAMES = { 'sha-256': 'sha256', 'sha-512': 'sha512', 'sha3-256': 'sha3-256' } as const;

function nodeName(algorithm: DigestName): string {
  if (algorithm in NODE_NAMES) return NODE_NAMES[algorithm as keyof typeof NODE_NAMES];
  throw new RangeError(`${algorithm} is not shown in context`);
}
