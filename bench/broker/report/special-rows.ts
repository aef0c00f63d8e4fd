import { below, toRow, type Judge, type Row, type RowValues } from '../../report/row.ts';
import { SUBJECT_TITLES, type SubjectName } from '../contenders.ts';
import type { BrokerMeasurements, Rounds } from '../measurements.ts';
import { OVERLOAD_DEADLINE_MS, OVERLOAD_FACTOR } from '../special/overload.ts';
import { RESETS_PER_SECOND } from '../special/abuse.ts';
import { BOUNDS } from '../targets.ts';

/** Start, memory, and how a server bears what is too much. */
export function specialRows({
  starts,
  peaks,
  overloads,
  abuses,
}: Pick<BrokerMeasurements, 'starts' | 'peaks' | 'overloads' | 'abuses'>): readonly Row[] {
  const factor = `asked ${OVERLOAD_FACTOR} times its capacity`;
  return [
    ...besideGo(starts, ({ startMs }) => startMs, {
      ...{ group: 'start and idle', name: 'process start to first connection', unit: 'ms' },
      judge: below(BOUNDS.startMs, `< ${BOUNDS.startMs} ms`),
    }),
    ...besideGo(starts, ({ idleMiB }) => idleMiB, {
      ...{ group: 'start and idle', name: 'memory when nobody has asked yet', unit: 'MiB' },
      judge: below(BOUNDS.idleMiB, `< ${BOUNDS.idleMiB} MiB`),
    }),
    ...besideGo(starts, ({ idleCpu }) => idleCpu, {
      ...{ group: 'start and idle', name: 'processor time with nothing to do', unit: 'ms/s' },
    }),
    ...besideGo(peaks, (peak) => peak, {
      ...{ group: 'memory under load', name: 'most memory held while measured', unit: 'MiB' },
      judge: below(BOUNDS.loadedMiB, `< ${BOUNDS.loadedMiB} MiB`),
    }),
    ...besideGo(overloads, ({ goodput, capacity }) => (100 * goodput) / capacity, {
      ...{ group: 'overload', unit: '% of capacity' },
      name: `${factor}, answered within ${OVERLOAD_DEADLINE_MS / 1000} s`,
    }),
    ...besideGo(overloads, ({ peakMiB }) => peakMiB, {
      ...{ group: 'overload', name: `${factor}, most memory held`, unit: 'MiB' },
    }),
    ...abuseRows(abuses),
  ];
}

type Names = Omit<RowValues, 'values' | 'references' | 'subject' | 'referenceName'>;

/** Who the others are held against: the first of these that could be had. */
const REFERENCES: readonly SubjectName[] = ['go', 'grpc-js', 'native'];

/** Each of ours beside Go; bounds are for the one that is the default, and hold whoever stands beside it. */
function besideGo<Measurement>(
  rounds: Rounds<Measurement>,
  of: (measurement: Measurement) => number,
  { judge, ...names }: Names,
): readonly Row[] {
  const beside = REFERENCES.find((name) => rounds.has(name));
  if (beside === undefined) return [];
  const references = (rounds.get(beside) ?? []).map(of).map(atLeastTiny);
  return [...rounds].flatMap(([name, measured]): readonly Row[] => {
    if (name.startsWith('go') || name === 'floor') return [];
    return [
      toRow({
        ...names,
        ...{ subject: SUBJECT_TITLES[name], referenceName: SUBJECT_TITLES[beside], references },
        values: measured.map(of).map(atLeastTiny),
        judge: name === 'native' ? judge : undefined,
      }),
    ];
  });
}

/** An idle server may use no time at all, of which there is no ratio. */
function atLeastTiny(value: number): number {
  return Math.max(value, 0.001);
}

/** The same server with and without the abusive client. */
function abuseRows(abuses: BrokerMeasurements['abuses']): readonly Row[] {
  const noWorse: Judge = (_figure, _reference, ratio) => ({
    target: `≤ ${BOUNDS.abuseRatio} times as long`,
    met: ratio * BOUNDS.abuseRatio >= 1,
  });
  return [...abuses].map(([name, measured]) =>
    toRow({
      group: 'abuse',
      name: `p99 of a client that behaves, beside ${RESETS_PER_SECOND} cancelled calls a second`,
      unit: 'us',
      subject: SUBJECT_TITLES[name],
      referenceName: 'the same alone',
      values: measured.map(({ besideP99 }) => besideP99),
      references: measured.map(({ aloneP99 }) => aloneP99),
      judge: name === 'native' ? noWorse : undefined,
    }),
  );
}
