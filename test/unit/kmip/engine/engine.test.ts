import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../../src/kmip/engine/create-engine.ts';
import { KmipFailure } from '../../../../src/kmip/failure.ts';
import { activate } from '../../../../src/kmip/payloads/activate.ts';
import { OPERATION } from '../../../../src/kmip/tables/enumerations.ts';
import { TAG } from '../../../../src/kmip/tables/tags.ts';
import { TtlvReader } from '../../../../src/kmip/ttlv/reader.ts';
import { TtlvWriter } from '../../../../src/kmip/ttlv/writer.ts';
import { KMIP_VERSIONS } from '../../../../src/kmip/version.ts';
import { deferred } from '../../../support/deferred.ts';
import { answerTo, engineWith, NOW, read, request, success } from './support.ts';

const FAILED = 1;
const UNKNOWN_OPERATION = 0x7777;

describe('the answer to a request', () => {
  it.each(KMIP_VERSIONS)('is in the version of the request and dated: %d', async (version) => {
    const engine = engineWith(() => success('made'));
    const answer = await answerTo(engine, request(version, [{}]));
    expect(answer.header).toEqual({ version, timeStamp: BigInt(NOW), batchCount: 1 });
    expect(answer.items).toMatchObject([{ operation: OPERATION.activate, status: 0 }]);
    const payload = new TtlvReader(answer.items[0]?.payload ?? new Uint8Array());
    expect(activate.decodeResponse(payload, version)).toEqual({ uid: 'made' });
  });

  it('echoes correlation values from 1.4', async () => {
    const engine = engineWith(() => success('a'));
    const values = { clientCorrelationValue: 'mine', serverCorrelationValue: 'yours' };
    const answer = await answerTo(engine, request(14, [{}], values));
    expect(answer.header).toMatchObject(values);
    const older = await answerTo(engine, request(13, [{}], values));
    expect(older.header).not.toHaveProperty('clientCorrelationValue');
  });

  it('tells the executor who asks, until when, and how much room there is', async () => {
    const engine = engineWith(() => success('a'));
    await answerTo(engine, request(14, [{ uid: 'x' }], { maximumResponseSize: 1000 }));
    expect(engine.executed[0]?.context).toMatchObject({
      session: 'session',
      version: 14,
      errorContinuation: 'stop',
      index: 0,
      placeholder: undefined,
      deadline: 1000,
    });
  });
});

