import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS, type MetricDefinition } from '../../src/telemetry/metrics/catalogue.ts';
import { stopEverything } from '../integration/support/krypton.ts';
import { announceSkip, picturesDirectory } from '../support/environment.ts';
import { alertRules, chosen, dashboards, PROGRAM_OF } from '../unit/observability/shipped.ts';
import { picturesOf } from './support/observed/pictures.ts';
import { ObservedPrograms, type ObservedProgram } from './support/observed/programs.ts';
import { prometheusTools } from './support/prometheus.ts';

// The shipped dashboards over a real Prometheus that watches real programs at work.

const tools = prometheusTools();
if ('missing' in tools) announceSkip('the dashboards over a real Prometheus', tools.missing);

/** Long enough for a few scrapes; a picture wants more to show. */
const SECONDS = picturesDirectory === undefined ? 8 : 150;

/** What has happened to nobody in such a short time. */
const EMPTY = [
  'Calls that failed',
  'Connections refused',
  // Counted while something is exported.
  'Telemetry lost',
];
/** Of methods that the Broker does not serve yet. */
const NOT_SERVED = /crypto_(encrypt|decrypt|sign|verify)_data_operations_total/;

describe.skipIf('missing' in tools)('the dashboards', { timeout: 240_000 }, () => {
  let programs: ObservedPrograms;
  beforeAll(async () => {
    if ('missing' in tools) throw new Error(tools.missing);
    programs = await ObservedPrograms.start(tools.prometheus);
    await programs.work(SECONDS);
  }, 240_000);
  afterAll(async () => {
    await programs.stop();
    await stopEverything();
  });

  const panels = dashboards().flatMap(({ uid, panels: all }) =>
    all.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [`${uid}: ${title}`, chosen(expr, PROGRAM_OF[uid])] as const),
    ),
  );

  it.each(panels)('%s shows something: %s', async (where, expr) => {
    const series = await programs.prometheus.query(expr);
    if (EMPTY.some((title) => where.endsWith(`: ${title}`)) || NOT_SERVED.test(expr)) return;
    expect(series.length).toBeGreaterThan(0);
    const values = series.map(({ value: [, text] }) => Number(text));
    expect(values.some((value) => Number.isFinite(value))).toBe(true);
  });

  it.each(alertRules().map(({ alert, expr }) => [alert, expr]))(
    '%s is quiet on programs that are well: %s',
    async (alert, expr) => {
      const series = await programs.prometheus.query(expr);
      // How long something takes on a busy machine is no sign of health: that Prometheus understands it has to do.
      if (!alert.endsWith('Slow')) expect(series).toEqual([]);
    },
  );

  it.each(['server', 'gateway', 'core'] as const)(
    'the %s exposes what the catalogue says of it, and nothing else',
    async (program: ObservedProgram) => {
      const text = await programs.exposed(program);
      const exposed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [
        name,
        kind,
      ]);
      const definitions: Readonly<Record<string, MetricDefinition>> = METRICS;
      const strangers = exposed.filter(([name = '', kind]) => {
        const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
        return definition?.kind !== kind || !definition?.programs.includes(program);
      });
      expect(strangers).toEqual([]);
      const counts = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(counts.length).toBeGreaterThan(exposed.length);
    },
  );

  it.runIf(picturesDirectory !== undefined)('are drawn for the documents', async () => {
    const pictures = await picturesOf(programs.prometheus, dashboards(), {
      directory: picturesDirectory ?? '',
      seconds: SECONDS,
    });
    expect(pictures).toHaveLength(dashboards().length);
  });
});
