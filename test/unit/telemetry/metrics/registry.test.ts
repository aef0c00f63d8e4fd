import { describe, expect, it } from 'vitest';
import { KMIP_BOUNDS, METRICS } from '../../../../src/telemetry/metrics/catalogue.ts';
import type { Sample } from '../../../../src/telemetry/metrics/metrics.ts';
import { MetricsRegistry, type MetricPoints } from '../../../../src/telemetry/metrics/registry.ts';

function newRegistry(sourceTimeoutMs?: number) {
  const warnings: unknown[] = [];
  const registry = new MetricsRegistry({
    logger: { warn: (message, fields) => warnings.push({ message, ...fields }) },
    ...(sourceTimeoutMs !== undefined && { sourceTimeoutMs }),
  });
  return { registry, warnings };
}

/** The series of one metric, as label values joined with commas -> value. */
async function seriesOf(registry: MetricsRegistry, name: string): Promise<Record<string, unknown>> {
  const metric = (await registry.collect()).find((one) => one.name === name);
  return Object.fromEntries(
    (metric?.points ?? []).map(({ labels, value }) => [labels.join(), value]),
  );
}

const REQUESTS = 'crypto_requests_total';

const hash = { rpc_method: 'HashData', status: 'OK', profile: 'Default' } as const;

const requests = (profile: string, value: number): Sample => ({
  name: REQUESTS,
  labels: { ...hash, profile },
  value,
});