describe('a batch', () => {
  const ids = [Buffer.from('a'), Buffer.from([0, 1, 2]), Buffer.alloc(12, 0xff)];

  it('is answered in order with its item ids, byte for byte', async () => {
    const engine = engineWith(() => success('a'));
    const answer = await answerTo(
      engine,
      request(
        14,
        ids.map((itemId) => ({ itemId })),
      ),
    );
    expect(answer.items.map(({ itemId }) => Buffer.from(itemId ?? []))).toEqual(ids);
  });

  it('of one item echoes its id as well, and needs none', async () => {
    const engine = engineWith(() => success('a'));
    const itemId = Buffer.from('QLKC0001');
    const answer = await answerTo(engine, request(11, [{ itemId }]));
    expect(Buffer.from(answer.items[0]?.itemId ?? [])).toEqual(itemId);
    expect((await answerTo(engine, request(11, [{}]))).items[0]).not.toHaveProperty('itemId');
  });

  const failSecond = engineOf((index) => index === 1);
  function engineOf(fails: (index: number) => boolean) {
    return () =>
      engineWith((_, { index }) => {
        if (fails(index)) throw new KmipFailure('itemNotFound', 'there is no such object');
        return success('a');
      });
  }

  it('stops at the first failure and answers what was run', async () => {
    const engine = failSecond();
    const answer = await answerTo(engine, request(14, [{}, {}, {}, {}]));
    expect(answer.header.batchCount).toBe(2);
    expect(answer.items).toMatchObject([
      { status: 0 },
      { status: FAILED, reason: 0x01, message: 'there is no such object', operation: 18 },
    ]);
    expect(answer.items[1]).not.toHaveProperty('payload');
    expect(engine.executed).toHaveLength(2);
  });

  it('goes on after a failure when it asks for that', async () => {
    const answer = await answerTo(
      failSecond(),
      request(20, [{}, {}, {}], { errorContinuation: 'continue' }),
    );
    expect(answer.items.map(({ status, reason }) => [status, reason])).toEqual([
      [0, undefined],
      [FAILED, 0x37],
      [0, undefined],
    ]);
  });

  it('that asks for undo is refused as a whole, and nothing is run', async () => {
    const engine = failSecond();
    const answer = await answerTo(engine, request(14, [{}, {}], { errorContinuation: 'undo' }));
    expect(answer.items).toEqual([
      {
        status: FAILED,
        reason: 0x08,
        message: 'the batch error continuation option undo is not supported',
      },
    ]);
    expect(engine.executed).toEqual([]);
  });

  it('hands the identifier that an item made on to the items after it', async () => {
    const made = ['first', undefined, 'second', undefined];
    const engine = engineWith((_, { index }) => success('a', made[index]));
    await answerTo(engine, request(21, [{}, {}, {}, {}]));
    expect(engine.executed.map(({ context }) => context.placeholder)).toEqual([
      undefined,
      'first',
      'first',
      'second',
    ]);
    const last = engine.executed[3]?.context;
    expect([0, 1, 2, 3, 9, -1].map((index) => last?.uidOfItem(index))).toEqual([
      ...['first', undefined, 'second'],
      ...[undefined, undefined, undefined],
    ]);
  });

  it('forgets that identifier at an item that fails, and at the end of the message', async () => {
    const engine = engineWith((_, { index }) => {
      if (index === 1) throw new KmipFailure('permissionDenied', 'no');
      return success('a', index === 0 ? 'made' : undefined);
    });
    const batch = request(14, [{}, {}, {}], { errorContinuation: 'continue' });
    await answerTo(engine, batch);
    await answerTo(engine, request(14, [{}]));
    expect(engine.executed.map(({ context }) => context.placeholder)).toEqual([
      undefined,
      'made',
      undefined,
      undefined,
    ]);
  });

  it('runs one item after the other, never two at once', async () => {
    const first = deferred();
    let running = 0;
    const engine = engineWith(async (_, { index }) => {
      running += 1;
      expect(running).toBe(1);
      if (index === 0) await first.promise;
      running -= 1;
      return success('a');
    });
    const answer = answerTo(engine, request(14, [{}, {}]));
    await Promise.resolve();
    expect(engine.executed).toHaveLength(1);
    first.resolve();
    expect((await answer).items).toHaveLength(2);
  });

  it('larger than the limit is refused as a whole', async () => {
    const engine = engineWith(() => success('a'));
    const many = request(
      14,
      Array.from({ length: 1000 }, () => ({})),
    );
    await expect(answerTo(engine, many)).resolves.toMatchObject({
      items: [{ status: FAILED, reason: 0x100 }],
    });
    expect(engine.executed).toEqual([]);
  });
});

