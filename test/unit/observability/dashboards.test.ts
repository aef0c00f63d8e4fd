import { describe, expect, it } from 'vitest';
import { METRICS, type MetricDefinition } from '../../../src/telemetry/metrics/catalogue.ts';
import { parsePromql } from './promql.ts';
import {
  alertRules,
  allExpressions,
  dashboards,
  PROGRAM_OF,
  type DashboardPanel,
} from './shipped.ts';

const CATALOGUE: Readonly<Record<string, MetricDefinition>> = METRICS;

/** Labels that Prometheus itself puts on, and the one of histograms. */
const FROM_ELSEWHERE = ['instance', 'job', 'le'];

describe('the expressions of dashboards and alerts', () => {
  it('are there', () => {
    expect(allExpressions().length).toBeGreaterThan(80);
  });

  it.each(allExpressions().map(({ where, expr }) => [where, expr]))(
    '%s: asks for what the programs expose: %s',
    (_, expr) => {
      const { errors, selectors, groupings } = parsePromql(expr);
      expect(errors).toEqual([]);
      expect(selectors.length).toBeGreaterThan(0);
      const metrics = selectors.map(({ metric }) => definitionOf(metric));
      expect(
        selectors.filter((_selector, index) => metrics[index] === undefined),
        'metrics that no program has',
      ).toEqual([]);
      const labels = new Set([
        ...FROM_ELSEWHERE,
        ...metrics.flatMap((metric) => metric?.labels ?? []),
      ]);
      const asked = [...selectors.flatMap((selector) => selector.labels), ...groupings];
      expect(
        asked.filter((label) => !labels.has(label)),
        'labels that no metric has',
      ).toEqual([]);
    },
  );

  it('are found wanting when a name is wrong', () => {
    expect(definitionOf('crypto_requests_totals')).toBeUndefined();
    expect(definitionOf('crypto_requests_total_bucket')).toBeUndefined();
    expect(definitionOf('crypto_request_duration_seconds')).toBeUndefined();
    expect(parsePromql('sum(rate(crypto_requests_total[5m])').errors).not.toEqual([]);
    expect(parsePromql('sum by (nothing) (up{job="x"})')).toMatchObject({
      groupings: ['nothing'],
      selectors: [{ metric: 'up', labels: ['job'] }],
    });
  });

  it('leave no metric out of sight', () => {
    const shown = new Set(
      allExpressions().flatMap(({ expr }) =>
        parsePromql(expr).selectors.map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, '')),
      ),
    );
    // Prometheus needs it to tell a restart; nobody looks at it.
    const unseen = ['process_start_time_seconds'];
    expect(Object.keys(METRICS).filter((name) => !shown.has(name))).toEqual(unseen);
  });
});

describe.each(dashboards().map((dashboard) => [dashboard.uid, dashboard] as const))(
  'the dashboard %s',
  (uid, dashboard) => {
    it('has panels that do not overlap and stay within the page', () => {
      const cells = dashboard.panels.flatMap(cellsOf);
      expect(new Set(cells).size).toBe(cells.length);
      expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    });

    it('says of each panel what it shows', () => {
      const silent = dashboard.panels.filter(
        ({ type, description = '' }) => type !== 'row' && description === '',
      );
      expect(silent.map(({ title }) => title)).toEqual([]);
    });

    it('numbers its panels once each', () => {
      const ids = dashboard.panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('offers the instances of its own program', () => {
      const instance = dashboard.templating.list.find(({ name }) => name === 'instance');
      const { query } = instance?.query as { query: string };
      const metric = /^label_values\((\w+), instance\)$/.exec(query)?.[1] ?? '';
      expect(definitionOf(metric)?.programs).toEqual([PROGRAM_OF[uid]]);
    });
  },
);

describe('the alert rules', () => {
  it('have names of their own, a severity, and words for people', () => {
    const rules = alertRules();
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(['page', 'ticket'], alert).toContain(labels.severity);
      expect(annotations.summary.length, alert).toBeGreaterThan(20);
      expect(annotations.description.length, alert).toBeGreaterThan(40);
    }
  });
});

/** What a name in an expression means: a histogram is asked for by the names of its series. */
function definitionOf(name: string): MetricDefinition | undefined {
  const base = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
  const histogram = base === undefined ? undefined : CATALOGUE[base];
  if (histogram?.kind === 'histogram') return histogram;
  const plain = Object.hasOwn(CATALOGUE, name) ? CATALOGUE[name] : undefined;
  return plain?.kind === 'histogram' ? undefined : plain;
}

function cellsOf({ gridPos: { x, y, w, h } }: DashboardPanel): string[] {
  return Array.from(
    { length: w * h },
    (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`,
  );
}
