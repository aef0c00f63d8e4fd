import { describe, expect, it } from 'vitest';

import { schedule } from '../../../bench/harness/schedule.ts';
import { sampleTrial } from './samples.ts';

describe('the schedule', () => {
  it('runs the drivers of a trial back to back, reversed in every other round', () => {
    const trials = [sampleTrial({ name: 'a' }), sampleTrial({ name: 'b' })];
    const order = schedule(trials, 3).map(
      ({ trial, driver, round }) => `${round} ${trial.name} ${driver}`,
    );
    expect(order).toEqual([
      ...['1 a native', '1 a pure', '1 b native', '1 b pure'],
      ...['2 a pure', '2 a native', '2 b pure', '2 b native'],
      ...['3 a native', '3 a pure', '3 b native', '3 b pure'],
    ]);
  });
});
