import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../src/errors/index.ts';
import { CallState } from '../../../src/grpc/call-state.ts';
import {
  closed,
  serverStream,
  unary,
  type BidirectionalMethod,
  type UnaryMethod,
} from '../../../src/grpc/method.ts';
import {
  runBidirectional,
  runServerStream,
  runUnary,
  type CallPolicy,
  type CallRecord,
  type IncomingCall,
} from '../../../src/grpc/run-call.ts';

const PATH = '/test.Service/Method';

function observed(): { policy: CallPolicy; records: CallRecord[] } {
  const records: CallRecord[] = [];
  let time = 0;
  return {
    records,
    policy: {
      observe: (record) => records.push(record),
      newIncident: () => 'id-1',
      monotonicMs: () => (time += 5),
    },
  };
}

function incoming(request: Uint8Array, changes: Partial<IncomingCall> = {}): IncomingCall {
  return { context: new CallState(PATH, undefined), request, startedAt: 0, ...changes };
}

/** Answers the text of its request in reverse. */
function reverse(handle?: (text: string) => string | Promise<string>, secret = false): UnaryMethod {
  return unary<string, string>({
    path: PATH,
    secret,
    decode: (bytes) => Buffer.from(bytes).toString(),
    encode: (text) => Buffer.from(text),
    summary: (text) => ({ profile: text }),
    handle: handle ?? ((text) => Buffer.from(text).reverse().toString()),
  });
}

describe('a unary call', () => {
  it('goes from bytes to bytes and leaves one record', async () => {
    const { policy, records } = observed();
    const outcome = await runUnary(reverse(), incoming(Buffer.from('abc')), policy);
    expect(outcome).toEqual({ ok: true, response: Buffer.from('cba') });
    expect(records).toEqual([
      {
        path: PATH,
        profile: 'abc',
        status: 'OK',
        code: undefined,
        incident: undefined,
        cause: undefined,
        durationMs: 5,
        requestBytes: 3,
        responseBytes: 3,
      },
    ]);
  });

  it('fails with the code of what its handler throws or rejects with', async () => {
    for (const handle of [
      () => {
        throw new BrokerError('PROFILE_UNKNOWN', 'no');
      },
      () => Promise.reject(new BrokerError('PROFILE_UNKNOWN', 'no')),
    ]) {
      const { policy, records } = observed();
      const outcome = await runUnary(reverse(handle), incoming(Buffer.from('abc')), policy);
      expect(outcome).toMatchObject({
        ok: false,
        failure: { status: 'INVALID_ARGUMENT', code: 'PROFILE_UNKNOWN' },
      });
      expect(records).toMatchObject([
        { status: 'INVALID_ARGUMENT', code: 'PROFILE_UNKNOWN', profile: 'abc' },
      ]);
    }
  });

  it('is INTERNAL when its handler, its decoder or its encoder fails in another way', async () => {
    const boom = (): never => {
      throw new TypeError('boom');
    };
    const methods = [
      reverse(boom),
      unary<string, string>({ path: PATH, decode: boom, encode: boom, handle: boom }),
      unary<string, string>({ path: PATH, decode: () => '', encode: boom, handle: () => '' }),
    ];
    for (const method of methods) {
      const { policy, records } = observed();
      const outcome = await runUnary(method, incoming(Buffer.alloc(1)), policy);
      expect(outcome).toMatchObject({ ok: false, failure: { code: 'INTERNAL', incident: 'id-1' } });
      expect(records).toMatchObject([
        { status: 'INTERNAL', incident: 'id-1', cause: new TypeError('boom') },
      ]);
    }
  });

  it('is refused above 2 MiB before it is read', async () => {
    const { policy } = observed();
    const outcome = await runUnary(reverse(), incoming(Buffer.alloc(2 * 1024 * 1024 + 1)), policy);
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'MESSAGE_TOO_LARGE', status: 'INVALID_ARGUMENT' },
    });
    expect((await runUnary(reverse(), incoming(Buffer.alloc(2 * 1024 * 1024)), policy)).ok).toBe(
      true,
    );
  });

  it('is refused for what its transport found wrong', async () => {
    const { policy } = observed();
    const refusal = new BrokerError('ENCODING_UNSUPPORTED', 'no');
    const outcome = await runUnary(reverse(), incoming(Buffer.from('abc'), { refusal }), policy);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'ENCODING_UNSUPPORTED' } });
  });

  it('does not begin when its caller has gone', async () => {
    const { policy, records } = observed();
    let began = false;
    const context = new CallState(PATH, undefined);
    const call = incoming(Buffer.from('abc'), { context });
    context.cancel(0);
    const handle = (): string => {
      began = true;
      return '';
    };
    await runUnary(reverse(handle), call, policy);
    expect(began).toBe(false);
    expect(records).toMatchObject([{ status: 'CANCELLED', code: 'CANCELLED' }]);
  });

  it('counts as cancelled when its caller goes while it runs, and as late after its deadline', async () => {
    for (const [deadline, code] of [
      [undefined, 'CANCELLED'],
      [50, 'DEADLINE_EXCEEDED'],
    ] as const) {
      const { policy, records } = observed();
      const context = new CallState(PATH, deadline);
      const handle = (): string => {
        context.cancel(100);
        return 'too late';
      };
      await runUnary(reverse(handle), incoming(Buffer.from('abc'), { context }), policy);
      expect(records).toMatchObject([{ status: code, code }]);
    }
  });

  it('wipes a request that holds a key, whether it ends well or not, and no other', async () => {
    const { policy } = observed();
    for (const handle of [
      undefined,
      () => {
        throw new Error('boom');
      },
    ]) {
      const secret = Buffer.from('abc');
      await runUnary(reverse(handle, true), incoming(secret), policy);
      expect(secret).toEqual(Buffer.alloc(3));
      const open = Buffer.from('abc');
      await runUnary(reverse(handle, false), incoming(open), policy);
      expect(open.toString()).toBe('abc');
    }
  });

  it('is METHOD_CLOSED for a closed method, whatever the request', async () => {
    const { policy } = observed();
    const outcome = await runUnary(
      closed(PATH, 'closed here'),
      incoming(Buffer.from('abc')),
      policy,
    );
    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: 'METHOD_CLOSED', details: 'closed here' },
    });
  });
});

