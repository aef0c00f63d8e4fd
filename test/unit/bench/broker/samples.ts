import { CASES, type Case } from '../../../../bench/broker/cases.ts';
import type { LoadResult } from '../../../../bench/broker/clients/load-result.ts';
import { contenderId, type SubjectName } from '../../../../bench/broker/contenders.ts';
import type { BrokerMeasurements } from '../../../../bench/broker/measurements.ts';

/** A measurement of so many requests a second and so many microseconds of the server for each. */
export function sampleResult(perSecond: number, serverCpu: number): LoadResult {
  const p50 = 1e6 / perSecond;
  return {
    ...{ requests: perSecond, seconds: 1, perSecond, mean: p50, p50, p90: p50 * 2, p99: p50 * 4 },
    ...{ p999: p50 * 8, max: p50 * 16, serverCpu, clientCpu: 5, failures: {}, late: 0, notSent: 0 },
    ...{ requestBytes: 151, answerBytes: 212, bytesPerCall: 6300, allocsPerCall: 95 },
    percentiles: [50, 90, 99, 99.9, 99.99].map((percent, index) => [percent, p50 * 2 ** index]),
  };
}

/** What each server does: ours ten times as much as Go for a tenth of its time. */
const SPEEDS: Readonly<Record<SubjectName, readonly [perSecond: number, serverCpu: number]>> = {
  floor: [400_000, 1],
  native: [200_000, 2.5],
  'native-quiet': [220_000, 2],
  'native-ca-cache': [210_000, 2.4],
  'native-scraped': [199_000, 2.5],
  'native-traced-1': [195_000, 2.6],
  'native-traced': [120_000, 9],
  'grpc-js': [10_000, 80],
  pure: [8000, 100],
  go: [20_000, 25],
  'go-quiet': [25_000, 20],
  'go-fips': [15_000, 30],
};

/** Everything measured, three rounds of it. */
export function sampleMeasurements(cases: readonly Case[] = CASES): BrokerMeasurements {
  const rounds = [0.98, 1, 1.02];
  const ofServers = <Measurement>(
    names: readonly SubjectName[],
    measurement: (name: SubjectName) => Measurement,
  ): ReadonlyMap<SubjectName, readonly Measurement[]> =>
    new Map(names.map((name) => [name, rounds.map(() => measurement(name))]));
  return {
    cases: cases.map((of) => ({
      of,
      byContender: new Map(
        of.contenders.map((contender) => {
          const [perSecond, serverCpu] = SPEEDS[contender.subject];
          return [
            contenderId(contender),
            rounds.map((factor) => sampleResult(perSecond * factor, serverCpu * factor)),
          ] as const;
        }),
      ),
    })),
    starts: ofServers(['go', 'native'], (name) => ({
      startMs: name === 'go' ? 20 : 300,
      idleMiB: name === 'go' ? 10 : 70,
      idleCpu: 0,
    })),
    peaks: ofServers(['go', 'native'], (name) => (name === 'go' ? 30 : 120)),
    overloads: ofServers(['go', 'native'], () => ({
      ...{
        capacity: 1000,
        goodput: 900,
        failures: { '8': 4000 },
        late: 3,
        notSent: 2,
        peakMiB: 100,
      },
    })),
    abuses: ofServers(['native'], () => ({ aloneP99: 100, besideP99: 140, connections: 12 })),
    stages: new Map([
      [
        'P-256 under P-256',
        rounds.map((factor) => ({ parse: 20_000 * factor, sign: 40_000 * factor })),
      ],
    ]),
    missing: new Map([['pure', 'nobody started it']]),
  };
}
