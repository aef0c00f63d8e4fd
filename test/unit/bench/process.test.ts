import { describe, expect, it } from 'vitest';

import { memoryIn, processMemory } from '../../../bench/harness/process-memory.ts';
import { processorNanoseconds } from '../../../bench/harness/processor-time.ts';
import { runProgram } from '../../../bench/harness/run-program.ts';

const GONE = 2 ** 30;

describe('memory of a process', () => {
  it('is what it holds and the most it has held, in MiB', () => {
    const status = 'VmPeak:\t 999999 kB\nVmHWM:\t   81920 kB\nVmRSS:\t   40960 kB\n';
    expect(memoryIn(status)).toEqual({ residentMiB: 40, peakMiB: 80 });
  });

  it('is known of this process and not of one that is gone', () => {
    const own = processMemory(process.pid);
    expect(own?.residentMiB).toBeGreaterThan(1);
    expect(own?.peakMiB).toBeGreaterThanOrEqual(own?.residentMiB ?? Infinity);
    expect(processMemory(GONE)).toBeUndefined();
    expect(memoryIn('')).toBeUndefined();
  });
});

describe('processor time in nanoseconds', () => {
  it('grows while this process works', () => {
    const before = processorNanoseconds(process.pid) ?? Infinity;
    let sum = 0;
    for (let i = 0; i < 5e6; i += 1) sum += i % 7;
    expect(sum).toBeGreaterThan(0);
    expect(processorNanoseconds(process.pid)).toBeGreaterThan(before);
  });

  it('is not known of a process that is gone', () => {
    expect(processorNanoseconds(GONE)).toBeUndefined();
  });
});

describe('a program that is run', () => {
  const run = (script: string, limitMs = 15_000) =>
    runProgram([process.execPath, '-e', script], { what: 'the test', limitMs });

  it('gives its output', async () => {
    expect(await run('console.log("done")')).toBe('done\n');
  });

  it('rejects with what it complained of when it fails', async () => {
    await expect(run('console.error("no luck"); process.exit(3)')).rejects.toThrow(
      /the test: ended with 3\nno luck/,
    );
  });

  it('is ended when it takes too long', async () => {
    await expect(run('setInterval(() => {}, 1000)', 300)).rejects.toThrow('no end after 0 s');
  });

  it('rejects when there is no such program', async () => {
    await expect(
      runProgram(['/no/such/program'], { what: 'the test', limitMs: 1000 }),
    ).rejects.toThrow('ENOENT');
  });
});