describe('MetricsRegistry', () => {
  it('exposes nothing before anything has been counted', async () => {
    const { registry } = newRegistry();
    expect(await registry.collect()).toEqual([]);
  });

  it('exposes a counter that nobody has raised as zero, so that a first failure is seen as a rise', async () => {
    const { registry } = newRegistry();
    registry.counter('krypton_link_reconnects_total', {});
    expect(await seriesOf(registry, 'krypton_link_reconnects_total')).toEqual({ '': 0 });
  });

  it('counts each combination of labels for itself, in the order of the labels of the catalogue', async () => {
    const { registry } = newRegistry();
    registry.counter(REQUESTS, hash).add();
    registry.counter(REQUESTS, { profile: 'Default', status: 'OK', rpc_method: 'HashData' }).add(2);
    registry.counter(REQUESTS, { ...hash, status: 'INVALID_ARGUMENT' }).add();
    expect(await seriesOf(registry, REQUESTS)).toEqual({
      'HashData,OK,Default': 3,
      'HashData,INVALID_ARGUMENT,Default': 1,
    });
  });

  it.each([-1, Number.NaN, Infinity, -Infinity])(
    'never counts backwards or into nowhere: %s',
    async (by) => {
      const { registry } = newRegistry();
      const counter = registry.counter(REQUESTS, hash);
      counter.add(5);
      counter.add(by);
      expect(await seriesOf(registry, REQUESTS)).toEqual({ 'HashData,OK,Default': 5 });
    },
  );

  it('puts a value of a histogram in the first class whose bound is not below it', async () => {
    const { registry } = newRegistry();
    const commits = registry.histogram('krypton_vault_commit_duration_seconds', {});
    for (const value of [0, KMIP_BOUNDS[0], 0.00011, 1, 1.01, 3600]) commits.record(value);
    expect(await seriesOf(registry, 'krypton_vault_commit_duration_seconds')).toEqual({
      '': {
        counts: [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2],
        sum: expect.closeTo(3602.01021, 8) as unknown,
      },
    });
  });

  it.each([Number.NaN, Infinity, -Infinity])('does not record %s', async (value) => {
    const { registry } = newRegistry();
    registry.histogram('krypton_vault_commit_duration_seconds', {}).record(value);
    const series = await seriesOf(registry, 'krypton_vault_commit_duration_seconds');
    expect(series).toEqual({ '': { counts: new Array<number>(11).fill(0), sum: 0 } });
  });

  it('reads a gauge when it is collected, and leaves it out while it has no value', async () => {
    const { registry } = newRegistry();
    let value: number | undefined = 7;
    registry.gauge('krypton_vault_keys', {}, () => value);
    expect(await seriesOf(registry, 'krypton_vault_keys')).toEqual({ '': 7 });
    value = -1;
    expect(await seriesOf(registry, 'krypton_vault_keys')).toEqual({ '': -1 });
    value = undefined;
    expect(await seriesOf(registry, 'krypton_vault_keys')).toEqual({});
    value = Number.NaN;
    expect(await seriesOf(registry, 'krypton_vault_keys')).toEqual({});
  });

  it('reads the latest function given for a gauge', async () => {
    const { registry } = newRegistry();
    registry.gauge('krypton_vault_keys', {}, () => 1);
    registry.gauge('krypton_vault_keys', {}, () => 2);
    expect(await seriesOf(registry, 'krypton_vault_keys')).toEqual({ '': 2 });
  });

  it('adds what sources counted to what was counted here, and to each other', async () => {
    const { registry } = newRegistry();
    registry.counter(REQUESTS, hash).add(1);
    registry.source(() => [requests('Default', 10)]);
    registry.source(async () => Promise.resolve([requests('Default', 100), requests('Other', 3)]));
    const expected = { 'HashData,OK,Default': 111, 'HashData,OK,Other': 3 };
    expect(await seriesOf(registry, REQUESTS)).toEqual(expected);
    // The source says the whole each time: it is not added to what it said before.
    expect(await seriesOf(registry, REQUESTS)).toEqual(expected);
  });

  it('adds up the classes of histograms that were counted elsewhere', async () => {
    const { registry } = newRegistry();
    const labels = { rpc_method: 'HashData', status: 'OK' };
    const name = 'crypto_request_duration_seconds';
    registry.histogram(name, labels).record(1);
    registry.source(() => [
      { name, labels, value: { counts: [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], sum: 0.5 } },
    ]);
    expect(await seriesOf(registry, name)).toEqual({
      'HashData,OK': { counts: [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], sum: 1.5 },
    });
  });

  it('leaves out what a source says that is no value of its metric', async () => {
    const { registry } = newRegistry();
    const labels = { rpc_method: 'HashData', status: 'OK' };
    const name = 'crypto_request_duration_seconds';
    registry.source(() => [
      requests('Default', -1),
      requests('Default', Number.NaN),
      requests('Default', 4),
      { name, labels, value: { counts: [1], sum: 1 } },
      { name, labels, value: { counts: new Array<number>(11).fill(-1), sum: 1 } },
      { name, labels, value: { counts: new Array<number>(11).fill(1), sum: Number.NaN } },
    ]);
    expect(await seriesOf(registry, REQUESTS)).toEqual({ 'HashData,OK,Default': 4 });
    expect(await seriesOf(registry, name)).toEqual({});
  });

  it('lists the metrics in the order of the catalogue', async () => {
    const { registry } = newRegistry();
    registry.gauge('krypton_ready', {}, () => 1);
    registry.counter('krypton_link_reconnects_total', {});
    registry.gauge('process_open_fds', {}, () => 12);
    const names = (await registry.collect()).map(({ name }) => name);
    const order = Object.keys(METRICS);
    expect(names).toEqual(order.filter((name) => (names as string[]).includes(name)));
    expect(names).toHaveLength(3);
  });

  it('gives two readers at the same time the same collection', async () => {
    const { registry } = newRegistry();
    let asked = 0;
    registry.source(() => {
      asked++;
      return [requests('Default', asked)];
    });
    const [one, other] = await Promise.all([registry.collect(), registry.collect()]);
    expect(asked).toBe(1);
    expect(other).toBe(one);
  });
});

