import type { CoreTimer } from '../broker/methods/core-timer.ts';
import { outsideTimer } from '../broker/methods/core-timer.ts';
import type { Settings } from '../config/index.ts';
import { createNativeProvider } from '../crypto/index.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { BrokerError } from '../errors/index.ts';

/** The provider that a server works with, and what times it. */
export interface ServerProvider {
  readonly provider: CryptoProvider;
  readonly timer: CoreTimer;
}

/**
 * Starts the crypto that the settings name. The native core checks itself before it is there; whatever it doubts is a
 * BrokerError with exit code 70. The pure provider is refused in FIPS mode.
 */
export async function startProvider(
  settings: Settings,
  monotonicMs: () => number,
): Promise<ServerProvider> {
  if (settings.crypto.provider === 'pure') {
    if (settings.fips === 'required') {
      throw new BrokerError('CONFIG_INVALID', 'pure is refused while fips is required', {
        field: 'crypto.provider',
      });
    }
    // Loaded for this one alone: it brings libraries that no other server needs.
    const { createPureProvider } = await import('../x509/pure-provider.ts');
    const provider = await createPureProvider();
    return { provider, timer: outsideTimer(provider, monotonicMs) };
  }
  const provider = createNativeProvider({
    fips: settings.fips,
    poolThreads: settings.pool.threads,
    poolQueue: settings.pool.queue,
    moduleDirectory: settings.fipsModuleDir,
    requireLockedMemory: settings.memoryLock === 'required',
    hardenProcess: true,
    caCache: settings.caCache,
  });
  return { provider, timer: provider.benchmark };
}
