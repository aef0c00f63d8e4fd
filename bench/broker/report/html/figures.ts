import { summarize } from '../../../harness/statistics.ts';
import { FIXTURES } from '../../../trials/fixtures.ts';
import { caseId, inFlightText, type Placement } from '../../cases.ts';
import type { LoadResult } from '../../clients/load-result.ts';
import { contenderId, SUBJECT_TITLES, type SubjectName } from '../../contenders.ts';
import type { BrokerMeasurements, CaseMeasurements } from '../../measurements.ts';
import { stageMedians } from '../stages-table.ts';
import { barChart, type BarGroup } from './bar-chart.ts';
import { lineChart } from './line-chart.ts';
import type { Markup } from './markup.ts';
import type { Series } from './series.ts';

const COMPARED: readonly SubjectName[] = ['native', 'go', 'grpc-js', 'pure'];
const IN_FLIGHT = [1, 10, 50];
const SHOWN_PERCENTILES = [50, 90, 99, 99.9, 99.99];

/** Every plot of what was measured; those without figures are empty. */
export function figures({
  cases: measured,
  stages: ofCertificates,
}: BrokerMeasurements): readonly Markup[] {
  return [
    ...IN_FLIGHT.map((inFlight) => latencies(measured, inFlight)),
    ...(['same core', 'free'] as const).map((placement) => throughput(measured, placement)),
    processorTime(measured),
    stages(measured),
    certificates(measured),
    certificateStages(ofCertificates),
    sizes(measured),
  ];
}

function resultsOf(
  measured: readonly CaseMeasurements[],
  id: string,
  subject: SubjectName,
): readonly LoadResult[] {
  const found = measured.find(({ of }) => caseId(of) === id);
  return found?.byContender.get(contenderId({ client: 'light', subject })) ?? [];
}

function median(
  results: readonly LoadResult[],
  of: (result: LoadResult) => number,
): number | undefined {
  const values = results.map(of).filter((value) => value > 0);
  return values.length === 0 ? undefined : summarize(values).median;
}

function hashCase(inFlight: number, placement: Placement): string {
  return `hash/${inFlightText(inFlight)}, ${placement}`;
}

/** One line for each server that has points. */
function lines(points: (subject: SubjectName) => Series['points']): readonly Series[] {
  return COMPARED.map((subject) => ({
    name: SUBJECT_TITLES[subject],
    points: points(subject),
  }));
}

function latencies(measured: readonly CaseMeasurements[], inFlight: number): Markup {
  const id = hashCase(inFlight, 'same core');
  return lineChart({
    title: `Latency of a hash, ${inFlightText(inFlight)}, same core`,
    xLabel: 'percentile',
    yLabel: 'us',
    yScale: 'log',
    xTicks: SHOWN_PERCENTILES.map((percent) => [percent, String(percent)] as const),
    series: lines((subject) => {
      const results = resultsOf(measured, id, subject);
      return SHOWN_PERCENTILES.flatMap((percent) => {
        const value = median(
          results,
          ({ percentiles }) => percentiles.find(([share]) => share === percent)?.[1] ?? 0,
        );
        return value === undefined ? [] : [[percent, value] as const];
      });
    }),
  });
}

function throughput(measured: readonly CaseMeasurements[], placement: Placement): Markup {
  return lineChart({
    title: `Hashes a second against calls in flight, ${placement}`,
    xLabel: 'in flight on one connection',
    yLabel: 'requests a second',
    yScale: 'linear',
    xTicks: IN_FLIGHT.map((count) => [count, String(count)] as const),
    series: lines((subject) =>
      IN_FLIGHT.flatMap((count) => {
        const results = resultsOf(measured, hashCase(count, placement), subject);
        const value = median(results, ({ perSecond }) => perSecond);
        return value === undefined ? [] : [[count, value] as const];
      }),
    ),
  });
}

