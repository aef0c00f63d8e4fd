import { describe, expect, it } from 'vitest';
import {
  serverStream,
  unary,
  type BidirectionalMethod,
  type CallContext,
  type Method,
} from '../../../src/grpc/method.ts';
import { BrokerError } from '../../../src/errors/index.ts';
import { fakeTransport } from '../../support/data-plane/fake-transport.ts';
import { deferred } from '../../support/deferred.ts';
import { waitFor } from '../../support/wait-for.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const codec = { decode: text, encode: (value: string) => Buffer.from(value) };

type Handle = (request: string, call: CallContext) => string | Promise<string>;
const UNARY = '/test.Service/Unary';
const STREAM = '/test.Service/Stream';
const CONVERSATION = '/test.Service/Conversation';

function unaryMethod(handle: Handle, secret = false): Method {
  return unary({ path: UNARY, secret, ...codec, handle });
}

function streamMethod(
  handle: (request: string, call: CallContext) => AsyncIterable<string>,
): Method {
  return serverStream({ path: STREAM, ...codec, handle });
}

/** Answers each request in capitals; refuses `bad`. */
const conversation: BidirectionalMethod = {
  kind: 'bidirectional',
  path: CONVERSATION,
  secret: false,
  begin: () =>
    Promise.resolve((request) => {
      if (text(request) === 'bad') throw new BrokerError('MESSAGE_MALFORMED', 'message: bad');
      return Buffer.from(text(request).toUpperCase());
    }),
};

describe('a unary call of the script', () => {
  it('gets the answer of its row, and leaves one record', async () => {
    const { addon, records } = fakeTransport({ methods: [unaryMethod((name) => `hello ${name}`)] });
    const end = await addon.request(UNARY, Buffer.from('you')).ended;
    expect(end).toEqual({ kind: 'answer', response: Buffer.from('hello you') });
    expect(records).toMatchObject([
      { path: UNARY, status: 'OK', requestBytes: 3, responseBytes: 9 },
    ]);
  });

  it('fails with the status, the words and the code of what its row throws', async () => {
    const { addon, records } = fakeTransport({
      methods: [
        unaryMethod(() => {
          throw new BrokerError('FIELD_REQUIRED', 'required', { field: 'profile' });
        }),
      ],
    });
    expect(await addon.request(UNARY, Buffer.from('x')).ended).toEqual({
      kind: 'fail',
      status: 3,
      details: 'profile: required',
      code: 'FIELD_REQUIRED',
      incident: '',
    });
    expect(records).toMatchObject([{ status: 'INVALID_ARGUMENT', code: 'FIELD_REQUIRED' }]);
  });

  it('is INTERNAL with an incident when its row breaks', async () => {
    const { addon, records } = fakeTransport({
      methods: [unaryMethod(() => Promise.reject(new TypeError('the detail')))],
    });
    expect(await addon.request(UNARY, Buffer.from('x')).ended).toMatchObject({
      kind: 'fail',
      status: 13,
      details: 'internal error, incident incident-1',
      incident: 'incident-1',
    });
    expect(records).toMatchObject([{ incident: 'incident-1' }]);
  });

  it('ends even when whoever keeps the records breaks, which is reported', async () => {
    const { addon, faults } = fakeTransport({
      methods: [unaryMethod((name) => name)],
      observe: () => {
        throw new Error('no more paper');
      },
    });
    expect(await addon.request(UNARY, Buffer.from('x')).ended).toMatchObject({ status: 13 });
    expect(faults).toMatchObject([
      ['a call failed behind its handler', { message: 'no more paper' }],
    ]);
  });

  it('knows its deadline, and is told why nobody waits any longer', async () => {
    for (const [kind, code] of [
      ['cancelled', 'CANCELLED'],
      ['deadlineExceeded', 'DEADLINE_EXCEEDED'],
    ] as const) {
      const calls: CallContext[] = [];
      const gate = deferred();
      const { addon, records } = fakeTransport({
        methods: [
          unaryMethod(async (name, call) => {
            calls.push(call);
            await gate.promise;
            return name;
          }),
        ],
      });
      const call = addon.request(UNARY, Buffer.from('x'), 1234);
      const [context] = calls;
      expect([context?.path, context?.deadline, context?.cancelled]).toEqual([UNARY, 1234, false]);
      call.tell(kind);
      await waitFor(() => {
        expect([context?.cancelled, context?.signal.aborted]).toEqual([true, true]);
      });
      gate.resolve();
      await waitFor(() => {
        expect(records).toMatchObject([{ status: code, code }]);
      });
    }
  });

  it('has its request wiped when it holds a key', async () => {
    const { addon } = fakeTransport({ methods: [unaryMethod(() => 'done', true)] });
    const request = Buffer.from('secret');
    await addon.request(UNARY, request).ended;
    await waitFor(() => {
      expect(request).toEqual(Buffer.alloc(6));
    });
  });

  it('of no method, or without a request, is INTERNAL and reported', async () => {
    const { addon, faults } = fakeTransport({ methods: [unaryMethod((name) => name)] });
    expect(await addon.requestOf(5, Buffer.from('x')).ended).toMatchObject({ status: 13 });
    expect(await addon.requestOf(0, undefined).ended).toMatchObject({ status: 13 });
    expect(faults).toHaveLength(2);
  });
});

