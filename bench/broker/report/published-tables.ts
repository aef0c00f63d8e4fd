import type { Comparison } from '../../harness/compare.ts';
import { formatNumber } from '../../report/format.ts';
import { trialId } from '../../trials/trial.ts';
import { summarize } from '../../harness/statistics.ts';
import { caseId } from '../cases.ts';
import type { LoadResult } from '../clients/load-result.ts';
import { contenderId, type SubjectName } from '../contenders.ts';
import type { CaseMeasurements } from '../measurements.ts';
import type { ExtraTable } from './extra-table.ts';
import { PUBLISHED_CALLS, PUBLISHED_CRYPTO, PUBLISHED_MACHINE } from './published.ts';

/** Our cases of the same kind: the operation, and `sync` or `parallel`. */
const CASE_OF: Readonly<Record<string, string>> = {
  'HashData sync': 'clients/hash, Go client, one at a time, free',
  'HashData parallel': 'clients/hash, Go client, 10 in flight, free',
  'HealthData sync': 'clients/health, Go client, one at a time, free',
  'HealthData parallel': 'clients/health, Go client, 10 in flight, free',
  'SignCertificate sync': 'certificates/P-256 under P-256, Go client, one at a time, free',
  'SignCertificate parallel': 'certificates/P-256 under P-256, Go client, 10 in flight, free',
};

const US = 1000;
const NS_PER_SECOND = 1e9;
const NOTHING = '–';

/** The original's tables; rows of which this run has nothing are left out. */
export function publishedTables(
  measurements: readonly CaseMeasurements[],
  inside: readonly Comparison[],
): readonly ExtraTable[] {
  return [callsTable(measurements), cryptoTable(inside)];
}

function callsTable(measurements: readonly CaseMeasurements[]): ExtraTable {
  const heads = [
    ...['operation', 'mode', `original, published (${PUBLISHED_MACHINE})`, 'Go peer, here'],
    ...['Broker, here', 'original, calls/s', 'Broker, calls/s', 'original, memory a call'],
    ...['here, memory a call', 'original, allocations', 'here, allocations'],
  ];
  const rows = PUBLISHED_CALLS.flatMap(({ operation, mode, nanoseconds, bytes, allocations }) => {
    const of = CASE_OF[`${operation} ${mode}`];
    const measured = measurements.find((one) => caseId(one.of) === of);
    const results = (subject: SubjectName): readonly LoadResult[] =>
      measured?.byContender.get(contenderId({ client: 'go', subject })) ?? [];
    const ours = results('native');
    if (ours.length === 0) return [];
    const perCall = (result: LoadResult): number => NS_PER_SECOND / result.perSecond / US;
    return [
      [
        ...[operation, mode, microseconds(nanoseconds / US), cell(results('go'), perCall, ' us')],
        ...[cell(ours, perCall, ' us'), formatNumber(NS_PER_SECOND / nanoseconds)],
        ...[cell(ours, ({ perSecond }) => perSecond, ''), `${bytes.toLocaleString('en-US')} B`],
        ...[cell(ours, ({ bytesPerCall = 0 }) => bytesPerCall, ' B'), String(allocations)],
        cell(ours, ({ allocsPerCall = 0 }) => allocsPerCall, ''),
      ],
    ];
  });
  return {
    title: "the original's own benchmark: whole calls with a Go client",
    ...{ heads, rows, figureColumns: [2, 3, 4, 5, 6, 7, 8, 9, 10] },
  };
}

function cryptoTable(inside: readonly Comparison[]): ExtraTable {
  const rows = PUBLISHED_CRYPTO.flatMap(({ name, nanoseconds, trial }) => {
    const ours = inside.find((one) => trialId(one.trial) === trial && one.driver === 'native');
    if (ours === undefined) return [];
    const scale = ours.trial.unit === 'ns' ? 1 : US;
    return [
      [
        name,
        microseconds(nanoseconds / US),
        microseconds((ours.figure.median * scale) / US),
        microseconds((ours.reference.median * scale) / US),
      ],
    ];
  });
  return {
    title: "the original's own benchmark: its crypto without transport",
    heads: [
      'operation',
      `original, published (${PUBLISHED_MACHINE})`,
      'native, here',
      'pure, here',
    ],
    ...{ rows, figureColumns: [1, 2, 3] },
  };
}

function microseconds(value: number): string {
  return `${formatNumber(value)} us`;
}

/** The median of the rounds. */
function cell(
  results: readonly LoadResult[],
  of: (result: LoadResult) => number,
  unit: string,
): string {
  const values = results.map(of).filter((value) => value > 0);
  return values.length === 0 ? NOTHING : `${formatNumber(summarize(values).median)}${unit}`;
}
