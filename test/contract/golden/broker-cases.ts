import { message, type Field } from './message-builder.ts';

export interface GoldenCase {
  readonly method: string;
  readonly title: string;
  readonly request: Uint8Array;
}

const HASH = '/CryptoBroker.CryptoGrpc/HashData';
const SIGN = '/CryptoBroker.CryptoGrpc/SignCertificate';
const CHECK = '/grpc.health.v1.Health/Check';

const UUID = '0f7e9c52-7d6f-4b6e-9d3e-0d1c2b3a4f5e';
const FACE = '\u{1f600}';
const TRACE: readonly Field[] = [
  [1, '0af7651916cd43dd8448eb211c80319c'],
  [2, 'b7ad6b7169203331'],
  [3, '01'],
  [4, 'vendor=gr\u00fcn'],
  [5, UUID],
];
const METADATA: readonly Field[] = [
  [1, UUID],
  [3, TRACE],
];
const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(0x61);
const text = (count: number): string => 'a'.repeat(count);

type Rows = readonly (readonly [title: string, ...fields: Field[]])[];

const HASHES: Rows = [
  ['as-clients-send-it', [1, 'Default'], [2, bytes(100)], [3, METADATA]],
  ['nothing-but-a-profile', [1, 'Default']],
  ['raw', [1, 'Default'], [2, bytes(3)], [4, 1]],
  ['an-unknown-format', [1, 'Default'], [4, 7]],
  ['a-format-of-more-than-32-bits', [1, 'Default'], [4, 0x1_0000_0001n]],
  ['a-negative-format', [1, 'Default'], [4, 0xffff_ffff_ffff_ffffn]],
  ['a-format-that-changes', [1, 'Default'], [4, 1], [4, 0]],
  ['a-format-as-text', [1, 'Default'], [4, 'x']],
  ['a-profile-that-changes', [1, 'Noted'], [1, 'Default']],
  ['an-outdated-profile', [1, 'Outdated'], [2, bytes(10)], [3, METADATA]],
  ['an-outdated-profile-without-metadata', [1, 'Outdated'], [2, bytes(10)]],
  ['an-outdated-profile-with-an-empty-reason', [1, 'Noted'], [4, 1]],
  ['a-profile-beyond-ascii', [1, 'Gr\u00f6\u00dfe'], [3, []]],
  ['metadata-of-nothing', [1, 'Default'], [3, []]],
  ['metadata-with-an-empty-trace', [1, 'Default'], [3, [[3, []]]]],
  ['metadata-that-is-replaced', [1, 'Default'], [3, METADATA], [3, [[1, 'x']]]],
  [
    'a-trace-that-is-replaced',
    [1, 'Default'],
    [
      3,
      [
        [3, TRACE],
        [3, [[5, 'c']]],
      ],
    ],
  ],
  [
    'metadata-with-a-time-of-creation',
    [1, 'Default'],
    [
      3,
      [
        [1, 'x'],
        [2, 'Sat Nov 21'],
      ],
    ],
  ],
  ['metadata-with-bytes-in-field-2', [1, 'Default'], [3, [{ raw: '12 02 ff fe' }]]],
  ['metadata-as-a-number', [1, 'Default'], [3, 5]],
  ['an-id-as-a-number', [1, 'Default'], [3, [[1, 5]]]],
  ['a-correlation-id-that-needs-escapes', [1, 'Default'], [3, [[3, [[5, 'a"b\\c']]]]]],
  ['an-input-at-the-threshold', [1, 'Default'], [2, bytes(8192)], [3, METADATA]],
  ['an-input-above-the-threshold', [1, 'Default'], [2, bytes(8193)], [3, METADATA], [4, 1]],
  ['the-longest-input', [1, 'Outdated'], [2, bytes(1024 * 1024)]],
  ['an-input-that-is-too-long', [1, 'Default'], [2, bytes(1024 * 1024 + 1)]],
  ['unknown-fields', [1, 'Default'], { raw: '7801 79 0000000000000000 7a01ff 7d00000000' }],
  ['long-spellings', { raw: '8a8000 8700' }, { raw: '44656661756c74' }],
  ['no-profile', [2, bytes(3)]],
  ['no-profile-and-bad-metadata', [3, [[1, '\n']]]],
  ['the-longest-profile', [1, text(64)]],
  ['a-profile-that-is-too-long', [1, text(65)], [3, METADATA]],
  ['a-profile-too-long-in-octets', [1, '\u00fc'.repeat(33)]],
  ['a-profile-too-long-for-the-log', [1, `${text(127)}${FACE}${text(50)}`]],
  ['an-unknown-profile', [1, 'default'], [3, METADATA]],
  ['an-unknown-profile-beyond-ascii', [1, `\u00fc\u2028${FACE}\u007f\n`]],
  ['a-profile-without-the-operation', [1, 'SignOnly']],
  ['the-longest-id', [1, 'Default'], [3, [[1, text(128)]]]],
  ['an-id-that-is-too-long', [1, 'Default'], [3, [[1, text(129)]]]],
  ['an-id-too-long-and-not-printable', [1, 'Default'], [3, [[1, '\n'.repeat(129)]]]],
  ['an-id-that-is-not-printable', [1, 'Default'], [3, [[1, 'a\u007f']]]],
  ['an-id-beyond-ascii', [1, 'Default'], [3, [[1, '\u00e9']]]],
  ['a-trace-id-that-is-too-long', [1, 'Default'], [3, [[3, [[1, text(33)]]]]]],
  ['a-span-id-that-is-too-long', [1, 'Default'], [3, [[3, [[2, text(17)]]]]]],
  ['trace-flags-that-are-too-long', [1, 'Default'], [3, [[3, [[3, '\u00e9\u00e9']]]]]],
  ['the-longest-trace-state', [1, 'Default'], [3, [[3, [[4, '\u00e9'.repeat(256)]]]]]],
  ['a-trace-state-that-is-too-long', [1, 'Default'], [3, [[3, [[4, text(513)]]]]]],
  ['the-longest-correlation-id', [1, 'Default'], [3, [[3, [[5, text(128)]]]]]],
  ['a-correlation-id-that-is-too-long', [1, 'Default'], [3, [[3, [[5, text(129)]]]]]],
  ['a-correlation-id-not-printable', [1, 'Default'], [3, [[3, [[5, '\t\u00e9']]]]]],
  ['bad-metadata-before-a-long-input', [3, [[1, '\n']]], [1, 'x'], [2, bytes(1024 * 1024 + 1)]],
];

