import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/config/nearest-name.ts';
import { describeValue, printable } from '../../../src/config/printable.ts';

describe('the nearest name', () => {
  const names = ['Name', 'HashAlg', 'SignAlg', 'KeyUsage', 'SKIHashAlg'];

  it.each([
    ['Nmae', 'Name'],
    ['name', 'Name'],
    ['Hashalg', 'HashAlg'],
    ['HashAlgo', 'HashAlg'],
    ['KeyUsages', 'KeyUsage'],
    ['SKIHashAlgorithm', undefined],
    ['Color', undefined],
    ['', undefined],
    ['N', undefined],
  ])('to %j is %j', (name, nearest) => {
    expect(nearestName(name, names)).toBe(nearest);
  });

  it('is not looked for when the name is longer than any we have', () => {
    const long = 'x'.repeat(65);
    expect(nearestName(long, [`${long}y`])).toBeUndefined();
  });
});

describe('a value in a message', () => {
  it('is printable ASCII, everything else escaped', () => {
    expect(printable('a\u0000\u001b\u007f\u00e9\u202e\u{1f600}z')).toBe(
      'a\\u0000\\u001b\\u007f\\u00e9\\u202e\\u{1f600}z',
    );
  });

  it('is at most 80 characters long before escaping', () => {
    expect(printable('x'.repeat(80))).toBe('x'.repeat(80));
    expect(printable('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`);
  });

  it.each([
    ['text', '"text"'],
    [1.5, '1.5'],
    [false, 'false'],
    [null, 'nothing'],
    [undefined, 'nothing'],
    [[1], 'a list'],
    [{ a: 1 }, 'a map'],
  ])('of %j is %s', (value, words) => {
    expect(describeValue(value)).toBe(words);
  });
});
