import { describe, expect, it } from 'vitest';
import { benchmarkHandler } from '../../../src/broker/methods/benchmark.ts';
import {
  benchmarkMaterial,
  type BenchmarkMaterial,
} from '../../../src/broker/methods/benchmark-material.ts';
import { outsideTimer, type CoreTimer } from '../../../src/broker/methods/core-timer.ts';
import { CallState } from '../../../src/grpc/call-state.ts';
import { expectFailure } from '../../support/failures.ts';
import { caOf, NOW, requestOf } from '../../support/pki.ts';
import { openPure } from '../../support/providers.ts';

const MATERIAL: BenchmarkMaterial = {
  caKey: Buffer.from('key'),
  caCertificate: Buffer.from('certificate'),
  csr: Buffer.from('csr'),
  caAlgorithm: 'ECDSA',
};
const call = (): CallState => new CallState('/test', undefined);

describe('the benchmark', () => {
  it('gives whole nanoseconds, one run at a time', async () => {
    let running = 0;
    let most = 0;
    const measure = async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return 12.6;
    };
    const timer: CoreTimer = { digest: measure, certificate: measure };
    const handle = benchmarkHandler({
      timer,
      material: () => Promise.resolve(MATERIAL),
      now: () => 0,
    });
    const runs = await Promise.all([1, 2, 3].map(() => handle({ metadata: undefined }, call())));
    expect(most).toBe(1);
    for (const { results } of runs) {
      expect(results).toHaveLength(10);
      expect(results.every(({ avgTime }) => avgTime === 13)).toBe(true);
    }
  });

  it('stops between two rows when its caller goes', async () => {
    const leaving = call();
    let rows = 0;
    const timer: CoreTimer = {
      digest: () => {
        rows += 1;
        if (rows === 3) leaving.cancel(0);
        return Promise.resolve(1);
      },
      certificate: () => Promise.resolve(1),
    };
    const handle = benchmarkHandler({
      timer,
      material: () => Promise.resolve(MATERIAL),
      now: () => 0,
    });
    await expectFailure(() => handle({ metadata: undefined }, leaving), 'CANCELLED');
    expect(rows).toBe(3);
  });
});

describe('its material', () => {
  it('is made once for each kind of key', async () => {
    const source = benchmarkMaterial({}, () => NOW * 1000);
    const keys = {
      subject: { algorithm: 'ECDSA', bits: 256 },
      ca: { algorithm: 'ECDSA', bits: 384 },
    } as const;
    const material = await source(keys);
    expect(await source(keys)).toBe(material);
    expect(material.caAlgorithm).toBe('ECDSA');
    expect(Buffer.from(material.csr).toString()).toContain('BEGIN CERTIFICATE REQUEST');
  });

  it("is the operator's where it was given, with the algorithm of its key", async () => {
    const ca = await caOf('RSA-2048');
    const { csrPem } = await requestOf('P-256');
    const given = {
      ca: { key: Buffer.from(ca.keyPem), certificate: Buffer.from(ca.certificatePem) },
      csr: Buffer.from(csrPem),
    };
    const source = benchmarkMaterial(given, () => NOW * 1000);
    const material = await source({
      subject: { algorithm: 'ECDSA', bits: 521 },
      ca: { algorithm: 'ECDSA', bits: 521 },
    });
    expect(material).toEqual({
      caKey: given.ca.key,
      caCertificate: given.ca.certificate,
      csr: given.csr,
      caAlgorithm: 'RSA',
    });
  });

  it('is asked for again after a failure', async () => {
    const given = { ca: { key: Buffer.alloc(0), certificate: Buffer.from('not a certificate') } };
    const source = benchmarkMaterial(given, () => 0);
    const keys = {
      subject: { algorithm: 'ECDSA', bits: 256 },
      ca: { algorithm: 'ECDSA', bits: 256 },
    } as const;
    await expectFailure(() => source(keys), 'CONFIG_INVALID');
    await expectFailure(() => source(keys), 'CONFIG_INVALID');
  });
});

describe('a provider without a clock of its own', () => {
  it('is timed from outside, for about the time that was asked for', async () => {
    const pure = await openPure();
    const timer = outsideTimer(pure, () => performance.now());
    const start = performance.now();
    const nanoseconds = await timer.digest('sha-256', Buffer.alloc(64), 20);
    expect(performance.now() - start).toBeGreaterThanOrEqual(20);
    expect(nanoseconds).toBeGreaterThan(50);
  });
});