const DOCUMENTS: readonly Field[] = [
  [1, 'Default'],
  [2, 'csr'],
  [3, 'key'],
  [4, 'certificate'],
];
const urls = (count: number): Field[] =>
  Array.from({ length: count }, (_, index) => [9, `http://crl.example/${index}`]);

const CERTIFICATES: Rows = [
  ['as-clients-send-it', ...DOCUMENTS, [5, METADATA], ...urls(2), [10, 1]],
  ['nothing-but-the-documents', ...DOCUMENTS],
  [
    'everything',
    ...DOCUMENTS,
    [6, 1_800_000_000],
    [7, 0xffff_ffff_ffff_ffffn],
    [8, 'C=DE, O=\u00dcn\u00efcode'],
    ...urls(16),
    [5, METADATA],
    [10, 1],
  ],
  ['an-outdated-profile', ...DOCUMENTS, [1, 'Outdated']],
  ['times-of-zero-and-an-empty-subject', ...DOCUMENTS, [6, 0], [7, 0], [8, '']],
  ['times-as-texts', ...DOCUMENTS, [6, '-1h'], [7, '8760h']],
  ['a-time-of-ten-octets', ...DOCUMENTS, { raw: '30 ffffffffffffffffff7f' }],
  ['documents-that-are-not-utf-8', ...DOCUMENTS, [3, Buffer.from('fffe', 'hex')]],
  ['an-unknown-format', ...DOCUMENTS, [10, 2]],
  ['no-profile', ...DOCUMENTS.slice(1)],
  ['no-csr', ...DOCUMENTS.filter((_, index) => index !== 1)],
  ['no-key', ...DOCUMENTS.filter((_, index) => index !== 2)],
  ['no-certificate', ...DOCUMENTS.filter((_, index) => index !== 3)],
  ['an-empty-key', ...DOCUMENTS, [3, '']],
  ['the-longest-csr', ...DOCUMENTS, [2, bytes(65536)]],
  ['a-csr-that-is-too-long', ...DOCUMENTS, [2, bytes(65537)]],
  ['a-key-that-is-too-long', ...DOCUMENTS, [3, bytes(65537)]],
  ['a-certificate-that-is-too-long', ...DOCUMENTS, [4, bytes(65537)]],
  ['the-longest-subject', ...DOCUMENTS, [8, text(1024)]],
  ['a-subject-that-is-too-long', ...DOCUMENTS, [8, '\u00e9'.repeat(513)]],
  ['a-subject-that-is-not-utf-8', ...DOCUMENTS, [8, Buffer.from('c328', 'hex')]],
  ['too-many-locations', ...DOCUMENTS, ...urls(17)],
  ['an-empty-location', ...DOCUMENTS, ...urls(1), [9, '']],
  ['the-longest-location', ...DOCUMENTS, [9, `http://a/${text(2039)}`]],
  ['a-location-that-is-too-long', ...DOCUMENTS, ...urls(2), [9, `http://a/${text(2040)}`]],
  ['a-location-that-is-no-url', ...DOCUMENTS, ...urls(3), [9, 'ldap://a/b']],
  ['too-many-locations-that-are-no-urls', ...DOCUMENTS, ...urls(16), [9, 'x']],
  ['an-unknown-profile', ...DOCUMENTS, [1, 'None']],
  ['a-profile-without-the-operation', ...DOCUMENTS, [1, 'Noted']],
  ['bad-metadata', ...DOCUMENTS, [5, [[1, '\u0000']]]],
];

