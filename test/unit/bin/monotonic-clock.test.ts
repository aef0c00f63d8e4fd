import { uptime } from 'node:os';
import { describe, expect, it } from 'vitest';
import { monotonicClock } from '../../../src/bin/monotonic-clock.ts';

/** A machine whose clocks the test moves. */
function machine() {
  const times = { running: 50_000, sinceBoot: 900_000 };
  const clock = monotonicClock({
    running: () => times.running,
    sinceBoot: () => times.sinceBoot,
  });
  const pass = (running: number, suspended = 0): number => {
    times.running += running;
    times.sinceBoot += running + suspended;
    return clock();
  };
  return { clock, pass };
}

describe('the monotonic clock', () => {
  it('goes on while the machine is suspended', () => {
    const { clock, pass } = machine();
    const begin = clock();
    expect(pass(5000)).toBe(begin + 5000);
    expect(pass(1000, 48 * 3_600_000)).toBe(begin + 6000 + 48 * 3_600_000);
    expect(pass(2000, 60_000)).toBe(begin + 8000 + 48 * 3_600_000 + 60_000);
  });

  it('does not go back, and takes no notice of how roughly the other clock counts', () => {
    const { clock, pass } = machine();
    const begin = clock();
    expect(pass(3000, 9)).toBe(begin + 3000);
    expect(pass(3000, -18)).toBe(begin + 6000);
    expect(pass(3000, -500_000)).toBe(begin + 9000);
  });

  it('runs with the clock of this machine', () => {
    const running = (): number => performance.now();
    const clock = monotonicClock({ running, sinceBoot: () => uptime() * 1000 });
    const before = running();
    const now = clock();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(running());
  });
});
