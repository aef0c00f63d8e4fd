import { describe, expect, it } from 'vitest';

import { coresIn, onCores } from '../../../../bench/broker/placement.ts';

const status = (list: string): string => `Name:\tnode\nCpus_allowed_list:\t${list}\nThreads:\t1\n`;

describe('the processors there are', () => {
  it.each([
    ['0-1', 0, 1],
    ['0-63', 0, 1],
    ['3,7', 3, 7],
    ['5,8-9', 5, 8],
  ])('of the list %s are told', (list, first, second) => {
    expect(coresIn(status(list))).toEqual({ first, second, all: list });
  });

  it('are none to place things on where there is but one, or nobody tells', () => {
    expect(coresIn(status('4'))).toBeUndefined();
    expect(coresIn('')).toBeUndefined();
  });
});

describe('a placement', () => {
  const cores = { first: 2, second: 5, all: '2,5' };
  const command = ['program', '--flag'] as const;

  it('puts server and client on one processor, or on one each', () => {
    const list = (role: 'server' | 'client', placement: 'same core' | 'other core') =>
      onCores(role, placement, cores, command).slice(0, 3);
    expect(list('server', 'same core')).toEqual(['taskset', '-c', '2']);
    expect(list('client', 'same core')).toEqual(['taskset', '-c', '2']);
    expect(list('server', 'other core')).toEqual(['taskset', '-c', '2']);
    expect(list('client', 'other core')).toEqual(['taskset', '-c', '5']);
  });

  it('leaves the command alone where it is free or nothing can be placed', () => {
    expect(onCores('client', 'free', cores, command)).toEqual(command);
    expect(onCores('client', 'same core', undefined, command)).toEqual(command);
  });
});
