import type { NativeProvider } from '../crypto/index.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import { programFacts } from './program-facts.ts';

/** Metrics of the crypto that a program works with: what it is, whether it answers, and how busy its pool is. */
export function observeProvider(metrics: Metrics, provider: CryptoProvider | NativeProvider): void {
  const { libraryVersion, module, fips } = provider.report();
  const { version, node } = programFacts();
  const labels = {
    ...{ version, node },
    openssl: libraryVersion,
    module: module === undefined ? '' : `${module.name} ${module.version}`,
  };
  metrics.gauge('crypto_build_info', labels, () => 1);
  if (!isNative(provider)) {
    metrics.gauge('crypto_fips_active', {}, () => 0);
    return;
  }
  metrics.gauge('crypto_fips_active', {}, () =>
    fips === 'required' && provider.running() ? 1 : 0,
  );
  metrics.source(() => {
    const { threads, running, queued, capacity } = provider.poolStats();
    return [
      { name: 'crypto_pool_threads', labels: {}, value: threads },
      { name: 'crypto_pool_busy_threads', labels: {}, value: running },
      { name: 'crypto_pool_queue_depth', labels: {}, value: queued },
      { name: 'crypto_pool_queue_limit', labels: {}, value: capacity },
    ];
  });
}

function isNative(provider: CryptoProvider | NativeProvider): provider is NativeProvider {
  return 'poolStats' in provider;
}
