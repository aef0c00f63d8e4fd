import { describe, expect, it } from 'vitest';

import { cpuSeconds, cpuSecondsIn } from '../../../../bench/kmip/cpu-time.ts';

const STAT = '42 (a ) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 7 9 20 0 1 0 100 0 0';

describe('processor time', () => {
  it('is user and system time in seconds, whatever the program is called', () => {
    expect(cpuSecondsIn(STAT)).toBe(3);
  });

  it('is not known of what does not look like a process', () => {
    expect(cpuSecondsIn('')).toBeUndefined();
  });

  it('is known of this process and not of one that is gone', () => {
    expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
    expect(cpuSeconds(2 ** 30)).toBeUndefined();
  });
});
