import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseNanoseconds } from '../../src/profile/duration.ts';
import { parseProfiles, ProfilesError } from '../../src/profile/index.ts';

const KEYS = [
  'Name',
  'Settings',
  'CryptoLibrary',
  'KMS',
  'Client',
  'Profiles',
  'API',
  'HashData',
  'HashAlg',
  'SignCertificate',
  'SignAlg',
  'SKIHashAlg',
  'Validity',
  'ValidNotBeforeOffset',
  'ValidNotAfterOffset',
  'KeyConstraints',
  'Subject',
  'Issuer',
  'RSA',
  'ECDSA',
  'MinKeySize',
  'MaxKeySize',
  'KeyUsage',
  'ExtendedKeyUsage',
  'BasicConstraints',
  'CA',
  'PathLenConstraint',
  'EncryptData',
  'EncryptAlg',
  'KeySize',
  'TagLength',
  'SignData',
  'SigningMode',
  'Deprecation',
  'ReplacedBy',
  'DeprecatedSince',
  'RemoveAfter',
];

/** What YAML is made of, and a few letters between. */
const PUNCTUATION = [
  ...[
    '-',
    ':',
    '?',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&',
    '*',
    '!',
    '|',
    '>',
    "'",
    '"',
    '%',
    '@',
    '`',
    '#',
  ],
  ...[' ', '  ', '\n', '\t', '\u0000', '\ufeff', '~', '0', 'a', 'A', '<<', '---', '...', '!!'],
];

const scalar = fc.oneof(
  fc.constantFrom(
    'native',
    'sha-256',
    'ecdsa',
    '-1h',
    '8760h',
    'digitalSignature',
    '2026-01-01',
    'P',
  ),
  fc.constantFrom(0, 1, 128, 256, 4096, -1, 1.5, Number.MAX_SAFE_INTEGER),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Trees that look like profile files: the right keys in wrong places, wrong values at right ones. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...KEYS) },
        { weight: 1, arbitrary: fc.string() },
      ),
      tie('tree'),
      { maxKeys: 6 },
    ),
  ),
}));

/** A valid file, with one value somewhere in it exchanged for another. */
const spoilt = fc
  .tuple(fc.nat(), tree, fc.boolean())
  .map(([position, value, asList]) => exchange(asList ? validList() : validMap(), position, value));

/** The problems of a file, none when it loads; any other outcome fails the property. */
function outcome(content: Uint8Array): ProfilesError | undefined {
  try {
    parseProfiles(content, 'Profiles.yaml');
    return undefined;
  } catch (error) {
    if (error instanceof ProfilesError) return error;
    throw error;
  }
}

describe('the profile loader', () => {
  it.each([
    ['a tree of profile keys', fc.oneof(tree, spoilt).map((value) => stringify(value))],
    ['a text', fc.string({ unit: 'binary', maxLength: 400 })],
    [
      'YAML punctuation',
      fc.array(fc.constantFrom(...PUNCTUATION), { maxLength: 120 }).map((parts) => parts.join('')),
    ],
  ])('takes %s or says what is wrong with it, and never fails otherwise', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const error = outcome(Buffer.from(text));
        for (const problem of error?.problems ?? []) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(`${problem.path}${problem.message}`).toMatch(/^[\x20-\x7eµ…§]+$/);
        }
        expect(error === undefined || error.problems.length > 0).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('takes any bytes or says what is wrong with them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        outcome(bytes);
      }),
      { numRuns: 600 },
    );
  });

  it('loads every file that differs from a valid one in nothing', () => {
    for (const file of [validList(), validMap()]) {
      expect(outcome(Buffer.from(stringify(file)))).toBeUndefined();
    }
  });

  it('makes the same of a file in YAML, in JSON, and in flow style', () => {
    const json = JSON.stringify(validMap());
    const flow = stringify(validMap(), { collectionStyle: 'flow' });
    const [block, ...others] = [stringify(validMap()), json, flow].map(
      (text) => parseProfiles(Buffer.from(text), 'Profiles.yaml').profiles,
    );
    for (const other of others) expect(other).toEqual(block);
  });
});

describe('a duration', () => {
  it('is the sum of its parts, whatever their order', () => {
    const units = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n };
    const part = fc.record({
      count: fc.nat({ max: 1_000_000 }),
      unit: fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
    });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (parts, negative) => {
          const text = parts.map(({ count, unit }) => `${count}${unit}`).join('');
          const sum = parts.reduce(
            (total, { count, unit }) => total + BigInt(count) * units[unit],
            0n,
          );
          expect(parseNanoseconds(negative ? `-${text}` : text)).toBe(negative ? -sum : sum);
        },
      ),
    );
  });
});

function api(): object {
  return {
    HashData: { HashAlg: 'sha-256' },
    SignCertificate: {
      SignAlg: 'ecdsa',
      HashAlg: 'sha-256',
      SKIHashAlg: 'sha-256',
      Validity: { ValidNotBeforeOffset: '-1h', ValidNotAfterOffset: '8760h' },
      KeyConstraints: {
        Subject: { RSA: { MinKeySize: 2048, MaxKeySize: 4096 } },
        Issuer: { ECDSA: { MinKeySize: 256, MaxKeySize: 521 } },
      },
      KeyUsage: ['digitalSignature'],
      ExtendedKeyUsage: ['clientAuth'],
      BasicConstraints: { CA: true, PathLenConstraint: 1 },
    },
    EncryptData: { EncryptAlg: 'aes-gcm', KeySize: 256, TagLength: 128 },
    SignData: { SigningMode: 'legacy', SignAlg: 'RSA', HashAlg: 'sha-256' },
  };
}

function validList(): unknown {
  return [{ Name: 'A', Settings: { CryptoLibrary: 'native' }, API: api() }];
}

function validMap(): unknown {
  return {
    Settings: { CryptoLibrary: 'native' },
    Profiles: [
      { Name: 'A', Deprecation: { ReplacedBy: 'B', RemoveAfter: '2026-12-31' }, API: api() },
      { Name: 'B', API: api() },
    ],
  };
}

/** Replaces the value at `position`, counted from the root through all members. */
function exchange(root: unknown, position: number, value: unknown): unknown {
  const places: (() => void)[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push(() => Object.assign(node, { [key]: value }));
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(root);
  places[position % places.length]?.();
  return root;
}