describe('a server-streaming call', () => {
  const count = serverStream<number, number>({
    path: PATH,
    decode: (bytes) => bytes.length,
    encode: (value) => Buffer.from([value]),
    async *handle(limit) {
      for (let value = 0; value < limit; value += 1) {
        await Promise.resolve();
        if (value === 5) throw new BrokerError('INPUT_INVALID', 'five');
        yield value;
      }
    },
  });

  it('sends its messages in order, one after the other', async () => {
    const { policy, records } = observed();
    const sent: number[] = [];
    const send = async (bytes: Uint8Array): Promise<void> => {
      sent.push(bytes[0] ?? -1);
      await Promise.resolve();
    };
    expect(await runServerStream(count, incoming(Buffer.alloc(3)), policy, send)).toBeUndefined();
    expect(sent).toEqual([0, 1, 2]);
    expect(records).toMatchObject([{ status: 'OK', responseBytes: 3 }]);
  });

  it('ends with the failure of its handler, after what it has sent', async () => {
    const { policy, records } = observed();
    const failure = await runServerStream(count, incoming(Buffer.alloc(9)), policy, () =>
      Promise.resolve(),
    );
    expect(failure).toMatchObject({ code: 'INPUT_INVALID' });
    expect(records).toMatchObject([{ status: 'INVALID_ARGUMENT', responseBytes: 5 }]);
  });

  it('stops when its caller goes', async () => {
    const { policy, records } = observed();
    const context = new CallState(PATH, undefined);
    const call = incoming(Buffer.alloc(3), { context });
    const failure = await runServerStream(count, call, policy, () => {
      context.cancel(0);
      return Promise.resolve();
    });
    expect(failure).toMatchObject({ code: 'CANCELLED' });
    expect(records).toMatchObject([{ status: 'CANCELLED', responseBytes: 1 }]);
  });
});

describe('a call context', () => {
  it('aborts its signal when it is cancelled, before or after somebody asks for it', () => {
    const early = new CallState(PATH, undefined);
    const { signal } = early;
    early.cancel(0);
    expect(signal.aborted).toBe(true);
    const late = new CallState(PATH, undefined);
    late.cancel(0);
    expect(late.signal.aborted).toBe(true);
    expect(late.signal.reason).toMatchObject({ code: 'CANCELLED' });
  });

  it('keeps the first reason', () => {
    const context = new CallState(PATH, 10);
    context.cancel(5);
    context.cancel(20);
    expect(context.signal.reason).toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a bidirectional call', () => {
  const capitals: BidirectionalMethod = {
    kind: 'bidirectional',
    path: PATH,
    secret: false,
    begin: () =>
      Promise.resolve((bytes) => Buffer.from(Buffer.from(bytes).toString().toUpperCase())),
  };

  async function* saying(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield await Promise.resolve(Buffer.from(text));
  }

  it('answers each request in order, and leaves one record with the sums', async () => {
    const { policy, records } = observed();
    const sent: string[] = [];
    const call = {
      context: new CallState(PATH, undefined),
      requests: saying('a', 'bc'),
      startedAt: 0,
    };
    const failure = await runBidirectional(capitals, call, policy, (response) => {
      sent.push(Buffer.from(response).toString());
      return Promise.resolve();
    });
    expect([failure, sent]).toEqual([undefined, ['A', 'BC']]);
    expect(records).toMatchObject([{ status: 'OK', requestBytes: 3, responseBytes: 3 }]);
  });

  it('ends with the first request that is too large', async () => {
    const { policy, records } = observed();
    const requests = saying('a', 'x'.repeat(2 * 1024 * 1024 + 1), 'never read');
    const call = { context: new CallState(PATH, undefined), requests, startedAt: 0 };
    const failure = await runBidirectional(capitals, call, policy, () => Promise.resolve());
    expect(failure).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    expect(records).toMatchObject([{ code: 'MESSAGE_TOO_LARGE', responseBytes: 1 }]);
  });

  it('is cancelled, whatever its requests then say, when its caller goes', async () => {
    const { policy, records } = observed();
    const context = new CallState(PATH, undefined);
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      context.end('DEADLINE_EXCEEDED');
      throw new Error('premature close');
    }
    const call = { context, requests: breaking(), startedAt: 0 };
    const failure = await runBidirectional(capitals, call, policy, () => Promise.resolve());
    expect(failure).toMatchObject({ status: 'DEADLINE_EXCEEDED' });
    expect(records).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
  });

  it('is INTERNAL when it cannot begin', async () => {
    const { policy, records } = observed();
    const call = { context: new CallState(PATH, undefined), requests: saying('a'), startedAt: 0 };
    const broken = { ...capitals, begin: () => Promise.reject(new Error('no library')) };
    await runBidirectional(broken, call, policy, () => Promise.resolve());
    expect(records).toMatchObject([{ status: 'INTERNAL', incident: 'id-1', requestBytes: 0 }]);
  });
});
