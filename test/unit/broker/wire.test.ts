import { describe, expect, it } from 'vitest';
import type { HashDataResult } from '../../../src/broker/methods/hash-data.ts';
import { benchmarkCodec, fakeEndpointCodec } from '../../../src/broker/wire/development.ts';
import { hashDataCodec } from '../../../src/broker/wire/hash-data.ts';
import { signCertificateCodec } from '../../../src/broker/wire/sign-certificate.ts';
import {
  BenchmarkResponse,
  FakeEndpointResponse,
  HashDataRequest,
  HashDataResponse,
  SignCertificateRequest,
  SignCertificateResponse,
} from '../../../src/generated/cryptobroker/crypto_broker.ts';

const TRACE = {
  traceId: 't',
  spanId: 's',
  traceFlags: '01',
  traceState: 'x=y',
  correlationId: 'c',
};
const DESCRIPTOR = { profile: 'P', operation: 'HashData', algorithm: 'sha-256' } as const;

const hashRequest = (outputFormat: number): Uint8Array =>
  HashDataRequest.encode({
    profile: 'P',
    input: Buffer.from('abc'),
    metadata: { id: 'i', traceContext: TRACE },
    outputFormat: outputFormat as 0,
  }).finish();

const SIGN_REQUEST = SignCertificateRequest.encode({
  profile: 'P',
  csr: 'csr',
  caPrivateKey: 'key',
  caCert: 'cert',
  metadata: { id: 'i' },
  validNotBefore: 1n,
  validNotAfter: 2n ** 64n - 1n,
  subject: 'CN=x',
  crlDistributionPoints: ['http://a/', 'http://b/'],
  outputFormat: 1,
}).finish();

describe('HashData', () => {
  it.each([
    [0, 'hex'],
    [1, 'raw'],
    [2, 'hex'],
    [-1, 'hex'],
    [2147483647, 'hex'],
  ])('reads format %i as %s', (number, format) => {
    expect(hashDataCodec.decode(hashRequest(number))).toMatchObject({ profile: 'P', format });
  });

  it('reads whatever older clients put into field 2 of the metadata, by not reading it', () => {
    const timestamps = [
      'Sat Nov 21 2026 10:00:00 GMT+0000',
      '2026-11-21T10:00:00Z',
      '\u0000\u00ff',
    ];
    for (const createdAt of timestamps) {
      const text = Buffer.from(createdAt);
      const metadata = Buffer.concat([Buffer.from([0x0a, 1, 0x69, 0x12, text.length]), text]);
      const message = Buffer.concat([
        Buffer.from([0x0a, 1, 0x50, 0x1a, metadata.length]),
        metadata,
      ]);
      expect(hashDataCodec.decode(message).metadata).toEqual({ id: 'i', traceContext: undefined });
    }
  });

  it('answers with exactly one form of the hash, the descriptor, and the echoed metadata', () => {
    const { metadata } = hashDataCodec.decode(hashRequest(0));
    const result: HashDataResult = {
      value: { format: 'hex', hex: '00ff' },
      descriptor: DESCRIPTOR,
      metadata: { request: metadata },
    };
    expect(HashDataResponse.decode(hashDataCodec.encode(result))).toEqual({
      hashAlgorithm: 'sha-256',
      metadata: { id: 'i', deprecation: undefined, traceContext: TRACE },
      hashValue: { $case: 'hashValueHex', value: '00ff' },
      descriptor: DESCRIPTOR,
    });
    const raw = hashDataCodec.encode({
      ...result,
      value: { format: 'raw', bytes: Buffer.from([1, 2]) },
    });
    expect(HashDataResponse.decode(raw).hashValue).toEqual({
      $case: 'hashValueRaw',
      value: new Uint8Array([1, 2]),
    });
  });

  it('warns of an outdated profile, also when the request had no metadata', () => {
    const encoded = hashDataCodec.encode({
      value: { format: 'hex', hex: '' },
      descriptor: DESCRIPTOR,
      metadata: {
        request: undefined,
        deprecation: { profile: 'P', replacedBy: 'Q', reason: 'old' },
      },
    });
    expect(HashDataResponse.decode(encoded).metadata).toEqual({
      id: '',
      traceContext: undefined,
      deprecation: {
        profile: 'P',
        replacedBy: 'Q',
        deprecatedSince: undefined,
        removeAfter: undefined,
        reason: 'old',
      },
    });
  });
});

describe('SignCertificate', () => {
  it('reads every field, times as 64-bit numbers', () => {
    const { csr, caPrivateKey, caCert, ...rest } = signCertificateCodec.decode(SIGN_REQUEST);
    expect([csr, caPrivateKey, caCert].map((value) => Buffer.from(value).toString())).toEqual([
      'csr',
      'key',
      'cert',
    ]);
    expect(rest).toEqual({
      profile: 'P',
      metadata: { id: 'i', traceContext: undefined },
      notBefore: 1n,
      notAfter: 2n ** 64n - 1n,
      subject: 'CN=x',
      crlDistributionPoints: ['http://a/', 'http://b/'],
      format: 'pem',
    });
  });

  it('reads the key in place: wiping the message wipes it', () => {
    const message = Buffer.from(SIGN_REQUEST);
    const { caPrivateKey } = signCertificateCodec.decode(message);
    message.fill(0);
    expect(Buffer.from(caPrivateKey)).toEqual(Buffer.alloc(3));
  });

  it('accepts a key that is not UTF-8: it is bytes here', () => {
    const message = Buffer.from([0x1a, 2, 0xff, 0xfe]);
    expect(Buffer.from(signCertificateCodec.decode(message).caPrivateKey)).toEqual(
      Buffer.from([0xff, 0xfe]),
    );
  });

  it('answers with exactly one form of the certificate', () => {
    const result = {
      certificate: Buffer.from('abc'),
      descriptor: DESCRIPTOR,
      metadata: { request: undefined },
    };
    const answers = (['pem', 'der'] as const).map((format) =>
      SignCertificateResponse.decode(signCertificateCodec.encode({ ...result, format })),
    );
    expect(answers.map(({ signedCertificate }) => signedCertificate)).toEqual([
      { $case: 'pem', value: 'abc' },
      { $case: 'der', value: new Uint8Array(Buffer.from('abc')) },
    ]);
    expect(answers[0]?.metadata).toBeUndefined();
  });
});

describe('development methods', () => {
  it('carry timings as the JSON of the original', () => {
    const encoded = benchmarkCodec.encode({
      results: [
        { name: 'A', avgTime: 1 },
        { name: 'B', avgTime: 22 },
      ],
      metadata: { request: { id: 'i' } },
    });
    const { benchmarkResults, metadata } = BenchmarkResponse.decode(encoded);
    expect(benchmarkResults).toBe(
      '{"results":[{"name":"A","avgTime":1},{"name":"B","avgTime":22}]}',
    );
    expect(metadata?.id).toBe('i');
  });

  it('carry the message of the fake endpoint', () => {
    const encoded = fakeEndpointCodec.encode({ message: 'm', metadata: { request: undefined } });
    expect(FakeEndpointResponse.decode(encoded)).toEqual({ message: 'm', metadata: undefined });
  });
});
