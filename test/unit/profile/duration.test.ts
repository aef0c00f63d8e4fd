import { describe, expect, it } from 'vitest';
import { parseDuration, parseNanoseconds } from '../../../src/profile/duration.ts';

const SECOND = 1_000_000_000n;

describe('a duration', () => {
  // The table of Go's own test, time_test.go (TestParseDuration), as far as its values are distinct in kind.
  it.each([
    ['0', 0n],
    ['5s', 5n * SECOND],
    ['30s', 30n * SECOND],
    ['1478s', 1478n * SECOND],
    ['-5s', -5n * SECOND],
    ['+5s', 5n * SECOND],
    ['-0', 0n],
    ['+0', 0n],
    ['5.0s', 5n * SECOND],
    ['5.6s', 5n * SECOND + 600_000_000n],
    ['5.s', 5n * SECOND],
    ['.5s', 500_000_000n],
    ['1.0s', SECOND],
    ['1.00s', SECOND],
    ['1.004s', SECOND + 4_000_000n],
    ['1.0040s', SECOND + 4_000_000n],
    ['100.00100s', 100n * SECOND + 1_000_000n],
    ['10ns', 10n],
    ['11us', 11_000n],
    ['12µs', 12_000n],
    ['12μs', 12_000n],
    ['13ms', 13_000_000n],
    ['14s', 14n * SECOND],
    ['15m', 900n * SECOND],
    ['16h', 57_600n * SECOND],
    ['3h30m', 12_600n * SECOND],
    ['10.5s4m', 250n * SECOND + 500_000_000n],
    ['-2m3.4s', -(123n * SECOND + 400_000_000n)],
    ['1h2m3s4ms5us6ns', 3723n * SECOND + 4_005_006n],
    ['39h9m14.425s', 140_954n * SECOND + 425_000_000n],
    ['52763797000ns', 52_763_797_000n],
    ['0.3333333333333333333h', 1200n * SECOND],
    ['9007199254740993ns', 9_007_199_254_740_993n],
    ['9223372036854775807ns', (1n << 63n) - 1n],
    ['9223372036854775.807us', (1n << 63n) - 1n],
    ['9223372036s854ms775us807ns', (1n << 63n) - 1n],
    ['-9223372036854775808ns', -(1n << 63n)],
    ['-9223372036854775.808us', -(1n << 63n)],
    ['-9223372036s854ms775us808ns', -(1n << 63n)],
    ['0.100000000000000000000h', 360n * SECOND],
    ['0.830103483285477580700h', 2988n * SECOND + 372_539_827n],
  ])('is read as Go reads it: %s', (text, nanoseconds) => {
    expect(parseNanoseconds(text)).toBe(nanoseconds);
  });

  it.each([
    '',
    '3',
    '-',
    's',
    '.',
    '-.',
    '.s',
    '+.s',
    '1d',
    '1 h',
    ' 1h',
    '1h ',
    '1H',
    '1hm',
    '--1h',
    '1h-1m',
    '1e3s',
    '∞h',
    '١h',
    '\u0085\u0085',
    '3000000h',
    '9223372036854775808ns',
    '9223372036854775.808us',
    '9223372036854ms775us808ns',
    '-9223372036854775809ns',
  ])('is refused where Go refuses it: %j', (text) => {
    expect(parseNanoseconds(text)).toBeUndefined();
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    ['8760h', 31_536_000],
    ['-1h', -3600],
    ['1999ms', 1],
    ['999ms', 0],
    ['-1ms', -1],
    ['-1500ms', -2],
    ['-2s', -2],
    ['0', 0],
  ])('in whole seconds is rounded towards the past: %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });
});
