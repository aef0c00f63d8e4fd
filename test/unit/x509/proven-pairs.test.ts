import { describe, expect, it } from 'vitest';

import { ProvenPairs } from '../../../src/x509/proven-pairs.ts';

describe('proven pairs', () => {
  it('tell apart documents that only together have the same octets', () => {
    const [a, b, ab] = [Buffer.from('a'), Buffer.from('bc'), Buffer.from('ab')];
    expect(ProvenPairs.identify(a, b)).not.toBe(ProvenPairs.identify(ab, Buffer.from('c')));
    expect(ProvenPairs.identify(a, b)).toBe(ProvenPairs.identify(a, b));
  });

  it('are remembered up to 256, the oldest forgotten first', () => {
    const pairs = new ProvenPairs();
    for (let i = 0; i < 256; i++) pairs.add(String(i));
    expect(pairs.has('0')).toBe(true);
    pairs.add('one more');
    expect(pairs.has('0')).toBe(false);
    expect(pairs.has('1')).toBe(true);
    expect(pairs.has('one more')).toBe(true);
  });
});
