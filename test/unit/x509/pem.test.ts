import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readPem, writePem } from '../../../src/x509/pem.ts';

const read = (text: string) =>
  readPem(Buffer.from(text)).map(({ label, encrypted, der }) => ({
    label,
    encrypted,
    text: der === undefined ? undefined : Buffer.from(der).toString(),
  }));

describe('PEM', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const pem = writePem('SOME THING', bytes);
        expect(pem.split('\n').every((line) => line.length <= 64)).toBe(true);
        expect(pem.endsWith('-----END SOME THING-----\n')).toBe(true);
        const [block, ...more] = readPem(Buffer.from(pem));
        expect(block).toEqual({ label: 'SOME THING', encrypted: false, der: Buffer.from(bytes) });
        expect(more).toEqual([]);
      }),
    );
  });

  it('is found block by block between other text', () => {
    const text = `before\n${writePem('A', Buffer.from('a'))}between\n${writePem('B', Buffer.from('b'))}`;
    expect(read(text).map(({ label, text: body }) => [label, body])).toEqual([
      ['A', 'a'],
      ['B', 'b'],
    ]);
  });

  it('skips headers, and sees the one that says encrypted', () => {
    const plain = '-----BEGIN K-----\nComment: a\n continued\n\nYWJj\n-----END K-----\n';
    expect(read(plain)).toEqual([{ label: 'K', encrypted: false, text: 'abc' }]);
    const secret =
      '-----BEGIN K-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nYWJj\n-----END K-----\n';
    expect(read(secret)).toEqual([{ label: 'K', encrypted: true, text: 'abc' }]);
  });

  it.each([
    ['another character', 'YW*j'],
    ['a missing character', 'YWJ'],
    ['misplaced padding', 'YW=j'],
    ['too much padding', 'Y==='],
    ['bits that encode nothing', 'YWK='.replace('K', 'J')],
    ['the URL alphabet', 'YW_-'],
  ])('gives no content for base64 with %s', (_name, body) => {
    const [block] = read(`-----BEGIN K-----\n${body}\n-----END K-----`);
    expect(block).toEqual({ label: 'K', encrypted: false, text: undefined });
  });

  it.each([
    ['no block', 'YWJj'],
    ['no end', '-----BEGIN K-----\nYWJj\n'],
    ['another end', '-----BEGIN K-----\nYWJj\n-----END L-----\n'],
    ['a block inside a block', '-----BEGIN K-----\n-----BEGIN K-----\nYWJj\n-----END K-----\n'],
    ['a boundary that does not begin its line', ' -----BEGIN K-----\nYWJj\n-----END K-----\n'],
    ['a boundary that is cut off', '-----BEGIN K---\nYWJj\n-----END K---\n'],
    ['a boundary too short for its dashes', '-----BEGIN ----\n-----END ----\n'],
  ])('has no block where there is %s', (_name, text) => {
    expect(read(text)).toEqual([]);
  });

  it('takes time in proportion to its length, whatever it holds', () => {
    const boundaries = Buffer.from('-----BEGIN K-----\n-----END K-----\n'.repeat(30_000));
    const start = performance.now();
    expect(readPem(boundaries)).toHaveLength(30_000);
    expect(readPem(Buffer.from('-----BEGIN K-----\n'.repeat(60_000)))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
