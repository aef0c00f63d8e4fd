import { describe, expect, it } from 'vitest';

import { decodeRequest } from '../../../../src/kmip/messages/request.ts';
import { decodeResponse } from '../../../../src/kmip/messages/response.ts';
import { PAYLOADS } from '../../../../src/kmip/payloads/index.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import type { KmipVersion } from '../../../../src/kmip/version.ts';
import { GOLDEN, golden, type GoldenMessage } from '../../../support/kmip/golden.ts';
import { AttributeSet } from '../../../../src/kmip/attributes/attribute-set.ts';
import { create } from '../../../../src/kmip/payloads/create.ts';
import { get } from '../../../../src/kmip/payloads/get.ts';
import { locate } from '../../../../src/kmip/payloads/locate.ts';
import { register } from '../../../../src/kmip/payloads/register.ts';
import { setAttribute } from '../../../../src/kmip/payloads/set-attribute.ts';
import { nameAttribute } from '../../../../src/kmip/attributes/build.ts';

/** What PyKMIP writes that may be left out, and is by us: the exchange, and what it is. */
const SAID_SHORTER: Readonly<Record<string, string>> = {
  'get-attributes': 'attribute index 0',
  'get-attributes-all': 'attribute index 0',
  'modify-attribute': 'attribute index 0',
  'delete-attribute': 'attribute index 0',
  rekey: 'an empty template-attribute',
};

/** What PyKMIP leaves out and the specification wants: Attributes of a Locate in 2.0. */
const SAID_LONGER = 'locate-all';

describe.each(['pykmip', 'kmip-go'] as const)('messages that %s wrote', (library) => {
  const versions = [...new Set(GOLDEN[library].map(({ version }) => version))];

  it.each(versions)('are read, and written the same, in %s', (version) => {
    const messages = GOLDEN[library].filter((message) => message.version === version);
    expect(messages.length).toBeGreaterThan(30);
    for (const message of messages) checkMessage(message);
  });
});

function checkMessage(message: GoldenMessage): void {
  const name = `${message.direction} ${message.exchange}`;
  const { items, header } = decode(message);
  expect(items.length, name).toBe(header.batchCount);
  for (const { operation, payload } of items) {
    if (payload === undefined) continue;
    const value = decodePayload(message, operation, payload, header.version);
    const written = encodePayload(message, operation, value, header.version);
    if (message.exchange in SAID_SHORTER) {
      expect(written.length, name).toBeLessThanOrEqual(payload.length);
    } else if (message.exchange === SAID_LONGER && header.version >= 20) {
      expect(written.length, name).toBeGreaterThanOrEqual(payload.length);
    } else {
      expect(Buffer.from(written).toString('hex'), name).toBe(Buffer.from(payload).toString('hex'));
    }
    expect(decodePayload(message, operation, written, header.version), name).toEqual(value);
  }
}

