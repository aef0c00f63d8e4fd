import { describe, expect, it } from 'vitest';
import { problemsOf } from './marked-file.ts';

const MIB = 1024 * 1024;
const problemOf = (content: string | Uint8Array) => problemsOf(Buffer.from(content))[0];

/** What YAML can be made to do to a parser. Each must end quickly, with one clear problem. */
const BOMBS: readonly (readonly [what: string, content: string, message: RegExp])[] = [
  [
    'a billion laughs',
    Array.from({ length: 10 }, (_, index) =>
      index === 0
        ? 'a0: &a0 [lol, lol]'
        : `a${index}: &a${index} [${Array(10)
            .fill(`*a${index - 1}`)
            .join(', ')}]`,
    ).join('\n'),
    /^anchors and aliases \(& and \*\) are not accepted/,
  ],
  ['an alias to itself', '&a [*a]', /^anchors and aliases/],
  ['an anchor alone', '- &a Name: P', /^anchors and aliases/],
  ['an alias as a key', '- {&a Name: P, *a : Q}', /^anchors and aliases/],
  ['an alias to nothing', '- *nothing', /alias/],
  ['a merge key', '- <<: {Name: P}', /^merge keys \(<<\) are not accepted/],
  ['lists in lists', '['.repeat(MIB), /^values are nested deeper than 32/],
  ['maps in maps', '{a: '.repeat(MIB / 4), /^values are nested deeper than 32/],
  ['block lists in block lists', '- '.repeat(MIB / 2), /^values are nested deeper than 32/],
  ['keys as keys', '? '.repeat(MIB / 2), /^values are nested deeper than 32/],
  [
    'maps in maps by indentation',
    Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    /^values are nested deeper than 32/,
  ],
  ['a million values', `[${'1,'.repeat(MIB / 2 - 1)}]`, /^the file holds too many values/],
  ['a million lines', '\n'.repeat(MIB), /^the file holds too many values/],
  ['a million documents', '---\n'.repeat(MIB / 4), /^the file holds more than one document/],
  ['one byte too many', ' '.repeat(MIB + 1), /^the file is larger than 1048576 bytes/],
  ['a second document', '[]\n---\n[]', /^the file holds more than one document/],
  ['a key twice', '- {Name: A, Name: B}', /^duplicate key "Name"/],
  ['a key that is no text', '- {[a]: b}', /^a key must be text/],
  ['a tag of JavaScript', '- !!js/function "x"', /tag/],
  ['a tag of one who wrote it', '- !mine x', /tag/],
  ['no YAML at all', '\t\u0001%', /./],
  ['an unclosed list', '- [a', /./],
];

describe('a hostile profile file', () => {
  it.each(BOMBS)('is refused at once: %s', (_, content, message) => {
    const start = performance.now();
    expect(problemOf(content)?.message).toMatch(message);
    // Linear in its size even on a busy machine; a bomb would take minutes or the memory.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is refused where the depth begins to be too much, before the rest is read', () => {
    expect(problemOf('['.repeat(MIB))).toMatchObject({ line: 1, column: 33 });
  });

  it.each([
    ['Latin-1', Buffer.from('- Name: Gr\xfc\xdfe', 'latin1')],
    ['UTF-16', Buffer.from('- Name: P', 'utf16le').subarray(0, 17)],
    ['a lone surrogate', Buffer.from([0x2d, 0x20, 0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([0x2d, 0x20, 0xc0, 0xaf])],
  ])('is refused when it is not UTF-8: %s', (_, content) => {
    expect(problemOf(content)).toBeDefined();
  });

  it('may begin with a byte order mark, which shifts no column', () => {
    expect(problemOf('\ufeff- Name: P')).toMatchObject({ line: 1, column: 3 });
  });

  it('cannot reach the prototype of objects', () => {
    const problems = problemsOf(
      Buffer.from('- {__proto__: {polluted: yes}, constructor: {prototype: {polluted: yes}}}'),
    );
    expect(problems.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^unknown key "__proto__"/),
        expect.stringMatching(/^unknown key "constructor"/),
      ]),
    );
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('cannot steer the terminal of whoever reads the message', () => {
    const [problem] = problemsOf(
      Buffer.from(
        '- {Name: P, Settings: {CryptoLibrary: "\\e[2J\\u202e\\x07"}, API: {HashData: {HashAlg: sha-256}}}',
      ),
    );
    expect(problem?.message).toBe(
      'unknown cryptographic library: \\u001b[2J\\u202e\\u0007, available values: [native]',
    );
  });

  it('shows at most 80 characters of a value', () => {
    const [problem] = problemsOf(
      Buffer.from(
        `- {Name: P, Settings: {CryptoLibrary: ${'x'.repeat(500)}}, API: {HashData: {HashAlg: sha-256}}}`,
      ),
    );
    expect(problem?.message.length).toBeLessThan(160);
    expect(problem?.value).toBe(`"${'x'.repeat(80)}…"`);
  });

  it('is answered quickly even with as many unknown keys as fit', () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `Nam${index}: 1`).join('\n  ');
    const start = performance.now();
    expect(problemsOf(Buffer.from(`- ${keys}`)).length).toBeGreaterThan(50);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is read to its end however many mistakes it has', () => {
    const profile = (index: number) =>
      `- {Name: P${index}, Settings: {CryptoLibrary: x}, API: {SignCertificate: {SignAlg: x, HashAlg: x, Validity: {}, KeyConstraints: {Subject: {RSA: }, Issuer: [x]}, KeyUsage: [[]], BasicConstraints: 1}}, Deprecation: 1}`;
    const file = Array.from({ length: 1000 }, (_, index) => profile(index)).join('\n');
    const start = performance.now();
    expect(problemsOf(Buffer.from(file))).toHaveLength(100);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