describe('an item', () => {
  it('of an unknown operation fails by itself, not the message', async () => {
    const engine = engineWith(() => success('a'));
    const items = [{ operation: UNKNOWN_OPERATION, itemId: Buffer.from('1') }, {}];
    const answer = await answerTo(engine, request(14, items, { errorContinuation: 'continue' }));
    expect(answer.items).toMatchObject([
      { operation: UNKNOWN_OPERATION, status: FAILED, reason: 0x05 },
      { operation: OPERATION.activate, status: 0 },
    ]);
    expect(engine.executed).toHaveLength(1);
  });

  it.each([
    ['Discover Versions in 1.0', 10, OPERATION.discoverVersions],
    ['Encrypt in 1.1', 11, OPERATION.encrypt],
    ['Import in 1.3', 13, OPERATION.import],
    ['Set Attribute in 1.4', 14, OPERATION.setAttribute],
  ] as const)(
    'of an operation newer than its version is not supported: %s',
    async (_, version, operation) => {
      const engine = engineWith(() => success('a'));
      const answer = await answerTo(engine, request(version, [{ operation }]));
      expect(answer.items).toMatchObject([{ operation, status: FAILED, reason: 0x05 }]);
      expect(engine.executed).toEqual([]);
    },
  );

  it.each([14, 21] as const)(
    'with a critical extension is refused, one without is run: %d',
    async (version) => {
      for (const critical of [true, false]) {
        const engine = engineWith(() => success('a'));
        const answer = await answerTo(engine, withExtension(version, critical));
        expect(answer.items[0]?.status).toBe(critical ? FAILED : 0);
        if (critical) expect(answer.items[0]?.reason).toBe(0x08);
      }
    },
  );

  it('that fails in the executor for no known reason is a general failure with a fixed text, reported once', async () => {
    const engine = engineWith((_, { index }) => {
      if (index === 0) throw new Error('the secret is 42');
      return success('a');
    });
    const answer = await answerTo(engine, request(14, [{}, {}], { errorContinuation: 'continue' }));
    expect(answer.items).toMatchObject([
      { status: FAILED, reason: 0x100, message: 'the operation failed inside the server' },
      { status: 0 },
    ]);
    expect(engine.faults).toEqual([new Error('the secret is 42')]);
  });

  it('that fails while its payload is written leaves nothing of it in the message', async () => {
    const engine = engineWith(() => ({
      kind: 'success',
      writePayload: (writer) => {
        writer.begin(TAG.responsePayload);
        writer.text(TAG.uniqueIdentifier, 'half an answer');
        const offset = writer.reserve(TAG.keyMaterial, 16);
        writer.buffer.fill(0x5e, offset, offset + 16);
        throw new KmipFailure('cryptographicFailure', 'the key cannot be unwrapped');
      },
    }));
    const response = await engine.handle(request(14, [{}]), 'session', 1000);
    const bytes = Buffer.from(response.bytes);
    expect(bytes.includes('half an answer')).toBe(false);
    expect(Buffer.from(response.bytes.buffer).includes(Buffer.alloc(16, 0x5e))).toBe(false);
    expect(read(response).items).toMatchObject([{ status: FAILED, reason: 0x0a }]);
  });

  it('without a payload is answered without one', async () => {
    const engine = engineWith(() => ({ kind: 'success' }));
    const answer = await answerTo(engine, request(14, [{}]));
    expect(answer.items).toEqual([{ operation: OPERATION.activate, status: 0 }]);
  });
});

describe('a relayed result', () => {
  const payload = (): Uint8Array => {
    const writer = new TtlvWriter();
    activate.encodeResponse(writer, { uid: 'from the core' }, 14);
    return writer.finish();
  };

  it('is passed on as it came, and its identifier is the placeholder', async () => {
    const engine = engineWith(() => ({
      kind: 'relayed',
      status: 0,
      placeholder: 'registered',
      payload: payload(),
    }));
    const answer = await answerTo(engine, request(14, [{}, {}]));
    expect(Buffer.from(answer.items[0]?.payload ?? [])).toEqual(Buffer.from(payload()));
    expect(engine.executed[1]?.context.placeholder).toBe('registered');
  });

  it('that failed stops the batch and keeps its reason and text', async () => {
    const engine = engineWith(() => ({
      kind: 'relayed',
      status: FAILED,
      reason: 0x0c,
      message: 'the core says no',
    }));
    const answer = await answerTo(engine, request(14, [{}, {}]));
    expect(answer.items).toEqual([
      { operation: 18, status: FAILED, reason: 0x0c, message: 'the core says no' },
    ]);
  });

  it.each([
    ['a pending one', { kind: 'relayed', status: 2 }],
    ['a payload that is no item', { kind: 'relayed', status: 0, payload: new Uint8Array(9) }],
  ] as const)('that makes no sense is a fault: %s', async (_, result) => {
    const engine = engineWith(() => result);
    const answer = await answerTo(engine, request(14, [{}]));
    expect(answer.items).toMatchObject([{ status: FAILED, reason: 0x100 }]);
    expect(engine.faults).toHaveLength(1);
  });
});