describe('a metric with too many series', () => {
  it('keeps 499 and counts all others in one whose labels are "other"', async () => {
    const { registry } = newRegistry();
    for (let index = 0; index < 10_000; index++) {
      registry.counter(REQUESTS, { ...hash, profile: `p${index}` }).add();
    }
    const series = await seriesOf(registry, REQUESTS);
    expect(Object.keys(series)).toHaveLength(500);
    expect(series['HashData,OK,p498']).toBe(1);
    expect(series['HashData,OK,p499']).toBeUndefined();
    expect(series['other,other,other']).toBe(9501);
  });

  it('does the same to what sources say, and never moves a series', async () => {
    const { registry } = newRegistry();
    let names = Array.from({ length: 600 }, (_, index) => `p${index}`);
    registry.source(() => names.map((name) => requests(name, 2)));
    expect((await seriesOf(registry, REQUESTS))['other,other,other']).toBe(202);
    names = names.toReversed();
    const series = await seriesOf(registry, REQUESTS);
    expect(series['HashData,OK,p0']).toBe(2);
    expect(series['other,other,other']).toBe(202);
  });

  it('forgets gauges that have no place, since they cannot be added up', async () => {
    const { registry } = newRegistry();
    const name = 'crypto_certificate_not_after_timestamp_seconds';
    for (let index = 0; index < 600; index++) {
      registry.gauge(name, { certificate: `c${index}` }, () => index);
    }
    const series = await seriesOf(registry, name);
    expect(Object.keys(series)).toHaveLength(499);
    expect(series['other']).toBeUndefined();
  });

  it('cuts the value of a label that is too long', async () => {
    const { registry } = newRegistry();
    registry.counter(REQUESTS, { ...hash, profile: 'x'.repeat(100_000) }).add();
    const [labels = ''] = Object.keys(await seriesOf(registry, REQUESTS));
    expect(labels).toHaveLength('HashData,OK,'.length + 256);
  });
});

describe('a source that fails', () => {
  const fine = () => [requests('Default', 1)];

  it.each<[string, () => Promise<readonly Sample[]>]>([
    [
      'throws',
      () => {
        throw new Error('the disk is gone');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('the disk is gone'))],
  ])('is left out when it %s, and said once', async (_, broken) => {
    const { registry, warnings } = newRegistry();
    registry.source(broken);
    registry.source(fine);
    for (let times = 0; times < 3; times++) {
      expect(await seriesOf(registry, REQUESTS)).toEqual({ 'HashData,OK,Default': 1 });
    }
    expect(warnings).toEqual([
      { message: 'a source of metrics is left out', metric: undefined, reason: 'the disk is gone' },
    ]);
  });

  it('is not waited for, and not asked again while its answer is due', async () => {
    const { registry, warnings } = newRegistry(10);
    let asked = 0;
    let answer: (samples: readonly Sample[]) => void = () => undefined;
    registry.source(() => {
      asked++;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    registry.source(fine);
    expect(await seriesOf(registry, REQUESTS)).toEqual({ 'HashData,OK,Default': 1 });
    expect(await seriesOf(registry, REQUESTS)).toEqual({ 'HashData,OK,Default': 1 });
    expect(asked).toBe(1);
    expect(warnings).toHaveLength(1);

    answer([]);
    await new Promise(setImmediate);
    const next = seriesOf(registry, REQUESTS);
    answer([requests('Default', 4)]);
    expect(await next).toEqual({ 'HashData,OK,Default': 5 });
    expect(asked).toBe(2);
  });

  it('costs only its own gauge when that throws', async () => {
    const { registry, warnings } = newRegistry();
    registry.gauge('krypton_vault_keys', {}, () => {
      throw new Error('closed');
    });
    registry.gauge('krypton_ready', {}, () => 1);
    await registry.collect();
    const collected: readonly MetricPoints[] = await registry.collect();
    expect(collected.map(({ name }) => name)).toEqual(['krypton_ready']);
    expect(warnings).toEqual([
      {
        message: 'a source of metrics is left out',
        metric: 'krypton_vault_keys',
        reason: 'closed',
      },
    ]);
  });
});
