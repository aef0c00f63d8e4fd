import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkCodec, fakeEndpointCodec } from '../../src/broker/wire/development.ts';
import { hashDataCodec } from '../../src/broker/wire/hash-data.ts';
import { healthCodec } from '../../src/grpc/health-methods.ts';
import { signCertificateCodec } from '../../src/broker/wire/sign-certificate.ts';
import { BrokerError } from '../../src/errors/index.ts';
import {
  HashDataRequest,
  SignCertificateRequest,
} from '../../src/generated/cryptobroker/server_view.ts';
import { checkMessage } from '../../src/grpc/strict-decode.ts';
import { longRun } from '../support/environment.ts';

const RUNS = { numRuns: longRun ? 100_000 : 2000 };

const DECODERS = [
  hashDataCodec.decode,
  signCertificateCodec.decode,
  benchmarkCodec.decode,
  fakeEndpointCodec.decode,
  healthCodec.decode,
];

/** True when the decoder takes the bytes; any other end than MESSAGE_MALFORMED fails the test. */
function accepts(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(BrokerError);
    expect((error as BrokerError).code).toBe('MESSAGE_MALFORMED');
    return false;
  }
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const blob = fc.uint8Array({ maxLength: 200 });
const metadata = fc.option(
  fc.record({
    id: text,
    traceContext: fc.option(
      fc.record({
        traceId: text,
        spanId: text,
        traceFlags: text,
        traceState: text,
        correlationId: text,
      }),
      { nil: undefined },
    ),
  }),
  { nil: undefined },
);
const seconds = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined });
const hashRequest = fc.record({
  profile: text,
  input: blob,
  metadata,
  outputFormat: fc.integer({ min: -5, max: 5 }),
});
const signRequest = fc.record({
  profile: text,
  csr: blob,
  caPrivateKey: blob,
  caCert: blob,
  metadata,
  validNotBefore: seconds,
  validNotAfter: seconds,
  subject: fc.option(text, { nil: undefined }),
  crlDistributionPoints: fc.array(text, { maxLength: 20 }),
  outputFormat: fc.integer({ min: 0, max: 2 }),
});

/** A valid request with some of its bytes changed, lost or doubled. */
const damaged = fc
  .tuple(
    fc.oneof(
      hashRequest.map((request) => HashDataRequest.encode(request).finish()),
      signRequest.map((request) => SignCertificateRequest.encode(request).finish()),
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('set', 'drop', 'double')), {
      maxLength: 4,
    }),
  )
  .map(([bytes, damages]) => {
    const result = [...bytes];
    for (const [position, value, kind] of damages) {
      const at = result.length === 0 ? 0 : position % result.length;
      if (kind === 'set') result[at] = value;
      else
        result.splice(at, kind === 'drop' ? 1 : 0, ...(kind === 'double' ? [result[at] ?? 0] : []));
    }
    return Uint8Array.from(result);
  });

describe('requests on the wire', () => {
  it('end as a request or as MESSAGE_MALFORMED, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
        for (const decode of DECODERS) accepts(decode, bytes);
      }),
      RUNS,
    );
  });

  it('mean what their sender wrote', () => {
    fc.assert(
      fc.property(hashRequest, (request) => {
        const { format, ...rest } = hashDataCodec.decode(HashDataRequest.encode(request).finish());
        const { outputFormat, ...sent } = request;
        expect(rest).toEqual(sent);
        expect(format).toBe(outputFormat === 1 ? 'raw' : 'hex');
      }),
      RUNS,
    );
    fc.assert(
      fc.property(signRequest, (request) => {
        const read = signCertificateCodec.decode(SignCertificateRequest.encode(request).finish());
        const {
          validNotBefore: notBefore,
          validNotAfter: notAfter,
          outputFormat,
          ...sent
        } = request;
        expect(read).toEqual({
          ...sent,
          notBefore,
          notAfter,
          format: outputFormat === 1 ? 'pem' : 'der',
        });
      }),
      RUNS,
    );
  });

  it('are never read twice in two ways: what is accepted is read to its last byte', () => {
    // Two whole messages in a row are one whole message (protobuf: last value wins), so a decoder that had stopped
    // early in the first one would now read the second one's fields differently.
    fc.assert(
      fc.property(damaged, hashRequest, (first, second) => {
        if (!accepts(hashDataCodec.decode, first)) return;
        const marked = HashDataRequest.encode({
          ...second,
          profile: 'marked',
          outputFormat: 1,
        }).finish();
        const both = hashDataCodec.decode(Buffer.concat([first, marked]));
        expect(both).toMatchObject({ profile: 'marked', format: 'raw' });
      }),
      RUNS,
    );
  });

  it('are checked in bounded time, whatever they claim', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 8 }), (pattern) => {
        const bytes = Buffer.alloc(2 * 1024 * 1024, pattern);
        const start = performance.now();
        try {
          checkMessage(bytes, { 1: 'string', 3: { 1: 'string' } });
        } catch {
          // Most patterns are no message.
        }
        expect(performance.now() - start).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});
