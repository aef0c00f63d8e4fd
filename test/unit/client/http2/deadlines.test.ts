import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines, type Expiring } from '../../../../src/client/http2/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

class Call implements Expiring {
  readonly deadline: number;
  readonly onExpire: () => void;
  next: Expiring | undefined;
  previous: Expiring | undefined;

  constructor(ms: number, onExpire: () => void) {
    this.deadline = 1_000_000 + ms;
    this.onExpire = onExpire;
  }

  expire(): void {
    this.onExpire();
  }
}

describe('deadlines', () => {
  function watch(...spans: readonly number[]): {
    expired: number[];
    calls: Call[];
    all: Deadlines;
  } {
    const all = new Deadlines(Date.now);
    const expired: number[] = [];
    const calls = spans.map((ms) => {
      const call: Call = new Call(ms, () => {
        expired.push(ms);
        all.delete(call);
      });
      all.add(call);
      return call;
    });
    return { expired, calls, all };
  }

  it('pass at their time, whatever the order in which they came', () => {
    const { expired, all } = watch(300, 100, 200);
    vi.advanceTimersByTime(99);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(expired).toEqual([100]);
    vi.advanceTimersByTime(150);
    expect(expired).toEqual([100, 200]);
    expect(all.size).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual([100, 200, 300]);
  });

  it('of calls that have ended do not pass', () => {
    const { expired, calls, all } = watch(100, 200, 300);
    for (const call of calls.slice(0, 2)) all.delete(call);
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual([300]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('take one timer for any number of calls', () => {
    watch(...Array.from({ length: 1000 }, (_, n) => 1000 + n));
    expect(vi.getTimerCount()).toBe(1);
  });

  it('of one call may end another', () => {
    const all = new Deadlines(Date.now);
    let ended = 0;
    const other = new Call(50_000, () => undefined);
    const call: Call = new Call(100, () => {
      ended += 1;
      all.delete(call);
      all.delete(other);
    });
    all.add(other);
    all.add(call);
    vi.advanceTimersByTime(100_000);
    expect(ended).toBe(1);
    expect(all.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('further away than a timer can wait are waited for in parts', () => {
    const { expired } = watch(2 ** 31 + 1000);
    vi.advanceTimersByTime(2 ** 31);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(expired).toHaveLength(1);
  });
});