function processorTime(measured: readonly CaseMeasurements[]): Markup {
  return barChart({
    title: 'Processor time of the server for a hash, same core',
    valueLabel: 'us a request',
    parts: COMPARED.map((subject) => SUBJECT_TITLES[subject]),
    layout: 'beside',
    groups: IN_FLIGHT.map((count) => ({
      name: inFlightText(count),
      values: COMPARED.map((subject) =>
        median(
          resultsOf(measured, hashCase(count, 'same core'), subject),
          ({ serverCpu }) => serverCpu,
        ),
      ),
    })),
  });
}

/** What a request costs the server, taken apart by what less of it costs: each stage is a difference of two cases. */
function stages(measured: readonly CaseMeasurements[]): Markup {
  const cpu = (id: string, subject: SubjectName): number | undefined =>
    median(resultsOf(measured, id, subject), ({ serverCpu }) => serverCpu);
  const socket = cpu('hash/bytes there and back, one at a time, same core', 'floor');
  const of = (subject: SubjectName, quiet: SubjectName): BarGroup => {
    const health = cpu('health/one at a time, no log, same core', quiet);
    const unlogged = cpu('hash/one at a time, no log, same core', quiet);
    const whole = cpu(hashCase(1, 'same core'), subject);
    const costs = [socket, health, unlogged, whole];
    const complete = costs.every((cost) => cost !== undefined);
    return {
      name: SUBJECT_TITLES[subject],
      values: complete
        ? costs.map((cost, index) => cost - (costs[index - 1] ?? 0)).map(noLess)
        : [],
    };
  };
  return barChart({
    title: 'What a hash costs the server, stage by stage, one at a time, same core',
    valueLabel: 'us of processor time',
    parts: ['socket', 'HTTP/2 and gRPC', 'message and hash', 'log line'],
    layout: 'stacked',
    groups: [of('native', 'native-quiet'), of('go', 'go-quiet')],
  });
}

/** Noise may make less of more. */
function noLess(value: number): number {
  return Math.max(value, 0);
}

function certificates(measured: readonly CaseMeasurements[]): Markup {
  // In the order of the other plots, so that every server keeps its colour.
  const subjects = [...COMPARED, 'native-ca-cache'] as const;
  return barChart({
    title: 'Certificates a second, 10 in flight',
    valueLabel: 'certificates a second',
    parts: subjects.map((subject) => SUBJECT_TITLES[subject]),
    layout: 'beside',
    groups: FIXTURES.map(({ name }) => ({
      name,
      values: subjects.map((subject) =>
        median(
          resultsOf(measured, `certificates/${name}, 10 in flight, free`, subject),
          ({ perSecond }) => perSecond,
        ),
      ),
    })),
  });
}

function certificateStages(measured: BrokerMeasurements['stages']): Markup {
  const medians = stageMedians(measured);
  const parts = Object.keys(medians[0]?.stages ?? {});
  return barChart({
    title: 'What a certificate costs inside the native core, stage by stage',
    valueLabel: 'us',
    ...{ parts, layout: 'stacked' },
    groups: medians.map(({ fixture, stages: costs }) => ({
      name: fixture,
      values: parts.map((part) => costs[part]),
    })),
  });
}

function sizes(measured: readonly CaseMeasurements[]): Markup {
  const cases = measured.flatMap(({ of }) =>
    of.group === 'sizes' && of.request.kind === 'hash' ? [{ id: caseId(of), of: of.request }] : [],
  );
  return lineChart({
    title: 'Bytes hashed a second against the size of the input, SHA-256, 10 in flight, free',
    xLabel: 'bytes of input',
    yLabel: 'MiB a second',
    yScale: 'log',
    xTicks: cases.map(({ of }) => [of.bytes, of.bytes.toLocaleString('en-US')] as const),
    series: lines((subject) =>
      cases.flatMap(({ id, of }) => {
        const value = median(resultsOf(measured, id, subject), ({ perSecond }) => perSecond);
        return value === undefined ? [] : [[of.bytes, (value * of.bytes) / 2 ** 20] as const];
      }),
    ),
  });
}
