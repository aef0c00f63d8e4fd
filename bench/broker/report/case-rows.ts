import { atLeast, toRow, type Row, type Unit } from '../../report/row.ts';
import type { Group } from '../cases.ts';
import type { LoadResult } from '../clients/load-result.ts';
import { contenderId, contenderTitle, type Contender } from '../contenders.ts';
import type { CaseMeasurements } from '../measurements.ts';
import { ratioTarget, type Aspect } from '../targets.ts';

interface Figure {
  readonly aspect: Aspect;
  /** Added to the name of the case. */
  readonly suffix: string;
  readonly unit: Unit;
  readonly of: (result: LoadResult) => number;
}

const FIGURES: readonly Figure[] = [
  { aspect: 'throughput', suffix: '', unit: 'req/s', of: ({ perSecond }) => perSecond },
  { aspect: 'latency', suffix: ', p50', unit: 'us', of: ({ p50 }) => p50 },
  { aspect: 'latency', suffix: ', p99', unit: 'us', of: ({ p99 }) => p99 },
  { aspect: 'processor time', suffix: '', unit: 'us/req', of: ({ serverCpu }) => serverCpu },
];

/** Where whole latencies say more than how many answers there were. */
const WITH_LATENCY: ReadonlySet<Group> = new Set(['hash', 'health', 'clients', 'telemetry']);

/** Every contender of every case beside the first of them that could be had; targets are held against the first alone. */
export function caseRows(measurements: readonly CaseMeasurements[]): readonly Row[] {
  return FIGURES.flatMap((figure) =>
    measurements
      .filter(({ of }) => figure.aspect !== 'latency' || WITH_LATENCY.has(of.group))
      .flatMap((measured) => rowsOf(measured, figure)),
  );
}

function rowsOf({ of, byContender }: CaseMeasurements, figure: Figure): readonly Row[] {
  const valuesOf = (contender: Contender): readonly number[] =>
    (byContender.get(contenderId(contender)) ?? []).map(figure.of);
  const [first, ...others] = of.contenders.filter((contender) => allPositive(valuesOf(contender)));
  if (first === undefined) return [];
  const asPlanned = first === of.contenders[0];
  const withClient = others.some(({ client }) => client !== first.client);
  return others.map((contender) => {
    const { client, subject } = contender;
    const target = asPlanned ? ratioTarget(of, figure.aspect, client, subject) : undefined;
    return toRow({
      group: `${of.group}: ${figure.aspect}`,
      name: `${of.name}${figure.suffix}`,
      unit: figure.unit,
      subject: contenderTitle(contender, withClient),
      referenceName: contenderTitle(first, withClient),
      ...{ values: valuesOf(contender), references: valuesOf(first) },
      judge: target && atLeast(target.atLeast),
    });
  });
}

function allPositive(values: readonly number[]): boolean {
  return values.length > 0 && values.every((value) => value > 0);
}