describe('a stream of the script', () => {
  it('sends its messages in order and ends', async () => {
    const { addon, records } = fakeTransport({
      methods: [
        streamMethod(async function* (name) {
          yield await Promise.resolve(`${name} 1`);
          yield `${name} 2`;
        }),
      ],
    });
    const call = addon.request(STREAM, Buffer.from('part'));
    expect(await call.ended).toEqual({ kind: 'end' });
    expect(call.sent.map(text)).toEqual(['part 1', 'part 2']);
    expect(records).toMatchObject([{ status: 'OK', responseBytes: 12 }]);
  });

  it('waits for its reader, and goes on when there is room', async () => {
    const made: number[] = [];
    const { addon } = fakeTransport({
      methods: [
        streamMethod(async function* () {
          for (let number = 1; number <= 4; number += 1) {
            made.push(number);
            yield await Promise.resolve(String(number));
          }
        }),
      ],
    });
    addon.room = 2;
    const call = addon.request(STREAM, Buffer.from('x'));
    await waitFor(() => {
      expect(call.sent).toHaveLength(2);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toEqual([1, 2]);
    addon.room = Number.POSITIVE_INFINITY;
    call.tell('writable');
    expect(await call.ended).toEqual({ kind: 'end' });
    expect(made).toEqual([1, 2, 3, 4]);
  });

  it('ends while it waits for a reader who leaves', async () => {
    const { addon, records } = fakeTransport({
      methods: [
        streamMethod(async function* () {
          for (;;) yield await Promise.resolve('more');
        }),
      ],
    });
    addon.room = 1;
    const call = addon.request(STREAM, Buffer.from('x'));
    await waitFor(() => {
      expect(call.sent).toHaveLength(1);
    });
    call.tell('cancelled');
    await waitFor(() => {
      expect(records).toMatchObject([{ status: 'CANCELLED' }]);
    });
  });

  it('fails in the middle with what its row throws', async () => {
    const { addon } = fakeTransport({
      methods: [
        streamMethod(async function* () {
          yield await Promise.resolve('one');
          throw new BrokerError('QUEUE_FULL', 'too many operations are waiting');
        }),
      ],
    });
    const call = addon.request(STREAM, Buffer.from('x'));
    expect(await call.ended).toMatchObject({ kind: 'fail', status: 8, code: 'QUEUE_FULL' });
    expect(call.sent.map(text)).toEqual(['one']);
  });
});

describe('a conversation of the script', () => {
  it('has an answer for each request, in order, and ends when its caller has said all', async () => {
    const { addon, records } = fakeTransport({ methods: [conversation] });
    const call = addon.request(CONVERSATION, Buffer.from('one'));
    call.more(Buffer.from('two'));
    call.tell('halfClosed');
    expect(await call.ended).toEqual({ kind: 'end' });
    expect(call.sent.map(text)).toEqual(['ONE', 'TWO']);
    expect(records).toMatchObject([{ status: 'OK', requestBytes: 6, responseBytes: 6 }]);
  });

  it('ends with the first request that is wrong, and what comes after it begins no new call', async () => {
    const { addon, records } = fakeTransport({ methods: [conversation] });
    const call = addon.request(CONVERSATION, Buffer.from('bad'));
    expect(await call.ended).toMatchObject({ kind: 'fail', status: 3, code: 'MESSAGE_MALFORMED' });
    await new Promise((resolve) => setImmediate(resolve));
    call.more(Buffer.from('two'));
    call.tell('halfClosed');
    await new Promise((resolve) => setImmediate(resolve));
    expect(call.sent).toEqual([]);
    expect(records).toHaveLength(1);
  });

  it('refuses a caller that sends and sends without reading answers', async () => {
    const { addon, records } = fakeTransport({ methods: [conversation] });
    addon.room = 1;
    const call = addon.request(CONVERSATION, Buffer.from('x'));
    await waitFor(() => {
      expect(call.sent).toHaveLength(1);
    });
    for (let index = 0; index < 200; index += 1) call.more(Buffer.from('x'));
    call.tell('writable');
    expect(await call.ended).toMatchObject({ kind: 'fail', status: 8, code: 'QUEUE_FULL' });
    expect(records).toMatchObject([{ code: 'QUEUE_FULL' }]);
  });

  it('in which nothing is said ends well', async () => {
    const { addon, records } = fakeTransport({ methods: [conversation] });
    expect(await addon.silence().ended).toEqual({ kind: 'end' });
    // The data plane, which knows of the call, writes its record.
    expect(records).toEqual([]);
  });

  it('ends when its caller leaves between two requests', async () => {
    const { addon, records } = fakeTransport({ methods: [conversation] });
    const call = addon.request(CONVERSATION, Buffer.from('one'));
    await waitFor(() => {
      expect(call.sent).toHaveLength(1);
    });
    call.tell('cancelled');
    await waitFor(() => {
      expect(records).toMatchObject([{ status: 'CANCELLED', requestBytes: 3 }]);
    });
  });
});
