import type { CoreTimer } from '../broker/methods/core-timer.ts';
import { outsideTimer } from '../broker/methods/core-timer.ts';
import type { Settings } from '../config/index.ts';
import { createNativeProvider, type NativeProvider } from '../crypto/index.ts';
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
  const provider = startNative(settings, settings.memoryLock ?? 'preferred');
  return { provider, timer: provider.benchmark };
}

/**
 * Starts the crypto of a program that holds service keys. It is the native core, whose keys rest in locked memory: where
 * that cannot be had the program does not start, unless the operator said so (MEMORY_NOT_LOCKED).
 */
export function startKeyProvider(settings: Settings): NativeProvider {
  if (settings.crypto.provider === 'pure') {
    throw new BrokerError(
      'CONFIG_INVALID',
      'pure holds keys in ordinary memory: for the Broker alone',
      {
        field: 'crypto.provider',
      },
    );
  }
  return startNative(settings, settings.memoryLock ?? 'required');
}

function startNative(settings: Settings, memoryLock: 'required' | 'preferred'): NativeProvider {
  return createNativeProvider({
    fips: settings.fips,
    poolThreads: settings.pool.threads,
    poolQueue: settings.pool.queue,
    moduleDirectory: settings.fipsModuleDir,
    requireLockedMemory: memoryLock === 'required',
    hardenProcess: true,
    caCache: settings.caCache,
  });
}