describe('messages that fail as a whole', () => {
  const engine = engineWith(() => success('a'));
  const good = request(14, [{}]);

  it.each([
    ['1.9', 1, 9, 14, 0x04],
    ['2.9', 2, 9, 21, 0x3f],
    ['3.0', 3, 0, 21, 0x3f],
    ['0.9', 0, 9, 10, 0x04],
    ['-1.0', -1, 0, 10, 0x04],
  ])(
    'are answered in the nearest version that is spoken: %s',
    async (_, major, minor, version, reason) => {
      const message = Buffer.from(good);
      message.writeInt32BE(major, 32);
      message.writeInt32BE(minor, 48);
      const answer = await answerTo(engine, message);
      expect(answer).toMatchObject({
        header: { version, batchCount: 1, timeStamp: BigInt(NOW) },
        items: [{ status: FAILED, reason }],
      });
      expect(answer.items[0]).not.toHaveProperty('operation');
    },
  );

  it('are answered in a version that is supported, where not all are', async () => {
    const only = engineWith(() => success('a'), { supportedVersions: [20, 14, 12] });
    const versions = await Promise.all(
      KMIP_VERSIONS.map(async (version) => {
        const { header, items } = await answerTo(only, request(version, [{}]));
        return [version, header.version, items[0]?.status];
      }),
    );
    expect(versions).toEqual([
      [21, 20, FAILED],
      [20, 20, 0],
      [14, 14, 0],
      [13, 12, FAILED],
      [12, 12, 0],
      [11, 12, FAILED],
      [10, 12, FAILED],
    ]);
  });

  it('are answered in 1.0 when they cannot be read at all', async () => {
    const garbage = Buffer.concat([good.subarray(0, 8), Buffer.alloc(good.length - 8, 0xee)]);
    await expect(answerTo(engine, garbage)).resolves.toMatchObject({
      header: { version: 10 },
      items: [{ status: FAILED, reason: 0x04 }],
    });
  });

  it('keep the correlation value when the message came as far as that', async () => {
    const message = request(21, [{}, {}], {
      clientCorrelationValue: 'mine',
      asynchronous: 'mandatory',
    });
    await expect(answerTo(engine, message)).resolves.toMatchObject({
      header: { version: 21, clientCorrelationValue: 'mine' },
      items: [{ reason: 0x08, message: 'asynchronous operations are not supported' }],
    });
  });

  it('are not those that only allow an asynchronous answer', async () => {
    for (const [version, asynchronous] of [
      [14, 'optional'],
      [21, 'optional'],
      [21, 'prohibited'],
    ] as const) {
      const { items } = await answerTo(engine, request(version, [{}], { asynchronous }));
      expect(items).toMatchObject([{ status: 0 }]);
    }
  });

  it('never reject, whatever byte is changed', async () => {
    const silent = engineWith(() => success('a'));
    for (let at = 8; at < good.length; at += 1) {
      for (const value of [0x00, 0x01, 0x7f, 0xff]) {
        const message = Buffer.from(good);
        message[at] = value;
        const { items } = await answerTo(silent, message);
        expect(items.length).toBeGreaterThan(0);
      }
    }
    expect(silent.faults).toEqual([]);
  });
});

describe('a message that is refused unread', () => {
  const engine = engineWith(() => success('a'));

  it('is answered in its own version', () => {
    const answer = read(engine.refuse('serverLimitExceeded', 'too many', request(21, [{}])));
    expect(answer).toMatchObject({
      header: { version: 21 },
      items: [{ status: FAILED, reason: 0x3a, message: 'too many' }],
    });
  });

  it('is answered in 1.0 when it shows none', () => {
    for (const bytes of [undefined, new Uint8Array(0), Buffer.from('GET / HTTP/1.1\r\n')]) {
      const answer = read(engine.refuse('invalidMessage', 'no message', bytes));
      expect(answer).toMatchObject({ header: { version: 10 }, items: [{ reason: 0x04 }] });
    }
  });
});

describe('the deadline', () => {
  it('fails the items that are not begun by then', async () => {
    let now = 0;
    const engine = engineWith(
      () => {
        now += 600;
        return success('a');
      },
      { clock: { now: () => NOW * 1000, monotonicMs: () => now } },
    );
    const batch = request(14, [{}, {}, {}, {}], { errorContinuation: 'continue' });
    const answer = await answerTo(engine, batch);
    expect(answer.items.map(({ status }) => status)).toEqual([0, 0, FAILED, FAILED]);
    expect(answer.items[2]).toMatchObject({ reason: 0x100, message: 'the request took too long' });
    expect(engine.executed).toHaveLength(2);
  });
});

