import fc from 'fast-check';
import { FIELD_LIMITS } from '../../../../src/broker/validation.ts';
import { bytesField, tag, varint, varintField, WIRE } from '../../../support/http2/protobuf.ts';
import { HASH_DATA, HEALTH_CHECK, SIGN_CERTIFICATE } from '../../support/grpc-caller.ts';
import { CRL_LOCATIONS } from './crl-locations.ts';

/** One request as it goes over the wire. */
export interface AnyRequest {
  readonly path: string;
  readonly message: Uint8Array;
}

/** What certificates can be asked for with: good and bad ones. */
export interface Documents {
  readonly profiles: readonly string[];
  /** Those that offer certificates. */
  readonly signingProfiles: readonly string[];
  /** The first three are sound. */
  readonly csrs: readonly Uint8Array[];
  readonly caKeys: readonly Uint8Array[];
  readonly caCertificates: readonly Uint8Array[];
  /** Keys and certificates that belong together, by position in both lists. */
  readonly pairs: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Requests of every native method: right, at their limits, a step beyond, and damaged. */
export function anyRequest(documents: Documents): fc.Arbitrary<AnyRequest> {
  return fc.oneof(
    { arbitrary: request(HASH_DATA, hashFields(documents)), weight: 6 },
    { arbitrary: request(SIGN_CERTIFICATE, certificateFields(documents)), weight: 4 },
    { arbitrary: soundCertificateRequest(documents), weight: 2 },
    { arbitrary: request(HEALTH_CHECK, healthFields), weight: 2 },
  );
}

type Fields = fc.Arbitrary<readonly Buffer[]>;

function request(path: string, fields: Fields): fc.Arbitrary<AnyRequest> {
  return fields.chain(damaged).map((message) => ({ path, message }));
}

const none = fc.constant<readonly Buffer[]>([]);

/** A field that is there most of the time, and now and then twice. */
function field<T>(value: fc.Arbitrary<T>, encode: (value: T) => Buffer): Fields {
  const one = value.map((given) => [encode(given)]);
  return fc.oneof(
    { arbitrary: one, weight: 12 },
    { arbitrary: none, weight: 1 },
    { arbitrary: fc.tuple(one, one).map((both) => both.flat()), weight: 1 },
  );
}

function optional<T>(value: fc.Arbitrary<T>, encode: (value: T) => Buffer): Fields {
  return fc.oneof({ arbitrary: none, weight: 2 }, { arbitrary: field(value, encode), weight: 1 });
}

function together(...fields: readonly Fields[]): Fields {
  return fc.tuple(...fields).map((all) => all.flat());
}

/** Text of every kind, short or around a limit in octets. */
function text(limit: number): fc.Arbitrary<Buffer> {
  const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((s) => Buffer.from(s));
  const atLimit = fc
    .tuple(fc.constantFrom(-1, 0, 1), fc.constantFrom('a', ' ', '~', 'é', '\u0001', '€'))
    .map(([more, character]) => {
      const unit = Buffer.from(character);
      const whole = Buffer.alloc(Math.floor((limit + more) / unit.length) * unit.length, unit);
      return Buffer.concat([whole, Buffer.alloc(limit + more - whole.length, 'b')]);
    });
  const odd = fc.constantFrom(
    ...['', '\0', '\x7f', '\u001b[31m', 'é', '\u2028', '\ufeff', '\ud83d\ude00', '"\\', '\r\n'],
  );
  const notUtf8 = fc.constantFrom('ff', 'c328', 'eda080', 'f0808080', 'c080', 'f4908080', 'e28228');
  return fc.oneof(
    { arbitrary: printable, weight: 6 },
    { arbitrary: atLimit, weight: 3 },
    { arbitrary: odd.map((s) => Buffer.from(s)), weight: 2 },
    {
      arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((s) => Buffer.from(s)),
      weight: 1,
    },
    { arbitrary: notUtf8.map((hex) => Buffer.from(`61${hex}62`, 'hex')), weight: 1 },
  );
}

function metadata(number: number): Fields {
  const member = (at: number, limit: number): Fields =>
    optional(text(limit), (value) => bytesField(at, value));
  // As it should be, in every other request.
  const sound = (at: number, limit: number, value: string): Fields =>
    fc.oneof(fc.constant([bytesField(at, value)]), member(at, limit));
  const trace = together(
    sound(1, FIELD_LIMITS.traceId, '4bf92f3577b34da6a3ce929d0e0e4736'),
    sound(2, FIELD_LIMITS.spanId, '00f067aa0ba902b7'),
    sound(3, FIELD_LIMITS.traceFlags, '01'),
    member(4, FIELD_LIMITS.traceState),
    member(5, FIELD_LIMITS.correlationId),
  );
  // Older clients say here when they made the request, in words of their own.
  const createdAt = fc.oneof(
    fc
      .constantFrom('Sat Nov 21 2026 10:00:00 GMT+0100', '2026-11-21T10:00:00Z', '')
      .map((known) => Buffer.from(known)),
    text(64),
  );
  const members = together(
    field(text(FIELD_LIMITS.metadataId), (value) => bytesField(1, value)),
    optional(createdAt, (value) => bytesField(2, value)),
    optional(trace, (parts) => bytesField(3, Buffer.concat(parts))),
  );
  return optional(members, (parts) => bytesField(number, Buffer.concat(parts)));
}

function profile({ profiles }: Documents): Fields {
  const name = fc.oneof(
    { arbitrary: fc.constantFrom(...profiles).map((known) => Buffer.from(known)), weight: 8 },
    { arbitrary: text(FIELD_LIMITS.profile), weight: 1 },
  );
  return field(name, (value) => bytesField(1, value));
}

const format = (number: number): Fields =>
  optional(fc.constantFrom(0n, 1n, 1n, 2n, -1n, 2n ** 31n, 2n ** 32n, 2n ** 63n), (value) =>
    varintField(number, value),
  );

function hashFields(documents: Documents): Fields {
  // Around the sizes from which on a thread of its own does the work.
  const sizes = [0, 1, 135, 136, 8191, 8192, 8193, 32_767, 32_768, 65_535, 65_536, 65_537];
  const input = fc.oneof(
    {
      arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      weight: 100,
    },
    { arbitrary: fc.constantFrom(...sizes).map((size) => Buffer.alloc(size, 7)), weight: 15 },
    {
      arbitrary: fc
        .constantFrom(-1, 0, 1)
        .map((more) => Buffer.alloc(FIELD_LIMITS.hashInput + more, 7)),
      weight: 1,
    },
  );
  return together(
    profile(documents),
    field(input, (value) => bytesField(2, value)),
    metadata(3),
    format(4),
  );
}

const healthFields: Fields = together(
  optional(
    fc.oneof(
      fc
        .constantFrom('', 'CryptoBroker.CryptoGrpc', 'grpc.health.v1.Health')
        .map((known) => Buffer.from(known)),
      text(80),
    ),
    (value) => bytesField(1, value),
  ),
);

const SUBJECTS = [
  'CN=x',
  'C=DE, O=Test Org, OU=Dev, CN=test',
  'CN=x,,CN=y',
  'CN=',
  'cn=x',
  'DC=x',
  'CN',
  '=x',
  ',',
  ' ',
  'CN=a=b',
  'C=DEU',
  'C=ü',
  'CN=\u0001',
  'CN=ü€\ud83d\ude00',
  'OU=*',
  `CN=${'x'.repeat(64)}`,
  `CN=${'x'.repeat(65)}`,
];

/** A request that can be answered, but for its profile, times, subject and locations. */
function soundCertificateRequest(documents: Documents): fc.Arbitrary<AnyRequest> {
  const { signingProfiles, csrs, caKeys, caCertificates, pairs } = documents;
  const nothing = Buffer.alloc(0);
  const pair = fc.integer({ min: 0, max: pairs - 1 });
  return fc
    .tuple(
      fc.constantFrom(...signingProfiles),
      fc.constantFrom(...csrs.slice(0, 3)),
      pair,
      choices(documents),
    )
    .map(([profileName, csr, index, chosen]) => ({
      path: SIGN_CERTIFICATE,
      message: Buffer.concat([
        bytesField(1, profileName),
        bytesField(2, csr),
        bytesField(3, caKeys[index] ?? nothing),
        bytesField(4, caCertificates[index] ?? nothing),
        ...chosen,
      ]),
    }));
}

function certificateFields(documents: Documents): Fields {
  const { csrs, caKeys, caCertificates, pairs } = documents;
  const ca = fc.oneof(
    {
      arbitrary: fc
        .integer({ min: 0, max: pairs - 1 })
        .map((pair) => [caKeys[pair], caCertificates[pair]] as const),
      weight: 6,
    },
    {
      arbitrary: fc.tuple(fc.constantFrom(...caKeys), fc.constantFrom(...caCertificates)),
      weight: 1,
    },
  );
  const nothing = Buffer.alloc(0);
  const authority: Fields = fc
    .tuple(
      ca.chain(([key = nothing, certificate = nothing]) => {
        return fc.tuple(mutated(key), mutated(certificate));
      }),
    )
    .map(([[key, certificate]]) => [bytesField(3, key), bytesField(4, certificate)]);
  return together(
    profile(documents),
    field(fc.constantFrom(...csrs).chain(mutated), (value) => bytesField(2, value)),
    authority,
    choices(documents),
  );
}

/** The fields of a request for a certificate that may be left out. */
function choices({ now }: Documents): Fields {
  // Some way off the limits, for the two servers do not look at their clocks at the same time.
  const day = 86_400n;
  const times = [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 253_402_300_800n].concat(
    [-day, -3700n, -3500n, 0n, 60n, day, 364n * day, 366n * day].map((off) => BigInt(now) + off),
  );
  const time = (number: number): Fields =>
    optional(fc.constantFrom(...times), (value) => varintField(number, value));
  const subject = fc.oneof(
    fc.constantFrom(...SUBJECTS).map((value) => Buffer.from(value)),
    text(FIELD_LIMITS.subject),
  );
  const location = fc.oneof(
    { arbitrary: fc.constantFrom(...CRL_LOCATIONS).map((url) => Buffer.from(url)), weight: 6 },
    { arbitrary: text(FIELD_LIMITS.crlDistributionPoint), weight: 1 },
    { arbitrary: fc.webUrl({ withFragments: true }).map((url) => Buffer.from(url)), weight: 2 },
  );
  const locations = fc.oneof(
    { arbitrary: fc.array(location, { maxLength: 2 }), weight: 6 },
    {
      arbitrary: fc
        .constantFrom(15, 16, 17)
        .map((count) => Array.from({ length: count }, () => Buffer.from('http://a.example/'))),
      weight: 1,
    },
  );
  return together(
    metadata(5),
    time(6),
    time(7),
    optional(subject, (value) => bytesField(8, value)),
    optional(locations, (all) => Buffer.concat(all.map((value) => bytesField(9, value)))),
    format(10),
  );
}

/** A document, with an octet changed, cut off or put in now and then. */
function mutated(document: Uint8Array): fc.Arbitrary<Uint8Array> {
  if (document.length === 0) return fc.constant(document);
  const at = fc.integer({ min: 0, max: document.length - 1 });
  const octet = fc.integer({ min: 0, max: 255 });
  return fc.oneof(
    { arbitrary: fc.constant(document), weight: 16 },
    {
      arbitrary: fc.tuple(at, octet).map(([index, value]) => {
        const changed = Buffer.from(document);
        changed[index] = value;
        return changed;
      }),
      weight: 4,
    },
    { arbitrary: at.map((index) => document.subarray(0, index)), weight: 1 },
    {
      arbitrary: fc
        .tuple(at, octet)
        .map(([index, value]) =>
          Buffer.concat([document.subarray(0, index), Buffer.of(value), document.subarray(index)]),
        ),
      weight: 1,
    },
  );
}

/** What no reader of the message knows: each is passed over, or makes the whole message malformed. */
const UNKNOWN_FIELDS: readonly Buffer[] = [
  varintField(99, 1),
  varintField(536_870_911, 1),
  bytesField(77, 'unknown'),
  Buffer.concat([tag(78, WIRE.fixed64), Buffer.alloc(8)]),
  Buffer.concat([tag(79, WIRE.fixed32), Buffer.alloc(4)]),
  Buffer.concat([tag(80, WIRE.startGroup), varintField(1, 1), tag(80, WIRE.endGroup)]),
  Buffer.concat([tag(80, WIRE.startGroup), tag(81, WIRE.endGroup)]),
  Buffer.concat([tag(80, WIRE.startGroup), bytesField(1, 'x')]),
  Buffer.concat(Array.from({ length: 200 }, () => tag(80, WIRE.startGroup))),
  tag(80, WIRE.endGroup),
  tag(0, WIRE.varint),
  Buffer.concat([tag(0, WIRE.bytes), Buffer.of(0)]),
  tag(5, 6),
  tag(5, 7),
  // The known fields in other types than theirs.
  varintField(1, 5),
  varintField(2, 5),
  varintField(3, 5),
  bytesField(4, 'x'),
  bytesField(6, 'x'),
  bytesField(10, Buffer.of(1)),
  Buffer.concat([tag(1, WIRE.fixed32), Buffer.alloc(4)]),
  Buffer.concat([tag(4, WIRE.fixed64), Buffer.alloc(8)]),
  // Numbers that are longer than they need to be, or than they may be.
  Buffer.concat([varint(99n << 3n, 3), Buffer.of(1)]),
  varintField(4, 1, 3),
  varintField(4, 1, 9),
  varintField(4, 1, 10),
  Buffer.concat([tag(4, WIRE.varint), Buffer.alloc(11, 0xff)]),
  Buffer.concat([tag(4, WIRE.varint), Buffer.alloc(9, 0xff), Buffer.of(0x02)]),
  Buffer.concat([tag(1, WIRE.bytes), varint(3, 2), Buffer.from('abc')]),
  Buffer.concat([tag(1, WIRE.bytes), varint(2n ** 32n), Buffer.from('abc')]),
  Buffer.concat([tag(1, WIRE.bytes), varint(2n ** 64n - 1n), Buffer.from('abc')]),
  Buffer.concat([tag(1, WIRE.bytes), varint(2n ** 32n + 3n), Buffer.from('abc')]),
  Buffer.concat([varint(2n ** 32n + 8n), Buffer.of(1)]),
  Buffer.concat([varint((2n ** 29n) << 3n), Buffer.of(1)]),
  Buffer.from('ffffffffffffffffffff01', 'hex'),
];

/** The message of some fields, mostly as they are. */
function damaged(fields: readonly Buffer[]): fc.Arbitrary<Uint8Array> {
  const whole = Buffer.concat(fields);
  const at = fc.integer({ min: 0, max: whole.length });
  const unknown = fc.constantFrom(...UNKNOWN_FIELDS);
  return fc.oneof(
    { arbitrary: fc.constant(whole), weight: 12 },
    { arbitrary: fc.shuffledSubarray([...fields]).map((some) => Buffer.concat(some)), weight: 1 },
    {
      arbitrary: fc
        .tuple(unknown, fc.nat({ max: fields.length }))
        .map(([extra, index]) =>
          Buffer.concat([...fields.slice(0, index), extra, ...fields.slice(index)]),
        ),
      weight: 4,
    },
    { arbitrary: at.map((length) => whole.subarray(0, length)), weight: 1 },
    {
      arbitrary: fc.tuple(at, fc.nat({ max: 7 })).map(([index, bit]) => {
        const changed = Buffer.from(whole);
        if (index < changed.length)
          changed.writeUInt8(changed.readUInt8(index) ^ (1 << bit), index);
        return changed;
      }),
      weight: 3,
    },
    {
      arbitrary: fc
        .tuple(at, fc.uint8Array({ minLength: 1, maxLength: 6 }))
        .map(([index, noise]) =>
          Buffer.concat([whole.subarray(0, index), noise, whole.subarray(index)]),
        ),
      weight: 2,
    },
  );
}