const CHECKS: Rows = [
  ['the-server', ...[]],
  ['a-service', [1, 'CryptoBroker.CryptoGrpc']],
  ['health-itself', [1, 'grpc.health.v1.Health']],
  ['an-unknown-service', [1, 'CryptoBroker.CryptoGrpcDev']],
  ['a-service-that-changes', [1, 'x'], [1, '']],
  ['a-name-beyond-ascii', [1, `\u0000\u007f\u0080\u00e9\u2028${FACE}`]],
  ...[79, 80, 81].map((count) => [`a-name-of-${count}-units`, [1, text(count)]] as const),
  ...[78, 79, 80].map((count) => [`a-pair-behind-${count}`, [1, text(count) + FACE]] as const),
  ['a-very-long-name', [1, '\u00e9'.repeat(100_000)]],
];

/** What every method refuses alike. */
const MALFORMED: Rows = [
  ['field-number-0', { raw: '0a0161 00 ffff' }],
  ['an-end-of-group', { raw: '0a0161 0c' }],
  ['a-group', { raw: '0b 0c' }],
  ['wire-type-6', { raw: '0e' }],
  ['wire-type-7-of-a-high-field', { raw: 'ffffffff0f' }],
  ['an-end-inside-a-tag', { raw: '80' }],
  ['an-end-inside-a-number', { raw: '2080' }],
  ['an-end-inside-a-length', { raw: '0a80' }],
  ['an-end-inside-a-text', { raw: '0a0561' }],
  ['an-end-inside-a-fixed-number', { raw: '0d0000' }],
  ['an-end-inside-a-long-fixed-number', { raw: '09000000' }],
  ['a-text-that-is-not-utf-8', { raw: '0a02c328' }],
  ['a-text-with-a-surrogate', { raw: '0a0b6161616161616161eda080' }],
  ['a-length-of-2-to-the-32', { raw: '0a8080808010' }],
  ['a-length-that-never-ends', { raw: '0affffffffffffffffff01' }],
  ['a-number-that-never-ends', { raw: '20ffffffffffffffffffff01' }],
  ['as-many-fields-as-may-be', { raw: '7800'.repeat(4096) }],
  ['too-many-fields', { raw: '7800'.repeat(4097) }],
  ['too-many-fields-inside', { raw: `1a8240${'7800'.repeat(4097)}` }],
  ['an-inner-message-beyond-its-outer-one', { raw: '1a020a056162636465 2a020a056162636465' }],
  ['an-inner-text-that-is-not-utf-8', { raw: '1a030a01ff 2a030a01ff' }],
  ['an-innermost-text-that-is-not-utf-8', { raw: '1a051a030a01ff 2a051a030a01ff' }],
  ['an-inner-message-that-ends-inside-a-field', { raw: '1a020a05 2a020a05' }],
];

const named = (method: string, rows: Rows): GoldenCase[] =>
  rows.map(([title, ...fields]) => ({ method, title, request: message(...fields) }));

/** Whole calls of every kind, and what is left of some of them after small damage; the same every time. */
export function brokerCases(): readonly GoldenCase[] {
  const wellMade = [...named(HASH, HASHES), ...named(SIGN, CERTIFICATES), ...named(CHECK, CHECKS)];
  const malformed = [HASH, SIGN, CHECK].flatMap((method) => named(method, MALFORMED));
  return [...wellMade, ...malformed, ...damaged(wellMade)];
}

const DAMAGED = 300;

function damaged(cases: readonly GoldenCase[]): GoldenCase[] {
  const short = cases.filter(({ request }) => request.length > 0 && request.length < 400);
  const random = generator(20_261_122);
  return Array.from({ length: DAMAGED }, (_, index) => {
    const { method, request } = at(short, random(short.length));
    const changed = [...request];
    for (let count = 1 + random(3); count > 0; count -= 1) damage(changed, random);
    return { method, title: `damaged-${index}`, request: Uint8Array.from(changed) };
  });
}

function damage(bytes: number[], random: (below: number) => number): void {
  const place = random(bytes.length + 1);
  const kind = random(4);
  if (kind === 0) bytes.splice(place, 1);
  else if (kind === 1) bytes.splice(place, 0, random(256));
  else if (kind === 2) bytes.splice(place, 1, random(256));
  else bytes.splice(place, 1, (bytes[place] ?? 0) ^ (1 << random(8)));
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError('no such item');
  return item;
}

/** Whole numbers below a bound: a linear congruential generator, good enough to vary test cases. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