/** A request of one item with a Message Extension. */
function withExtension(version: 14 | 21, critical: boolean): Buffer {
  const plain = request(version, [{}]);
  const writer = new TtlvWriter();
  writer.begin(TAG.messageExtension);
  writer.text(TAG.vendorIdentification, 'example');
  writer.boolean(TAG.criticalityIndicator, critical);
  writer.begin(TAG.vendorExtension);
  writer.end();
  writer.end();
  const extension = writer.finish();
  const message = Buffer.concat([plain, extension]);
  const headerLength = plain.readUInt32BE(12) + 8;
  const item = 8 + headerLength;
  message.writeUInt32BE(plain.readUInt32BE(4) + extension.length, 4);
  message.writeUInt32BE(plain.readUInt32BE(item + 4) + extension.length, item + 4);
  return message;
}

describe('what follows a message', () => {
  interface Told {
    readonly session: string;
    readonly batch: number | undefined;
    readonly items: [number, number | undefined, string | undefined][];
    ended: number | undefined | 'not yet';
  }

  function followed(execute: Parameters<typeof engineWith>[0]) {
    const told: Told[] = [];
    const engine = engineWith(execute, {
      begin: (session, message) => {
        const scope: Told = {
          ...{ session, batch: message?.header.batchCount, items: [], ended: 'not yet' },
        };
        told.push(scope);
        return {
          ...{ correlationId: 'c-1', serverCorrelationValue: 'here', trace: undefined },
          answered: ({ operation }, reason, uid) => scope.items.push([operation, reason, uid]),
          ended: (reason) => (scope.ended = reason),
        };
      },
    });
    return { told, engine };
  }

  it('is told of each item with what the client is told, also of what no executor has seen', async () => {
    const { told, engine } = followed((_, { index, scope }) => {
      expect(scope.correlationId).toBe('c-1');
      if (index === 0) return success('a', 'made');
      if (index === 1) throw new KmipFailure('itemNotFound', 'no');
      return { kind: 'relayed', status: FAILED, reason: 12 };
    });
    const items = [{}, {}, {}, { operation: UNKNOWN_OPERATION }];
    await answerTo(engine, request(14, items, { errorContinuation: 'continue' }));
    const { activate: operation } = OPERATION;
    expect(told).toEqual([
      {
        ...{ session: 'session', batch: 4, ended: undefined },
        items: [
          [operation, undefined, 'made'],
          [operation, 1, undefined],
          [operation, 12, undefined],
          [UNKNOWN_OPERATION, 5, undefined],
        ],
      },
    ]);
  });

  it('is told why a message was refused as a whole, whether or not it could be read', async () => {
    const { told, engine } = followed(() => success('a'));
    await answerTo(engine, Buffer.from('no message'));
    await answerTo(engine, request(14, [{}], { maximumResponseSize: 1 }));
    expect(told).toMatchObject([
      { batch: undefined, items: [], ended: 4 },
      { batch: 1, items: [], ended: 2 },
    ]);
  });

  it('names it to the client from 1.4 on, whatever the client sends', async () => {
    const { engine } = followed(() => success('a'));
    const sent = { clientCorrelationValue: 'mine', serverCorrelationValue: 'made up' };
    const answer = await answerTo(engine, request(14, [{}], sent));
    expect(answer.header).toMatchObject({ ...sent, serverCorrelationValue: 'here' });
    const refused = await answerTo(engine, request(21, [{}], { ...sent, maximumResponseSize: 1 }));
    expect(refused.header).toMatchObject({ serverCorrelationValue: 'here' });
    const older = await answerTo(engine, request(13, [{}], sent));
    expect(older.header).not.toHaveProperty('serverCorrelationValue');
  });

  it('is given with a fault of ours', async () => {
    const scopes: unknown[] = [];
    const engine = createEngine<string>({
      clock: { now: () => 0, monotonicMs: () => 0 },
      executor: { execute: () => Promise.reject(new TypeError('a fault')) },
      begin: () => ({
        ...{ correlationId: 'c-2', trace: undefined },
        answered: () => undefined,
        ended: () => undefined,
      }),
      onFault: (_, { correlationId }) => scopes.push(correlationId),
    });
    await answerTo(engine, request(14, [{}]));
    expect(scopes).toEqual(['c-2']);
  });
});
