import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LogWriter } from '../../../src/telemetry/log-writer.ts';
import { jsonLines } from '../../../src/telemetry/logger.ts';

const LINES = [
  '{"level":"INFO","time":"2026-01-02T03:04:05.678Z","service":"s","code":"OK","msg":"finished call"}\n',
  '{"level":"INFO","time":"2026-01-02T03:04:05.679Z","service":"s","code":"NO","msg":"finished call"}\n',
];

function written(format: 'json' | 'text', lines: string): string {
  let out = '';
  jsonLines({ format, sink: { write: (text) => void (out += text) } }).write(lines);
  return out;
}

describe('lines of calls that somebody else has made', () => {
  it('reach the log as they are, several at a time', () => {
    expect(written('json', LINES.join(''))).toBe(LINES.join(''));
  });

  it('become text where the log is text, each a line of its own', () => {
    expect(written('text', LINES.join(''))).toBe(
      'time=2026-01-02T03:04:05.678Z level=INFO msg="finished call" service=s code=OK\n' +
        'time=2026-01-02T03:04:05.679Z level=INFO msg="finished call" service=s code=NO\n',
    );
    expect(written('text', '')).toBe('');
  });

  it('count one by one when the log is not read fast enough', async () => {
    const dropped: number[] = [];
    let finish: () => void = () => undefined;
    const writer = new LogWriter({
      stream: {
        write: (_, done) => {
          finish = done;
        },
        on: () => undefined,
      },
      capacity: 200,
      onDropped: (count) => dropped.push(count),
    });
    writer.write('under way\n');
    await setImmediate();
    writer.write(LINES.join('').repeat(3));
    finish();
    expect(dropped).toEqual([6]);
  });
});
