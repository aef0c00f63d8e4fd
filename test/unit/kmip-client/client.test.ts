import { describe, expect, it } from 'vitest';
import { KmipOperationError, operations } from '../../../src/kmip-client/index.ts';
import { AttributeSet } from '../../../src/kmip/attributes/attribute-set.ts';
import { activate } from '../../../src/kmip/payloads/activate.ts';
import { get } from '../../../src/kmip/payloads/get.ts';
import { OPERATION, REVOCATION_REASON_CODE } from '../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../src/kmip/ttlv/reader.ts';
import { revoke } from '../../../src/kmip/payloads/revoke.ts';
import { asFailure, failureOf } from '../../support/failures.ts';
import { respond, scriptedClient, type Script } from './support.ts';

const FAILED = 1;
const KEY = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

const activated = (uid: string) => ({
  operation: OPERATION.activate,
  status: 0,
  payload: (writer: Parameters<typeof activate.encodeResponse>[0]) => {
    activate.encodeResponse(writer, { uid }, 14);
  },
});

const keyOf = (uid: string) => ({
  operation: OPERATION.get,
  status: 0,
  payload: (writer: Parameters<typeof get.encodeResponse>[0]) => {
    get.encodeResponse(
      writer,
      {
        uid,
        object: {
          kind: 'symmetric-key',
          keyBlock: { keyFormatType: 1, keyMaterial: KEY, attributes: AttributeSet.empty },
        },
      },
      14,
    );
  },
});

describe('a request', () => {
  it('of one operation has no item id, says how much it takes, and names no credential', async () => {
    const { client, requests } = scriptedClient(() => respond(14, [activated('a')]));
    await client.activate('a');
    expect(requests[0]?.header).toMatchObject({
      version: 14,
      maximumResponseSize: 8192,
      hasAuthentication: false,
      batchCount: 1,
    });
    expect(requests[0]?.items[0]).not.toHaveProperty('itemId');
  });

  it('carries the correlation id of the client from KMIP 1.4 on, where there is a place for it', async () => {
    for (const [version, sent] of [
      [13, undefined],
      [14, 'order 7'],
      [21, 'order 7'],
    ] as const) {
      const { client, requests } = scriptedClient(() => respond(version, [activated('a')]), {
        version,
        correlationId: 'order 7',
      });
      await client.activate('a');
      expect(requests[0]?.header.clientCorrelationValue).toBe(sent);
    }
  });

  it('is in the version of the client', async () => {
    for (const version of [10, 12, 20, 21] as const) {
      const { client, requests } = scriptedClient(() => respond(version, [activated('a')]), {
        version,
      });
      await client.activate('a');
      expect(requests[0]?.header.version).toBe(version);
    }
  });

  it('of several operations numbers them, and takes each answer by its number', async () => {
    const { client, requests } = scriptedClient(({ items }) =>
      respond(
        14,
        items.map(({ itemId }, index) => ({ ...activated(`uid ${index}`), itemId })),
      ),
    );
    const outcomes = await client.request([operations.activate('a'), operations.activate('b')]);
    expect(outcomes).toEqual([
      { ok: true, result: 'uid 0' },
      { ok: true, result: 'uid 1' },
    ]);
    expect(
      requests[0]?.items.map(({ itemId }) => Buffer.from(itemId ?? []).toString('hex')),
    ).toEqual(['0000000000000001', '0000000000000002']);
  });

  it('of an operation that the version does not have is not sent', async () => {
    const { client, requests } = scriptedClient(() => undefined, { version: 10 });
    expect(await failureOf(() => client.discoverVersions())).toEqual({
      code: 'KMIP_VERSION_UNSUPPORTED',
      message: 'there is no Discover Versions in KMIP 1.0',
    });
    expect(requests).toEqual([]);
  });

  it('names the ID placeholder by naming nothing', async () => {
    const { client, requests } = scriptedClient(() => undefined, { timeoutMs: 20 });
    await failureOf(() => client.createAndGet({ length: 128, usageMask: 12 }));
    const [, second] = requests[0]?.items ?? [];
    const reader = new TtlvReader(second?.payload ?? new Uint8Array());
    expect(get.decodeRequest(reader, 14)).toMatchObject({ uid: { kind: 'placeholder' } });
  });

  it('carries what a revocation is for', async () => {
    const { client, requests } = scriptedClient(() => undefined, { timeoutMs: 20 });
    await failureOf(() =>
      client.revoke('a', {
        reason: REVOCATION_REASON_CODE.keyCompromise,
        message: 'found on a bus',
        compromiseOccurrenceDate: 1_700_000_000n,
      }),
    );
    const reader = new TtlvReader(requests[0]?.items[0]?.payload ?? new Uint8Array());
    expect(revoke.decodeRequest(reader, 14)).toEqual({
      uid: { kind: 'text', uid: 'a' },
      reasonCode: 2,
      reasonMessage: 'found on a bus',
      compromiseOccurrenceDate: 1_700_000_000n,
    });
  });
});

