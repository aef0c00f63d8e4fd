import { SUBJECT_TITLES, trialTitle, type SubjectName, type Trial } from '../cases.ts';
import type { LookupMeasurements, Measured, TrialMeasurements } from '../measurements.ts';
import { atLeast, below, toRow, within, type Judge, type Row } from '../../report/row.ts';

/** Who is held against whom. */
const PAIRS: readonly (readonly [ours: SubjectName, reference: SubjectName])[] = [
  ['gateway', 'kmip-go'],
  ['gateway-quiet', 'kmip-go-quiet'],
  ['gateway', 'pykmip'],
  ['gateway', 'echo'],
];

/** What is promised of throughput: request, connections, reference. */
const THROUGHPUT: ReadonlyMap<string, Judge> = new Map([
  ['create-get 8 kmip-go', atLeast(0.7)],
  ['create-get 8 kmip-go-quiet', atLeast(0.7)],
  ['create-get 8 pykmip', atLeast(50)],
  ['get 1 kmip-go', atLeast(1)],
  ['get 1 kmip-go-quiet', atLeast(1)],
]);

/** What is promised of a Get on 8 connections that are not busy. */
const LOW_LOAD = { perSecond: 200, p50: below(200, '< 0.2 ms'), p99: below(1000, '< 1 ms') };

/** A durable Create on one connection may take this much longer than the disk alone. */
const DURABLE_MARGIN_US = 200;

/** A Get from the largest vault may take this many times as long as one from the smallest. */
const LARGEST_VAULT = 1.5;

/** Every comparison of everything that was measured; what could not be had is left out. */
export function kmipRows(
  trials: readonly TrialMeasurements[],
  lookups: readonly LookupMeasurements[],
): readonly Row[] {
  const oneByOne = trials.find(({ trial }) => isOneByOne(trial))?.bySubject.get('gateway') ?? [];
  return [...trials.flatMap(trialRows), ...lookupRows(lookups, oneByOne)];
}

function isOneByOne({ request, connections, perSecond }: Trial): boolean {
  return request === 'get' && connections === 1 && perSecond === undefined;
}

function trialRows(measurements: TrialMeasurements): readonly Row[] {
  const { trial, bySubject } = measurements;
  const rows = PAIRS.flatMap(([ours, theirs]) => {
    const figures = bySubject.get(ours);
    const references = bySubject.get(theirs);
    if (figures === undefined || references === undefined) return [];
    const pair = { trial, ours, theirs, figures, references };
    return trial.perSecond === undefined ? [throughput(pair), ...cpu(pair)] : latencies(pair);
  });
  return [...rows, ...durability(measurements)];
}

interface Pair {
  readonly trial: Trial;
  readonly ours: SubjectName;
  readonly theirs: SubjectName;
  readonly figures: readonly Measured[];
  readonly references: readonly Measured[];
}

function throughput({ trial, ours, theirs, figures, references }: Pair): Row {
  return toRow({
    group: 'as fast as it goes',
    name: trialTitle(trial),
    unit: 'req/s',
    subject: SUBJECT_TITLES[ours],
    referenceName: SUBJECT_TITLES[theirs],
    values: figures.map(({ perSecond }) => perSecond),
    references: references.map(({ perSecond }) => perSecond),
    judge: THROUGHPUT.get(`${trial.request} ${trial.connections} ${theirs}`),
  });
}

function latencies({ trial, ours, theirs, figures, references }: Pair): readonly Row[] {
  const promised = trial.perSecond === LOW_LOAD.perSecond && theirs === 'kmip-go';
  return (['p50', 'p99'] as const).map((share) =>
    toRow({
      group: 'latency',
      name: `${trialTitle(trial)}, ${share}`,
      unit: 'us',
      subject: SUBJECT_TITLES[ours],
      referenceName: SUBJECT_TITLES[theirs],
      values: figures.map((figure) => figure[share]),
      references: references.map((figure) => figure[share]),
      judge: promised ? LOW_LOAD[share] : undefined,
    }),
  );
}

/** The Create of one connection beside the disk it waits for. */
function durability({ trial, bySubject, floor }: TrialMeasurements): readonly Row[] {
  const figures = bySubject.get('gateway');
  if (figures === undefined || floor.length === 0) return [];
  return [
    toRow({
      group: 'latency',
      name: `${trialTitle(trial)}, p50`,
      unit: 'us',
      subject: SUBJECT_TITLES.gateway,
      referenceName: 'append 4 KiB + fdatasync',
      values: figures.map(({ p50 }) => p50),
      references: floor,
      judge: within(DURABLE_MARGIN_US),
    }),
  ];
}

/** Processor time is what a loaded machine blurs least, and what a sidecar costs its host. */
function cpu({ trial, ours, theirs, figures, references }: Pair): readonly Row[] {
  if (theirs !== 'kmip-go') return [];
  const total = ({ cpu: times }: Measured): number =>
    Object.values(times).reduce((sum, time) => sum + time, 0);
  const values = figures.map((figure) => figure.cpu['gateway'] ?? 0);
  const reference = references.map(total);
  // Counted in hundredths of a second: a short measurement may show none.
  if (![...values, ...reference].every((value) => value > 0)) return [];
  return [
    toRow({
      group: 'processor time of the servers',
      name: trialTitle(trial),
      unit: 'us/req',
      subject: SUBJECT_TITLES[ours],
      referenceName: SUBJECT_TITLES[theirs],
      values,
      references: reference,
    }),
  ];
}

/**
 * Reads from larger vaults beside those from the smallest: inside the Gateway, and as a client sees them. The latter is
 * calculated, what a larger vault adds inside being added to what a Get takes over the network: the keys of the largest
 * vaults are made without a network, under a service key that no running Gateway has.
 */
function lookupRows(
  lookups: readonly LookupMeasurements[],
  oneByOne: readonly Measured[],
): readonly Row[] {
  const [smallest, ...larger] = lookups;
  if (smallest === undefined) return [];
  const group = 'size of the vault';
  const overNetwork = oneByOne.map(({ p50 }) => p50);
  return larger.flatMap(({ keys, p50 }) => {
    const many = keys.toLocaleString('en-US');
    const beside = {
      unit: 'us',
      referenceName: `${smallest.keys.toLocaleString('en-US')} keys`,
    } as const;
    const inside = toRow({
      ...{ group, ...beside, subject: 'gateway, inside' },
      name: `find, check and unwrap one of ${many} keys, p50`,
      values: p50,
      references: smallest.p50,
    });
    if (overNetwork.length === 0) return [inside];
    const more = inside.figure.median - inside.reference.median;
    const seen = toRow({
      ...{ group, ...beside, subject: SUBJECT_TITLES.gateway },
      name: `Get one of ${many} keys, 1 connection, p50, calculated`,
      values: overNetwork.map((time) => time + more),
      references: overNetwork,
      judge: (figure, reference) => ({
        target: `≤ ${LARGEST_VAULT} times as long`,
        met: figure <= LARGEST_VAULT * reference,
      }),
    });
    return [inside, seen];
  });
}
