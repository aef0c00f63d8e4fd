import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { caseId, CASES } from '../../../../bench/broker/cases.ts';
import { parseBrokerOptions, select, SPECIALS } from '../../../../bench/broker/options.ts';
import { UsageError } from '../../../../bench/options.ts';

const LAUNCHER = fileURLToPath(new URL('../../../../scripts/bench.mjs', import.meta.url));
const launch = (...args: string[]) =>
  spawnSync(process.execPath, [LAUNCHER, ...args], { encoding: 'utf8', timeout: 15_000 });
const parse = (...args: string[]) => parseBrokerOptions(['--nghttp2', '/deps', ...args]);

describe('the options of the bench', () => {
  it('are three rounds of everything when none is given', () => {
    expect(parse()).toEqual({
      ...{ json: undefined, markdown: undefined, html: undefined, only: [], rounds: 3 },
      ...{ quick: false, nghttp2: '/deps' },
    });
  });

  it('are one round with --quick, unless rounds are asked for', () => {
    expect(parse('--quick').rounds).toBe(1);
    expect(parse('--quick', '--rounds', '4').rounds).toBe(4);
  });

  it.each([['--rounds=0'], ['--rounds=many'], ['--fast'], ['--json'], ['hash']])(
    'refuse %s',
    (argument) => {
      expect(() => parse(argument)).toThrow(UsageError);
    },
  );

  it('need to know where nghttp2 is', () => {
    expect(() => parseBrokerOptions([])).toThrow(UsageError);
  });
});

describe('the selection', () => {
  it('is every case and everything beside them when nothing is named', () => {
    const all = select(CASES, { only: [], quick: false });
    expect(all.cases).toEqual(CASES);
    expect([...all.specials]).toEqual(SPECIALS);
  });

  it('takes cases by the beginning of their name, with stars', () => {
    const { cases, specials } = select(CASES, { only: ['CERT*P-384 under*10'], quick: false });
    expect(cases.map(caseId)).toEqual([
      'certificates/P-384 under P-384, 10 in flight, free',
      'certificates/P-384 under P-384, Go client, 10 in flight, free',
    ]);
    expect(specials.size).toBe(0);
  });

  it('takes what is beside the cases by name', () => {
    const { cases, specials } = select(CASES, { only: ['overload'], quick: true });
    expect(cases).toEqual([]);
    expect([...specials]).toEqual(['overload']);
  });

  it('measures with --quick the rows that are named, also those it leaves out by itself', () => {
    const slow = CASES.filter(({ group, quick }) => group === 'digests' && !quick);
    const { cases } = select(CASES, { only: ['digests/*'], quick: true });
    expect(slow.length).toBeGreaterThan(0);
    expect(cases).toEqual(expect.arrayContaining(slow));
  });

  it('refuses to measure nothing', () => {
    expect(() => select(CASES, { only: ['nothing/*'], quick: true })).toThrow("'nothing/*'");
  });
});

describe('npm run bench', () => {
  it('explains itself without measuring anything', () => {
    const { status, stdout } = launch('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('light client');
    for (const option of ['--json', '--markdown', '--html', '--only', '--rounds', '--quick']) {
      expect(stdout).toContain(option);
    }
  });

  it.each([['--fast'], ['hash']])('refuses %s with exit code 2', (argument) => {
    expect(launch(argument).status).toBe(2);
  });
});
