import type { Comparison } from '../../../bench/harness/compare.ts';
import type { Trial } from '../../../bench/trials/trial.ts';

/** A trial that does nothing, for what is about names, bounds and layout. */
export function sampleTrial(given: Partial<Trial> = {}): Trial {
  return {
    group: 'digests',
    name: 'sha-256 64 B hex',
    unit: 'ns',
    drivers: ['native', 'pure'],
    expected: {},
    quick: true,
    warmUp: 1,
    prepare: () => ({ mode: 'sync', operations: 1, run: () => undefined }),
    ...given,
  };
}

export function sampleComparison(given: Partial<Comparison> = {}): Comparison {
  return {
    trial: sampleTrial(),
    driver: 'native',
    figure: { median: 206, min: 201, max: 220, rounds: 3 },
    reference: { median: 412, min: 400, max: 1450, rounds: 3 },
    ratio: 2,
    verdicts: [],
    ...given,
  };
}
