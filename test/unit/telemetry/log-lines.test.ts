import { describe, expect, it } from 'vitest';
import { LogLines } from '../../../src/telemetry/log-lines.ts';

const list = () => {
  const lines: string[] = [];
  return { lines, write: (line: string): void => void lines.push(line) };
};

describe('the lines of the log', () => {
  it('reach the log at once, and whoever taps them from the very first', () => {
    const log = list();
    const tap = list();
    const lines = new LogLines(log);
    lines.write('a\n');
    expect(log.lines).toEqual(['a\n']);
    lines.tapBy(tap);
    lines.write('b\n');
    expect(log.lines).toEqual(['a\n', 'b\n']);
    expect(tap.lines).toEqual(['a\n', 'b\n']);
  });

  it('are kept for nobody once it is known that nobody taps them', () => {
    const log = list();
    const tap = list();
    const lines = new LogLines(log);
    lines.write('a\n');
    lines.tapBy(undefined);
    lines.write('b\n');
    lines.tapBy(tap);
    expect(tap.lines).toEqual([]);
    expect(log.lines).toHaveLength(2);
  });
});
