import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';

import { parseKmipOptions } from '../../../../bench/kmip/options.ts';
import { UsageError } from '../../../../bench/options.ts';

describe('the command line', () => {
  it('asks for three rounds and two sizes of the vault by default', () => {
    expect(parseKmipOptions([])).toEqual({
      ...{ json: undefined, markdown: undefined, profile: undefined },
      ...{ rounds: 3, quick: false, dir: tmpdir(), keys: [10_000, 1_000_000] },
    });
  });

  it('asks for one round and no large vault when it is to be quick', () => {
    expect(parseKmipOptions(['--quick'])).toMatchObject({ rounds: 1, quick: true, keys: [] });
  });

  it('takes sizes in any order, each once', () => {
    expect(parseKmipOptions(['--keys', '1000,10,1000']).keys).toEqual([10, 1000]);
    expect(parseKmipOptions(['--keys', 'none']).keys).toEqual([]);
  });

  it.each([
    ['--rounds', '0'],
    ['--rounds', '101'],
    ['--rounds', 'three'],
    ['--keys', '0'],
    ['--keys', '10,'],
    ['--keys', '100000001'],
    ['--keys', ''],
  ])('refuses %s %s and names it', (option, value) => {
    expect(() => parseKmipOptions([option, value])).toThrow(UsageError);
    expect(() => parseKmipOptions([option, value])).toThrow(option);
  });

  it('refuses what it does not know', () => {
    expect(() => parseKmipOptions(['--fast'])).toThrow(UsageError);
    expect(() => parseKmipOptions(['fast'])).toThrow(UsageError);
  });
});
