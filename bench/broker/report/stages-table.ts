import { summarize } from '../../harness/statistics.ts';
import { formatNumber } from '../../report/format.ts';
import type { FixtureName } from '../../trials/fixtures.ts';
import type { BrokerMeasurements } from '../measurements.ts';
import type { ExtraTable } from './extra-table.ts';

interface StageMedians {
  readonly fixture: FixtureName;
  /** Microseconds. */
  readonly stages: Readonly<Record<string, number>>;
}

const NANOSECONDS_PER_US = 1000;

/** The median of each stage over the rounds. */
export function stageMedians(measured: BrokerMeasurements['stages']): readonly StageMedians[] {
  return [...measured].map(([fixture, rounds]) => ({
    fixture,
    stages: Object.fromEntries(
      Object.keys(rounds[0] ?? {}).map((stage) => {
        const values = rounds.map((round) => (round[stage] ?? 0) / NANOSECONDS_PER_US);
        // A stage that a clock cannot see has no median of its own, and none is needed.
        return [stage, values.every((value) => value > 0) ? summarize(values).median : 0];
      }),
    ),
  }));
}

/** Where the time of a certificate goes inside the native core. */
export function stagesTable(measured: BrokerMeasurements['stages']): ExtraTable {
  const medians = stageMedians(measured);
  const stages = Object.keys(medians[0]?.stages ?? {});
  const us = (value: number): string => `${formatNumber(value)} us`;
  return {
    title: 'stages of a certificate inside the native core',
    heads: ['certificate', ...stages, 'together'],
    rows: medians.map(({ fixture, stages: costs }) => {
      const values = stages.map((stage) => costs[stage] ?? 0);
      return [fixture, ...values.map(us), us(values.reduce((sum, value) => sum + value, 0))];
    }),
    figureColumns: [...stages, 'together'].map((_, index) => index + 1),
  };
}
