import { describe, expect, it } from 'vitest';
import * as wire from '../../../src/generated/cryptobroker/crypto_broker.ts';
import { clientOver, FakeTransport } from './fake-transport.ts';

const descriptor = { profile: 'Default', operation: 'HashData', algorithm: 'sha3-512' };

function answering(answer: Partial<wire.HashDataResponse>): FakeTransport {
  return new FakeTransport(() =>
    wire.HashDataResponse.encode({
      hashAlgorithm: 'sha3-512',
      hashValue: { $case: 'hashValueHex', value: 'abcd' },
      descriptor,
      metadata: { id: 'id-1' },
      ...answer,
    }).finish(),
  );
}

describe('hashData', () => {
  it('sends what the released clients send, and returns the hexadecimal hash with its record', async () => {
    const transport = answering({});
    const result = await clientOver(transport).hashData({ profile: 'Default', input: 'grüße' });
    expect(result).toEqual({
      algorithm: 'sha3-512',
      hex: 'abcd',
      descriptor,
      metadata: {
        id: 'id-1',
        correlationId: undefined,
        traceContext: undefined,
        deprecation: undefined,
      },
    });
    const request = transport.only();
    expect(request.path).toBe('/CryptoBroker.CryptoGrpc/HashData');
    const sent = wire.HashDataRequest.decode(request.bytes);
    expect({ ...sent, input: Buffer.from(sent.input) }).toEqual({
      profile: 'Default',
      input: Buffer.from('grüße', 'utf8'),
      metadata: { id: 'id-1', deprecation: undefined, traceContext: undefined },
      outputFormat: wire.HashDataOutputFormat.HASH_DATA_OUTPUT_FORMAT_HEX,
    });
  });

  it('returns bytes when raw is asked for', async () => {
    const transport = answering({
      hashValue: { $case: 'hashValueRaw', value: Buffer.from([1, 2]) },
    });
    const result = await clientOver(transport).hashData({
      profile: 'P',
      input: '',
      outputFormat: 'raw',
    });
    expect(Buffer.from(result.raw)).toEqual(Buffer.from([1, 2]));
    expect(wire.HashDataRequest.decode(transport.only().bytes).outputFormat).toBe(1);
  });

  it('hashes exactly the bytes of a view into a larger buffer', async () => {
    const transport = answering({});
    const view = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4);
    await clientOver(transport).hashData({ profile: 'P', input: view });
    expect(Buffer.from(wire.HashDataRequest.decode(transport.only().bytes).input)).toEqual(
      Buffer.from([1, 2, 3]),
    );
  });

  it('sends correlation id and trace context, and reads them and a deprecation back', async () => {
    const deprecation = {
      profile: 'P',
      replacedBy: 'Q',
      reason: 'weak',
      deprecatedSince: undefined,
      removeAfter: undefined,
    };
    const trace = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: '01',
      traceState: 'a=b',
    };
    const traceContext = { ...trace, correlationId: 'order-7' };
    const transport = answering({ metadata: { id: 'id-1', traceContext, deprecation } });
    const { metadata } = await clientOver(transport).hashData({
      profile: 'P',
      input: 'x',
      correlationId: 'order-7',
      traceContext: trace,
    });
    expect(wire.HashDataRequest.decode(transport.only().bytes).metadata?.traceContext).toEqual(
      traceContext,
    );
    expect(metadata).toEqual({
      id: 'id-1',
      correlationId: 'order-7',
      traceContext: trace,
      deprecation,
    });
  });

  it('understands a server of 0.4, which sends no descriptor', async () => {
    const result = await clientOver(answering({ descriptor: undefined })).hashData({
      profile: 'P',
      input: 'x',
    });
    expect(result.descriptor).toBeUndefined();
    expect(result.algorithm).toBe('sha3-512');
  });

  it.each([
    [
      'the other format',
      { hashValue: { $case: 'hashValueRaw' as const, value: Buffer.from('x') } },
    ],
    ['no hash', { hashValue: undefined }],
  ])('reports an answer with %s as malformed', async (_, answer) => {
    const hashing = clientOver(answering(answer)).hashData({ profile: 'P', input: 'x' });
    await expect(hashing).rejects.toMatchObject({
      name: 'BrokerError',
      code: 'RESPONSE_MALFORMED',
    });
  });

  it('reports an answer that is not protobuf as malformed', async () => {
    const transport = new FakeTransport(() => new Uint8Array([0x0a, 0xff]));
    const hashing = clientOver(transport).hashData({ profile: 'P', input: 'x' });
    await expect(hashing).rejects.toMatchObject({ code: 'RESPONSE_MALFORMED' });
  });

  it('takes inputs up to 1 MiB and refuses one byte more without sending it', async () => {
    const transport = answering({});
    const client = clientOver(transport);
    await client.hashData({ profile: 'P', input: Buffer.alloc(1_048_576) });
    await expect(
      client.hashData({ profile: 'P', input: Buffer.alloc(1_048_577) }),
    ).rejects.toMatchObject({
      code: 'FIELD_TOO_LARGE',
      field: 'input',
      message: 'input: too large (max 1048576)',
      status: 'INVALID_ARGUMENT',
    });
    expect(transport.sent).toHaveLength(1);
  });

  // What plain JavaScript can pass although the types forbid it is passed here as `never`.
  it.each([
    [{ profile: '', input: 'x' }, 'FIELD_REQUIRED', 'profile: required'],
    [{ input: 'x' }, 'FIELD_REQUIRED', 'profile: required'],
    [{ profile: 'p'.repeat(65), input: 'x' }, 'FIELD_TOO_LARGE', 'profile: too large (max 64)'],
    [{ profile: 7, input: 'x' }, 'INPUT_INVALID', 'profile: must be a string'],
    [{ profile: 'P', input: 7 }, 'INPUT_INVALID', 'input: must be a string or bytes'],
    [{ profile: 'P' }, 'INPUT_INVALID', 'input: must be a string or bytes'],
    [
      { profile: 'P', input: 'x', outputFormat: 'base64' },
      'INPUT_INVALID',
      'outputFormat: must be one of hex, raw',
    ],
    [
      { profile: 'P', input: 'x', correlationId: 'a\nb' },
      'FIELD_NOT_PRINTABLE',
      'metadata.traceContext.correlationId: must contain only printable ASCII characters (0x20-0x7E)',
    ],
    [
      { profile: 'P', input: 'x', traceContext: { traceId: 'a'.repeat(33) } },
      'FIELD_TOO_LARGE',
      'metadata.traceContext.traceId: too large (max 32)',
    ],
  ])('refuses %j without sending it', async (request, code, message) => {
    const transport = answering({});
    const hashing = clientOver(transport).hashData(request as never);
    await expect(hashing).rejects.toMatchObject({ code, message });
    expect(transport.sent).toHaveLength(0);
  });
});
