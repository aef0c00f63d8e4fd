import { describe, expect, it } from 'vitest';

import { Progress } from '../../../bench/harness/progress.ts';
import type { Run } from '../../../bench/harness/schedule.ts';
import { sampleTrial } from './samples.ts';

const run: Run = { trial: sampleTrial(), driver: 'native', round: 2 };

/** Begins and finishes runs of `seconds` each and returns what was written. */
function report(runs: number, seconds: number, stream: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  let now = 0;
  const progress = new Progress({
    stream: { ...stream, write: (text) => written.push(text) },
    total: runs,
    now: () => now,
  });
  for (let i = 0; i < runs; i += 1) {
    progress.begin(run);
    now += seconds * 1000;
    progress.finish();
  }
  progress.end();
  return written;
}

describe('progress', () => {
  it('names the trial, its place, and the time that is left', () => {
    const written = report(10, 1, { isTTY: true, columns: 120 });
    expect(written[0]).toContain('1 of 10: digests/sha-256 64 B hex on native, round 2');
    expect(written[0]).not.toContain('left');
    expect(written[4]).toContain('5 of 10');
    expect(written[4]).toContain('about 6 s left');
    expect(written.at(-1)).toBe('\r\x1b[2K');
  });

  it('speaks of minutes when there are some', () => {
    expect(report(10, 60, {})[4]).toContain('about 6 min left');
  });

  it('is never wider than the terminal', () => {
    for (const line of report(3, 1, { isTTY: true, columns: 30 }).slice(0, -1)) {
      expect(line.replace('\r\x1b[2K', '').length).toBeLessThan(30);
    }
  });

  it('adds a line every ten seconds where nobody watches a terminal', () => {
    const written = report(25, 1, {});
    expect(written.map((line) => line.split(':')[0])).toEqual([
      '… 1 of 25',
      '… 11 of 25',
      '… 21 of 25',
    ]);
    expect(written.join('')).not.toContain('\x1b');
  });
});