describe('what the messages say', () => {
  it('is the same key in every version of PyKMIP', () => {
    for (const version of ['1.0', '1.1', '1.2', '1.3', '1.4', '2.0']) {
      const { objectType, attributes } = read(create, 'pykmip', version, 'create');
      expect(objectType).toBe(2);
      expect(attributes.enumeration('Cryptographic Algorithm')).toBe(3);
      expect(attributes.integer('Cryptographic Length')).toBe(256);
      expect(attributes.integer('Cryptographic Usage Mask')).toBe(12);
      expect(attributes.get('Name')).toEqual(nameAttribute('alpha').value);
      expect(attributes.text('Operation Policy Name')).toBe(
        version === '2.0' ? undefined : 'default',
      );
    }
  });

  it('is every field of a create that kmip-go can write', () => {
    const { attributes } = read(create, 'kmip-go', '1.4', 'create');
    expect(attributes.names()).toEqual([
      'Cryptographic Algorithm',
      'Cryptographic Length',
      'Cryptographic Usage Mask',
      'Name',
      'Object Group',
      'Application Specific Information',
      'Contact Information',
      'Activation Date',
      'Link',
      'Usage Limits',
      'x-Product_Version',
      'x-Count',
      'Alternative Name',
      'Description',
      'Sensitive',
    ]);
    expect(attributes.all('Name').map(({ index }) => index)).toEqual([0, 1]);
    expect(attributes.text('x-Product_Version')).toBe('8.0');
    expect(attributes.integer('x-Count')).toBe(7);
    expect(attributes.date('Activation Date')).toBe(1_700_000_000n);
    expect(attributes.text('Description')).toBe('grüße');
    expect(attributes.boolean('Sensitive')).toBe(true);
  });

  it('is a page of a search between two dates', () => {
    const request = read(locate, 'kmip-go', '1.4', 'locate');
    expect(request).toMatchObject({
      maximumItems: 5,
      offsetItems: 10,
      storageStatusMask: 1,
      objectGroupMember: 1,
    });
    expect(request.filters.all('Activation Date').map(({ value }) => value)).toEqual([
      { type: 'dateTime', value: 1_700_000_000n },
      { type: 'dateTime', value: 1_700_003_600n },
    ]);
  });

  it('is the bytes of a key that is registered', () => {
    const { object } = read(register, 'pykmip', '1.2', 'register-symmetric-key');
    expect(object).toMatchObject({
      kind: 'symmetric-key',
      keyBlock: {
        keyFormatType: 1,
        keyMaterial: Uint8Array.from({ length: 16 }, (_, index) => index),
        cryptographicAlgorithm: 3,
        cryptographicLength: 128,
        attributes: AttributeSet.empty,
      },
    });
  });

  it('is a secret, and an opaque object, as a client gets them', () => {
    const message = decodeResponse(golden('pykmip', '2.0', 'response', 'get-secret-data'));
    const secret = get.decodeResponse(readerOf(message.items[0]?.payload), 20);
    expect(secret.object).toMatchObject({
      kind: 'secret-data',
      secretDataType: 1,
      keyBlock: { keyMaterial: new TextEncoder().encode('correct horse') },
    });
    const other = decodeResponse(golden('pykmip', '1.0', 'response', 'get-opaque-object'));
    expect(get.decodeResponse(readerOf(other.items[0]?.payload), 10).object).toMatchObject({
      kind: 'opaque-object',
      value: Uint8Array.of(0, 1, 2),
    });
  });

  it('is one attribute to be set in 2.0', () => {
    expect(read(setAttribute, 'pykmip', '2.0', 'set-attribute').attribute).toEqual({
      name: 'Sensitive',
      value: { type: 'boolean', value: true },
    });
  });

  it('is a batch with a credential, which is dropped', () => {
    const { header, items } = decodeRequest(
      golden('kmip-go', '1.2', 'request', 'batch-create-get'),
    );
    expect(header).toEqual({
      version: 12,
      hasAuthentication: true,
      errorContinuation: 'continue',
      asynchronous: 'prohibited',
      timeStamp: 1_700_000_000n,
      batchCount: 2,
    });
    expect(items.map(({ operation }) => operation)).toEqual([1, 10]);
    expect(get.decodeRequest(readerOf(items[1]?.payload), 12).uid).toEqual({ kind: 'placeholder' });
  });

  it('is a failure with its reason', () => {
    const { items } = decodeResponse(golden('kmip-go', '1.4', 'response', 'batch-failed'));
    expect(items[1]).toEqual({
      operation: 10,
      itemId: Uint8Array.of(4),
      status: 1,
      reason: 1,
      message: 'no such object',
    });
  });
});

interface Decoded {
  readonly header: { readonly version: KmipVersion; readonly batchCount: number };
  readonly items: readonly {
    readonly operation?: number;
    readonly payload?: Uint8Array;
  }[];
}

function decode({ direction, bytes }: GoldenMessage): Decoded {
  return direction === 'request' ? decodeRequest(bytes) : decodeResponse(bytes);
}

function decodePayload(
  { direction }: GoldenMessage,
  operation: number | undefined,
  payload: Uint8Array,
  version: KmipVersion,
): unknown {
  const codec = PAYLOADS.get(operation ?? 0);
  const reader = new TtlvReader(payload);
  return direction === 'request'
    ? codec?.decodeRequest(reader, version)
    : codec?.decodeResponse(reader, version);
}

function encodePayload(
  { direction }: GoldenMessage,
  operation: number | undefined,
  value: unknown,
  version: KmipVersion,
): Uint8Array {
  const codec = PAYLOADS.get(operation ?? 0);
  const writer = new TtlvWriter();
  if (direction === 'request') codec?.encodeRequest(writer, value, version);
  else codec?.encodeResponse(writer, value, version);
  return Uint8Array.from(writer.finish());
}

function read<Request>(
  codec: { decodeRequest(reader: TtlvReader, version: KmipVersion): Request },
  library: keyof typeof GOLDEN,
  version: string,
  exchange: string,
): Request {
  const { header, items } = decodeRequest(golden(library, version, 'request', exchange));
  return codec.decodeRequest(readerOf(items[0]?.payload), header.version);
}

function readerOf(payload: Uint8Array | undefined): TtlvReader {
  if (payload === undefined) throw new Error('there is no payload');
  return new TtlvReader(payload);
}
