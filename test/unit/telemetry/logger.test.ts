import { describe, expect, it } from 'vitest';
import { createLogger, type LogFields, type LoggerOptions } from '../../../src/telemetry/logger.ts';

const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function lines(
  options: Partial<LoggerOptions>,
  use: (logger: ReturnType<typeof createLogger>) => void,
): string[] {
  const written: string[] = [];
  const sink = { write: (line: string): void => void written.push(line) };
  use(
    createLogger({
      level: 'info',
      format: 'json',
      service: 'svc',
      now: () => TIME,
      sink,
      ...options,
    }),
  );
  return written;
}

describe('a JSON line', () => {
  it('has the keys of the original: time in RFC 3339, level in capitals, msg, service', () => {
    const [line = ''] = lines({}, (logger) => {
      logger.info('hello', { method: '/a/b', bytes: 3, ok: true });
    });
    expect(line.endsWith('\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-02T03:04:05.678Z',
      level: 'INFO',
      msg: 'hello',
      service: 'svc',
      method: '/a/b',
      bytes: 3,
      ok: true,
    });
  });

  it('is written in the order of the original: level, time, service, the fields, msg', () => {
    const written = lines({}, (logger) => {
      logger.info('a "quoted" \\ text', {
        text: 'b"c',
        whole: 3,
        part: 0.25,
        no: false,
        none: NaN,
      });
    });
    expect(written).toEqual([
      '{"level":"INFO","time":"2026-01-02T03:04:05.678Z","service":"svc","text":"b\\"c","whole":3,"part":0.25,' +
        '"no":false,"none":null,"msg":"a \\"quoted\\" \\\\ text"}\n',
    ]);
  });

  it('has the time of its own millisecond', () => {
    let now = TIME;
    const written = lines({ now: () => now }, (logger) => {
      for (const later of [0, 0, 1]) {
        now += later;
        logger.info('x');
      }
    });
    const times = written.map((line) => (JSON.parse(line) as { time: string }).time.slice(-4));
    expect(times).toEqual(['678Z', '678Z', '679Z']);
  });

  it('leaves out fields that are not set', () => {
    const [line = ''] = lines({}, (logger) => {
      logger.warn('x', { present: 1, absent: undefined });
    });
    expect(JSON.parse(line)).not.toHaveProperty('absent');
  });

  it('cuts long texts', () => {
    const [line = ''] = lines({}, (logger) => {
      logger.error('x', { text: 'a'.repeat(10_000) });
    });
    expect((JSON.parse(line) as { text: string }).text).toBe(`${'a'.repeat(2048)}…`);
  });

  it.each([
    ['a line feed', '\n', '\\n'],
    ['a carriage return', '\r', '\\u000d'],
    ['an escape sequence', '\u001b[31m', '\\u001b[31m'],
    ['a C1 control', '\u009b', '\\u009b'],
    ['a line separator', '\u2028', '\\u2028'],
    ['a bidirectional override', '\u202e', '\\u202e'],
    ['half a surrogate pair', '\ud800', '\\ud800'],
  ])('escapes %s in messages and fields', (_, character, escaped) => {
    const [line = ''] = lines({}, (logger) => {
      logger.info(`a${character}b`, { text: `c${character}d` });
    });
    expect(line.trimEnd()).not.toContain(character);
    expect(JSON.parse(line)).toMatchObject({ msg: `a${escaped}b`, text: `c${escaped}d` });
  });

  it('keeps letters of every language', () => {
    const [line = ''] = lines({}, (logger) => {
      logger.info('grüße 你好 😀');
    });
    expect(JSON.parse(line)).toMatchObject({ msg: 'grüße 你好 😀' });
  });
});

describe('the level', () => {
  it.each([
    ['debug', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
    ['info', ['INFO', 'WARN', 'ERROR']],
    ['warn', ['WARN', 'ERROR']],
    ['error', ['ERROR']],
  ] as const)('%s lets through what is as severe', (level, expected) => {
    const written = lines({ level }, (logger) => {
      logger.debug('d');
      logger.info('i');
      logger.warn('w');
      logger.error('e');
    });
    expect(written.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });
});

describe('a text line', () => {
  const text = (message: string, fields?: LogFields): string =>
    lines({ format: 'text' }, (logger) => {
      logger.info(message, fields);
    }).join('');

  it('is key=value pairs in the order of the original', () => {
    expect(text('finished call', { method: '/a/b', bytes: 3 })).toBe(
      'time=2026-01-02T03:04:05.678Z level=INFO msg="finished call" service=svc method=/a/b bytes=3\n',
    );
  });

  it('quotes what could be taken for something else', () => {
    expect(text('x', { empty: '', pair: 'a=b', quote: 'a"b', slash: 'a\\b' })).toContain(
      'empty="" pair="a=b" quote="a\\"b" slash="a\\\\b"\n',
    );
  });
});