describe('a key that comes back', () => {
  it("is the caller's own, and the message around it is wiped", async () => {
    const seen: Buffer[] = [];
    const script: Script = () => respond(14, [keyOf('a')]);
    const { client, socket } = scriptedClient(script);
    socket.prependListener('data', (chunk: Buffer) => seen.push(chunk));
    const { material } = await client.get('a');
    expect(Buffer.from(material)).toEqual(KEY);
    expect(seen.every((chunk) => !chunk.includes(KEY))).toBe(true);
  });
});

describe('a refusal', () => {
  it('says which operation, why, and in what words', async () => {
    const { client } = scriptedClient(() =>
      respond(14, [
        {
          operation: OPERATION.get,
          status: FAILED,
          reason: 0x01,
          message: 'Could not locate object.',
        },
      ]),
    );
    const error = await client.get('a').catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(KmipOperationError);
    expect(error).toMatchObject({
      code: 'KMIP_FAILED',
      message: 'get refused, item not found: could not locate object',
      operation: 'Get',
      status: FAILED,
      reason: 0x01,
      reasonName: 'item not found',
    });
  });

  it('is shown without what would move a cursor', async () => {
    const { client } = scriptedClient(() =>
      respond(14, [
        { operation: OPERATION.activate, status: FAILED, reason: 0x7777, message: 'a\u001b[2J\nb' },
      ]),
    );
    expect(await failureOf(() => client.activate('a'))).toEqual({
      code: 'KMIP_FAILED',
      message: 'activate refused, reason 0x7777: a\\u001b[2J\\u000ab',
    });
  });

  it('of the whole message may be in another version', async () => {
    const { client } = scriptedClient(
      () => respond(10, [{ status: FAILED, reason: 0x04, message: 'unsupported version' }]),
      { version: 21 },
    );
    expect(await failureOf(() => client.activate('a'))).toEqual({
      code: 'KMIP_FAILED',
      message: 'request refused, invalid message: unsupported version',
    });
  });

  it('leaves the client usable', async () => {
    const { client } = scriptedClient((_, index) =>
      respond(14, [
        index === 0 ? { operation: OPERATION.activate, status: FAILED, reason: 1 } : activated('a'),
      ]),
    );
    await failureOf(() => client.activate('a'));
    await expect(client.activate('a')).resolves.toBeUndefined();
  });

  it('of an item that stops a batch leaves those behind it unrun', async () => {
    const id = (index: number): Buffer => Buffer.from([0, 0, 0, 0, 0, 0, 0, index]);
    const { client } = scriptedClient(() =>
      respond(14, [
        { ...activated('a'), itemId: id(1) },
        { operation: OPERATION.activate, itemId: id(2), status: FAILED, reason: 0x0c },
      ]),
    );
    const outcomes = await client.request([
      operations.activate('a'),
      operations.activate('b'),
      operations.activate('c'),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect(outcomes[2]).toMatchObject({
      error: { message: expect.stringContaining('not run, since an earlier') as string },
    });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['is of another operation', respond(14, [{ operation: OPERATION.destroy, status: 0 }])],
    ['is in another version', respond(13, [activated('a')])],
    ['has no items', respond(14, [])],
    ['has more items than were asked for', respond(14, [activated('a'), activated('a')])],
    ['has another batch count than items', respond(14, [activated('a')], 2)],
    ['succeeds without its payload', respond(14, [{ operation: OPERATION.activate, status: 0 }])],
    [
      'succeeds with the payload of another operation',
      respond(14, [
        {
          ...activated('a'),
          payload: (writer) => {
            writer.begin(TAG.responsePayload);
            writer.integer(TAG.batchCount, 1);
            writer.end();
          },
        },
      ]),
    ],
  ])('fails when it %s', async (_, answer) => {
    const { client } = scriptedClient(() => answer);
    expect(await failureOf(() => client.activate('a'))).toMatchObject({
      code: 'KMIP_RESPONSE_MALFORMED',
    });
  });

  it('fails when the items of a batch are mixed up', async () => {
    const { client } = scriptedClient(({ items }) =>
      respond(
        14,
        items.toReversed().map(({ itemId }) => ({ ...activated('a'), itemId })),
      ),
    );
    expect(
      await failureOf(() => client.request([operations.activate('a'), operations.activate('b')])),
    ).toMatchObject({ code: 'KMIP_RESPONSE_MALFORMED' });
  });

  it('fails when a batch that goes on comes back short', async () => {
    const { client } = scriptedClient(() =>
      respond(14, [{ operation: OPERATION.activate, status: FAILED, itemId: Buffer.alloc(8) }]),
    );
    const batch = [operations.activate('a'), operations.activate('b')] as const;
    expect(
      await failureOf(() => client.request(batch, { errorContinuation: 'continue' })),
    ).toMatchObject({ code: 'KMIP_RESPONSE_MALFORMED' });
  });

  it('never ends in anything but a stable code, whatever byte is changed', async () => {
    const good = respond(14, [keyOf('a')]);
    for (let at = 8; at < good.length; at += 1) {
      const answer = Buffer.from(good);
      answer[at] = (answer[at] ?? 0) ^ 0xff;
      const { client } = scriptedClient(() => answer);
      try {
        await client.get('a');
      } catch (error) {
        asFailure(error);
      }
    }
  });
});
