import { describe, expect, it } from 'vitest';

import { measure } from '../../../bench/harness/measure.ts';

const MILLISECOND = 1_000_000n;

/** A clock that only work moves. */
function fakeClock() {
  let time = 0n;
  return {
    read: () => time,
    spend: (nanoseconds: bigint) => {
      time += nanoseconds;
    },
  };
}

describe('a measurement of a synchronous operation', () => {
  it('is the time of one operation', async () => {
    const clock = fakeClock();
    const run = () => {
      clock.spend(200n);
    };
    const durations = { warmUp: 1, measurement: 2 };
    expect(await measure({ mode: 'sync', operations: 1, run }, durations, clock.read)).toBe(200);
  });

  it('is divided by the number of operations in one run', async () => {
    const clock = fakeClock();
    const run = () => {
      clock.spend(6400n);
    };
    const durations = { warmUp: 1, measurement: 2 };
    expect(await measure({ mode: 'sync', operations: 64, run }, durations, clock.read)).toBe(100);
  });

  it('does not count what only the warm-up pays', async () => {
    const clock = fakeClock();
    const run = () => {
      clock.spend(clock.read() < 5n * MILLISECOND ? 10_000n : 1000n);
    };
    const durations = { warmUp: 20, measurement: 10 };
    expect(await measure({ mode: 'sync', operations: 1, run }, durations, clock.read)).toBe(1000);
  });

  it('lasts about as long as it should', async () => {
    const clock = fakeClock();
    const marks: bigint[] = [];
    const read = () => {
      marks.push(clock.read());
      return clock.read();
    };
    const run = () => {
      clock.spend(1000n);
    };
    await measure({ mode: 'sync', operations: 1, run }, { warmUp: 50, measurement: 300 }, read);
    const [start = 0n, end = 0n] = marks.slice(-2);
    expect(end - start).toBe(300n * MILLISECOND);
  });

  it('repeats even an operation that outlasts the whole measurement', async () => {
    const clock = fakeClock();
    let runs = 0;
    const run = () => {
      runs += 1;
      clock.spend(500n * MILLISECOND);
    };
    await measure({ mode: 'sync', operations: 1, run }, { warmUp: 1, measurement: 1 }, clock.read);
    expect(runs).toBe(1 + 10);
  });
});

describe('a measurement of an asynchronous operation', () => {
  it('keeps exactly as many going as it is told to', async () => {
    const clock = fakeClock();
    let now = 0;
    let most = 0;
    const run = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      clock.spend(1000n);
      now -= 1;
    };
    const durations = { warmUp: 1, measurement: 1 };
    expect(await measure({ mode: 'async', inFlight: 10, run }, durations, clock.read)).toBe(1000);
    expect(most).toBe(10);
    expect(now).toBe(0);
  });

  it('fails when the operation fails', async () => {
    const clock = fakeClock();
    const run = () => Promise.reject(new Error('queue full'));
    const durations = { warmUp: 1, measurement: 1 };
    await expect(
      measure({ mode: 'async', inFlight: 2, run }, durations, clock.read),
    ).rejects.toThrow('queue full');
  });
});
