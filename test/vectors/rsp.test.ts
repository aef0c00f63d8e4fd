import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bytesOf, fieldOf, parseRsp, type RspCase } from './rsp.ts';

const SAMPLE = `#  CAVS 19.0
#  "SHA3-256 ShortMsg"

[L = 256]

Len = 0
Msg = 00

Len = 8
Msg = e9\r
\r
[L = 512]
COUNT = 0
C = bb7f
FAIL
`;

describe('the reader of CAVP response files', () => {
  it('reads cases with the section they stand in', () => {
    const cases = parseRsp(SAMPLE).map(plain);
    expect(cases).toEqual([
      { section: { L: '256' }, fields: { Len: '0', Msg: '00' }, flags: [] },
      { section: { L: '256' }, fields: { Len: '8', Msg: 'e9' }, flags: [] },
      { section: { L: '512' }, fields: { COUNT: '0', C: 'bb7f' }, flags: ['FAIL'] },
    ]);
  });

  it('keeps sections of other keys when one is replaced', () => {
    const text = '[PRF=HMAC]\n[RLEN=8]\nL = 1\n\n[RLEN=16]\nL = 2\n';
    expect(parseRsp(text).map((entry) => plain(entry).section)).toEqual([
      { PRF: 'HMAC', RLEN: '8' },
      { PRF: 'HMAC', RLEN: '16' },
    ]);
  });

  it('takes bracketed remarks for sections without value', () => {
    const [entry] = parseRsp('[Tested for byte-oriented messages]\n[L = 8]\nMsg = e9\n');
    expect(entry && plain(entry).section).toEqual({
      'Tested for byte-oriented messages': '',
      L: '8',
    });
  });

  it('finds nothing in comments and empty lines', () => {
    expect(parseRsp('')).toEqual([]);
    expect(parseRsp('# only = a comment\n\n\n')).toEqual([]);
  });

  it('names the line of what it cannot read', () => {
    expect(() => parseRsp('Len = 0\n???\n')).toThrow('line 2');
    expect(() => parseRsp('[L = 0\n')).toThrow('line 1');
    expect(() => parseRsp('Len = 0\nLen = 1\n')).toThrow('line 2: Len twice');
  });

  it('refuses fields that are missing or not hexadecimal', () => {
    const [entry] = parseRsp('Msg = e9\nOdd = e\nLen = 8 bits\nNone =\n');
    if (entry === undefined) throw new Error('no case');
    expect(bytesOf(entry, 'Msg')).toEqual(Buffer.of(0xe9));
    expect(bytesOf(entry, 'None')).toHaveLength(0);
    expect(fieldOf(entry, 'Len')).toBe('8 bits');
    expect(() => bytesOf(entry, 'Odd')).toThrow('Odd is not hexadecimal');
    expect(() => bytesOf(entry, 'Len')).toThrow('Len is not hexadecimal');
    expect(() => fieldOf(entry, 'MD')).toThrow('no field MD');
  });

  it('reads back every file that follows the form', () => {
    const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
    const value = fc.stringMatching(/^[0-9a-f]{0,20}$/);
    const fields = fc.dictionary(key, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
    const model = fc.array(
      fc.record({ fields, failed: fc.boolean(), length: fc.nat({ max: 999 }) }),
    );
    fc.assert(
      fc.property(model, fc.constantFrom('\n', '\r\n'), (cases, newline) => {
        const text = cases.flatMap((entry) => [
          `[L = ${entry.length}]`,
          '# a comment',
          ...Object.entries(entry.fields).map(([name, content]) => `${name} = ${content}`),
          ...(entry.failed ? ['FAIL'] : []),
          '',
        ]);
        expect(parseRsp(text.join(newline)).map(plain)).toEqual(
          cases.map((entry) => ({
            section: { L: String(entry.length) },
            fields: entry.fields,
            flags: entry.failed ? ['FAIL'] : [],
          })),
        );
      }),
    );
  });
});

function plain({ section, fields, flags }: RspCase) {
  return {
    section: Object.fromEntries(section),
    fields: Object.fromEntries(fields),
    flags: [...flags],
  };
}
