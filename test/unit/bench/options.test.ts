import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { parseOptions, selectTrials, UsageError } from '../../../bench/options.ts';
import { TRIALS } from '../../../bench/trials/index.ts';
import { trialId } from '../../../bench/trials/trial.ts';

const LAUNCHER = fileURLToPath(new URL('../../../scripts/bench-crypto.mjs', import.meta.url));
const launch = (...args: string[]) =>
  spawnSync(process.execPath, [LAUNCHER, ...args], { encoding: 'utf8', timeout: 15_000 });

describe('the options', () => {
  it('are three rounds of everything when none is given', () => {
    expect(parseOptions([])).toEqual({
      json: undefined,
      markdown: undefined,
      only: [],
      rounds: 3,
      quick: false,
    });
  });

  it('are one round with --quick, unless rounds are asked for', () => {
    expect(parseOptions(['--quick']).rounds).toBe(1);
    expect(parseOptions(['--quick', '--rounds', '5']).rounds).toBe(5);
  });

  it('take files and several patterns', () => {
    const args = ['--json', 'a.json', '--markdown=b.md', '--only', 'digests', '--only', 'key-wrap'];
    expect(parseOptions(args)).toMatchObject({
      json: 'a.json',
      markdown: 'b.md',
      only: ['digests', 'key-wrap'],
    });
  });

  it.each(['0', '101', '-1', '2.5', 'many', ''])('refuse %j rounds', (rounds) => {
    expect(() => parseOptions([`--rounds=${rounds}`])).toThrow(UsageError);
  });

  it.each([['--fast'], ['digests'], ['--json']])('refuse %s', (...args) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
  });
});

describe('the choice of trials', () => {
  const chosen = (only: string[], quick = false) =>
    selectTrials(TRIALS, { only, quick }).map(trialId);

  it('is all of them without a pattern', () => {
    expect(chosen([])).toHaveLength(TRIALS.length);
  });

  it('takes a pattern as the beginning of GROUP/CASE, in any case', () => {
    expect(chosen(['KEY-WRAP/aes-256 kwp'])).toEqual([
      'key-wrap/AES-256 KWP wrap 32 B',
      'key-wrap/AES-256 KWP unwrap 32 B',
    ]);
  });

  it('lets * stand for any text', () => {
    expect(chosen(['digests/sha-512*64 B'])).toEqual([
      'digests/sha-512 64 B hex',
      'digests/sha-512/256 64 B hex',
    ]);
  });

  it('takes every other sign literally', () => {
    expect(() => chosen(['digests/sha.256'])).toThrow(UsageError);
    expect(() => chosen(['(('])).toThrow("no trial matches '(('");
  });

  it('keeps within --quick', () => {
    const quick = chosen([], true);
    expect(quick.length).toBeGreaterThan(5);
    expect(quick.length).toBeLessThan(20);
    expect(new Set(quick.map((id) => id.split('/')[0]))).toEqual(
      new Set(['digests', 'certificates', 'key-wrap', 'methods']),
    );
    expect(() => chosen(['certificates/P-521'], true)).toThrow('among those of --quick');
  });
});

describe('the launcher', () => {
  it('explains every option before it sets anything up', () => {
    const { status, stdout } = launch('--help');
    expect(status).toBe(0);
    for (const option of ['--json', '--markdown', '--only', '--rounds', '--quick']) {
      expect(stdout).toContain(option);
    }
  });

  it.each(['--fast', 'digests'])(
    'refuses %s with exit code 2 before it sets anything up',
    (arg) => {
      const { status, stderr } = launch(arg);
      expect(status).toBe(2);
      expect(stderr).toContain(arg);
      expect(stderr).toContain('Usage:');
    },
  );
});
