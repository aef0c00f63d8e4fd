import { describe, expect, it } from 'vitest';
import { observeProvider } from '../../../src/bin/provider-metrics.ts';
import type { NativeProvider } from '../../../src/crypto/index.ts';
import type { ProviderReport } from '../../../src/crypto/provider.ts';
import { readMetrics } from '../../support/telemetry/read-metrics.ts';
import { testMetrics } from '../../support/telemetry/test-metrics.ts';

/** A provider of which only these facts matter. */
function provider(fips: 'required' | 'off', running = true): NativeProvider {
  const report = {
    fips,
    libraryVersion: 'OpenSSL 3.5.7',
    module: fips === 'off' ? undefined : { name: 'FIPS', version: '3.5.7' },
  } as ProviderReport;
  return {
    report: () => report,
    running: () => running,
    poolStats: () => ({ threads: 4, running: 3, queued: 2, capacity: 1024 }),
  } as unknown as NativeProvider;
}

async function metricsOf(observed: Parameters<typeof observeProvider>[1]) {
  const registry = testMetrics();
  observeProvider(registry, observed);
  return readMetrics(registry);
}

describe('the metrics of the crypto provider', () => {
  it('say what answers and how busy its pool is', async () => {
    const metrics = await metricsOf(provider('required'));
    expect(metrics).toMatchObject({
      'crypto_fips_active{}': 1,
      'crypto_pool_threads{}': 4,
      'crypto_pool_busy_threads{}': 3,
      'crypto_pool_queue_depth{}': 2,
      'crypto_pool_queue_limit{}': 1024,
    });
    const info = Object.keys(metrics).find((series) => series.startsWith('crypto_build_info'));
    expect(info).toMatch(
      /version="[^"]+",node="24[^"]+",openssl="OpenSSL 3\.5\.7",module="FIPS 3\.5\.7"/,
    );
  });

  it('say that FIPS is not active when its module has failed, or when it is off', async () => {
    expect((await metricsOf(provider('required', false)))['crypto_fips_active{}']).toBe(0);
    expect((await metricsOf(provider('off')))['crypto_fips_active{}']).toBe(0);
  });

  it('say of a provider without a core of its own that FIPS is not active, and nothing of a pool', async () => {
    const off = provider('off');
    const metrics = await metricsOf({ report: () => off.report() } as unknown as NativeProvider);
    expect(metrics['crypto_fips_active{}']).toBe(0);
    expect(Object.keys(metrics).some((series) => series.startsWith('crypto_pool'))).toBe(false);
  });
});
