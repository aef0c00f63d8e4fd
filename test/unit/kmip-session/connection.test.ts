import { duplexPair } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../support/deferred.ts';
import { echo, message, response, serve, settled, texts, type TestResponse } from './support.ts';

describe('a connection', () => {
  it('answers requests one after the other, in order, however they are cut', async () => {
    const { send, received } = serve();
    const stream = Buffer.concat([message('one'), message('two'), message('three')]);
    await send(stream.subarray(0, 5), stream.subarray(5, 30), stream.subarray(30));
    expect(received()).toEqual(['re: one', 're: two', 're: three']);
  });

  it('answers a request that comes byte by byte', async () => {
    const { send, received } = serve();
    await send(...[...message('slowly')].map((byte) => Buffer.from([byte])));
    expect(received()).toEqual(['re: slowly']);
  });

  it('runs one request at a time, even when several are there', async () => {
    const gates = [deferred<TestResponse>(), deferred<TestResponse>()];
    let started = 0;
    const { send, received } = serve({
      handle: () => (gates[started++] ?? deferred<TestResponse>()).promise,
    });
    await send(Buffer.concat([message('one'), message('two')]));
    expect(started).toBe(1);
    gates[0]?.resolve(response('first'));
    await settled();
    expect(started).toBe(2);
    gates[1]?.resolve(response('second'));
    await settled();
    expect(received()).toEqual(['first', 'second']);
  });

  it('writes each response with one write, and wipes it after that', async () => {
    const [peer, socket] = duplexPair();
    const writes: string[][] = [];
    const original = socket.write.bind(socket);
    socket.write = ((chunk: Buffer, callback: () => void) => {
      writes.push(texts(chunk));
      return original(chunk, callback);
    }) as typeof socket.write;
    const answers: TestResponse[] = [];
    const one = serve({
      over: [peer, socket],
      handle: (request) => {
        const answer = response(`re: ${texts(Buffer.from(request)).join()}`);
        answers.push(answer);
        return Promise.resolve(answer);
      },
    });
    await one.send(message('a'), message('b'));
    expect(writes).toEqual([['re: a'], ['re: b']]);
    expect(answers.map(({ released }) => released)).toEqual([1, 1]);
    expect(one.received()).toEqual(['re: a', 're: b']);
  });

  it('wipes a request when it is answered, and not before', async () => {
    const kept: Uint8Array[] = [];
    const answer = deferred<TestResponse>();
    const { send } = serve({
      handle: (request) => {
        kept.push(request);
        return answer.promise;
      },
    });
    await send(message('a key to register'));
    expect(texts(Buffer.from(kept[0] ?? []))).toEqual(['a key to register']);
    answer.resolve(response('done'));
    await settled();
    expect(Buffer.from(kept[0] ?? [])).toEqual(Buffer.alloc(32));
  });

  it('gives its handler a deadline', async () => {
    let given = 0;
    const { send, clock } = serve({
      limits: { requestTimeoutMs: 700 },
      handle: (request, deadline) => {
        given = deadline;
        return echo(request, deadline);
      },
    });
    await clock.advance(5000);
    await send(message('a'));
    expect(given).toBe(clock.monotonicMs() + 700);
  });

  it('ends when the peer has ended, after answering what was sent', async () => {
    const { send, peer, received, closed, gate, clock } = serve();
    await send(Buffer.concat([message('one'), message('two')]));
    peer.end();
    await expect(closed).resolves.toMatchObject({ reason: 'peer', requests: 2 });
    expect(received()).toEqual(['re: one', 're: two']);
    expect(gate).toMatchObject({ connections: 0, bufferedBytes: 0 });
    expect(clock.waiting).toBe(0);
  });

  it('drops half a message when the peer ends within it', async () => {
    const { send, peer, received, closed, gate } = serve();
    await send(message('half').subarray(0, 12));
    expect(gate.bufferedBytes).toBe(12);
    peer.end();
    await expect(closed).resolves.toMatchObject({ reason: 'peer', requests: 0 });
    expect(received()).toEqual([]);
    expect(gate.bufferedBytes).toBe(0);
  });

  it('releases the response to a peer that has gone meanwhile, and wipes its request', async () => {
    const answer = deferred<TestResponse>();
    let seen = new Uint8Array(0);
    const { send, socket, closed } = serve({
      handle: (request) => {
        seen = request as Uint8Array<ArrayBuffer>;
        return answer.promise;
      },
    });
    await send(message('gone'));
    socket.destroy();
    await settled();
    const late = response('nobody reads this');
    answer.resolve(late);
    await closed;
    expect(late.released).toBe(1);
    expect(Buffer.from(seen)).toEqual(Buffer.alloc(16));
  });

  it('counts what went through it', async () => {
    const { send, peer, closed, clock } = serve();
    await send(message('12345678'));
    await clock.advance(250);
    peer.end();
    await expect(closed).resolves.toEqual({
      reason: 'peer',
      requests: 1,
      bytesIn: 16,
      bytesOut: 24,
      durationMs: 250,
    });
  });

  it('closes after an answer that says so, and reads on until the peer has closed', async () => {
    const { send, received, closed } = serve({
      handle: () => Promise.resolve(response('lost the thread', { close: true })),
    });
    await send(Buffer.concat([message('a'), message('b')]));
    await expect(closed).resolves.toMatchObject({ reason: 'unreadable', requests: 1 });
    expect(received()).toEqual(['lost the thread']);
  });

  it('gives a connection up whose handler rejects, reports it once, and shows nothing', async () => {
    const { send, received, closed, faults } = serve({
      handle: () => Promise.reject(new Error('a bug with a secret')),
    });
    await send(message('a'));
    await expect(closed).resolves.toMatchObject({ reason: 'fault' });
    expect(faults).toEqual([new Error('a bug with a secret')]);
    expect(received()).toEqual([]);
  });

  it('refuses the first request, and no more, when it is told to', async () => {
    const refusal = { failure: 'serverLimitExceeded', message: 'too many connections' } as const;
    const { send, received, closed } = serve({
      refusal,
      handle: () => Promise.reject(new Error('must not be called')),
    });
    await send(Buffer.concat([message('a'), message('b')]));
    await expect(closed).resolves.toMatchObject({ reason: 'refused', requests: 1 });
    expect(received()).toEqual(['serverLimitExceeded: too many connections']);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['a declared length of 4 GiB', 'fffffff8'],
    ['a length that is not a multiple of 8', '00000007'],
    ['one byte group more than the limit', '00100000'],
  ])('are answered once and end the connection: %s', async (_, length) => {
    const { send, received, closed, refusals } = serve();
    await send(Buffer.from(`42007801${length}`, 'hex'));
    await send(Buffer.alloc(100_000));
    await expect(closed).resolves.toMatchObject({ reason: 'malformed', requests: 0 });
    expect(refusals).toEqual(['invalidMessage']);
    expect(received()).toHaveLength(1);
  });

  it('are answered after the requests before them', async () => {
    const { send, received } = serve();
    await send(Buffer.concat([message('one'), Buffer.from('GET / HTTP/1.1\r\n\r\n')]));
    expect(received()).toEqual(['re: one', expect.stringMatching(/^invalidMessage: tag 0x474554/)]);
  });

  it('do not keep a connection alive that goes on sending', async () => {
    const { send, closed, peer } = serve({ silentPeer: true });
    await send(Buffer.from('garbage!'));
    for (let sent = 0; sent < 40; sent += 1) await send(Buffer.alloc(65_536));
    await expect(closed).resolves.toMatchObject({ reason: 'malformed' });
    expect(peer.writableEnded).toBe(false);
  });

  it('end the connection after a while even when the peer never closes', async () => {
    const { send, closed, clock } = serve({ silentPeer: true });
    await send(Buffer.from('garbage!'));
    await clock.advance(1000);
    await expect(closed).resolves.toMatchObject({ reason: 'malformed' });
  });
});

describe('a slow peer', () => {
  it.each([
    ['sends nothing', [], 'idle-timeout', 300_000],
    ['sends half a header', [message('abc').subarray(0, 5)], 'header-timeout', 5_000],
    ['sends half a message', [message('abc').subarray(0, 12)], 'body-timeout', 10_000],
    [
      'sends half a message after a whole one',
      [message('abc'), message('abc').subarray(0, 12)],
      'body-timeout',
      10_000,
    ],
  ])('that %s is dropped when its time is over, and not before', async (_, parts, reason, ms) => {
    const { send, closed, clock, peer } = serve();
    await send(...parts);
    await clock.advance(ms - 1);
    expect(peer.readableEnded).toBe(false);
    await clock.advance(1);
    await expect(closed).resolves.toMatchObject({ reason });
  });

  it('gets no more time for a body by sending steadily', async () => {
    const { send, closed, clock } = serve({ limits: { bodyTimeoutMs: 1000 } });
    const request = message('a'.repeat(800));
    for (let at = 0; at < 20; at += 1) {
      await send(request.subarray(at, at + 1));
      await clock.advance(100);
    }
    await expect(closed).resolves.toMatchObject({ reason: 'body-timeout', requests: 0 });
  });

  it('gets its full time again for each request', async () => {
    const { send, received, clock } = serve({
      limits: { idleTimeoutMs: 1000, bodyTimeoutMs: 800 },
    });
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(900);
      await send(message('again').subarray(0, 10));
      await clock.advance(700);
      await send(message('again').subarray(10));
    }
    expect(received()).toHaveLength(5);
  });

  it('is not called idle while its request runs', async () => {
    const answer = deferred<TestResponse>();
    const { send, received, clock } = serve({
      limits: { idleTimeoutMs: 100, requestTimeoutMs: 10_000 },
      handle: () => answer.promise,
    });
    await send(message('long'));
    await clock.advance(9000);
    answer.resolve(response('at last'));
    await settled();
    expect(received()).toEqual(['at last']);
  });

  it('that never reads is dropped, its responses are released, and nothing more is run for it', async () => {
    const answers: TestResponse[] = [];
    const { send, closed, clock } = serve({
      silentPeer: true,
      handle: () => {
        const answer = response('x'.repeat(50_000));
        answers.push(answer);
        return Promise.resolve(answer);
      },
    });
    await send(...Array.from({ length: 200 }, () => message('more')));
    const ran = answers.length;
    expect(ran).toBeLessThan(20);
    await clock.advance(10_000);
    await expect(closed).resolves.toMatchObject({ reason: 'write-timeout' });
    expect(answers.map(({ released }) => released)).toEqual(Array(ran).fill(1));
  });

  it('that is only to be refused is not waited for as long as another', async () => {
    const refusal = { failure: 'serverLimitExceeded', message: 'no' } as const;
    const { closed, clock } = serve({ refusal });
    await clock.advance(5_000);
    await expect(closed).resolves.toMatchObject({ reason: 'idle-timeout' });
  });
});

describe('a handler that is late', () => {
  it('loses its connection a second after its deadline; what it returns after that is released', async () => {
    const answer = deferred<TestResponse>();
    let seen = new Uint8Array(0);
    const { send, closed, clock, gate } = serve({
      limits: { requestTimeoutMs: 500 },
      handle: (request) => {
        seen = request as Uint8Array<ArrayBuffer>;
        return answer.promise;
      },
    });
    await send(message('a'));
    await clock.advance(1499);
    expect(gate.connections).toBe(1);
    await clock.advance(1);
    await expect(closed).resolves.toMatchObject({ reason: 'request-timeout' });
    expect(texts(Buffer.from(seen))).toEqual(['a']);
    const late = response('too late');
    answer.resolve(late);
    await settled();
    expect(late.released).toBe(1);
    expect(Buffer.from(seen)).toEqual(Buffer.alloc(16));
    expect(gate).toMatchObject({ connections: 0, bufferedBytes: 0 });
  });
});

describe('pipelining', () => {
  it('stops to read when too much waits, and goes on when it is served', async () => {
    const gates: (() => void)[] = [];
    const { send, received, gate } = serve({
      limits: { queuedBytes: 1000 },
      handle: () =>
        new Promise((resolve) => {
          gates.push(() => {
            resolve(response('ok'));
          });
        }),
    });
    const parts = Array.from({ length: 100 }, () => message('x'.repeat(92)));
    await send(...parts);
    expect(gate.bufferedBytes).toBeLessThan(2000);
    for (let served = 0; served < 100; served += 1) {
      gates.shift()?.();
      await settled();
    }
    expect(received()).toHaveLength(100);
    expect(gate.bufferedBytes).toBe(0);
  });

  it('does not blame the peer for bytes that nobody read', async () => {
    const answer = deferred<TestResponse>();
    const { send, received, clock } = serve({
      limits: { queuedBytes: 10, bodyTimeoutMs: 100, requestTimeoutMs: 5000 },
      handle: (request, deadline) =>
        received().length === 0 ? answer.promise : echo(request, deadline),
    });
    const stream = Buffer.concat([message('one'), message('two'), message('three').subarray(0, 9)]);
    await send(stream);
    await clock.advance(4000);
    answer.resolve(response('re: one'));
    await settled();
    await send(message('three').subarray(9));
    expect(received()).toEqual(['re: one', 're: two', 're: three']);
  });

  it('ends a connection whose bytes would exceed what all may hold', async () => {
    const { send, received, closed, gate } = serve({ gate: { bufferedBytes: 100 } });
    await send(message('x'.repeat(400)).subarray(0, 300));
    await expect(closed).resolves.toMatchObject({ reason: 'server-limit' });
    expect(received()).toEqual(['serverLimitExceeded: the server is busy, try again later']);
    expect(gate.bufferedBytes).toBe(0);
  });
});

describe('too many requests', () => {
  it('are refused one by one, and the connection stays', async () => {
    const { send, received, clock } = serve({ gate: { requestsPerSecond: 1, requestBurst: 2 } });
    await send(message('1'), message('2'), message('3'), message('4'));
    await clock.advance(1000);
    await send(message('5'), message('6'));
    const refused = 'serverLimitExceeded: too many requests, try again later';
    expect(received()).toEqual(['re: 1', 're: 2', refused, refused, 're: 5', refused]);
  });
});

describe('draining', () => {
  it('closes an idle connection', async () => {
    const { drain, closed, received } = serve();
    await settled();
    drain();
    await expect(closed).resolves.toMatchObject({ reason: 'drained', requests: 0 });
    expect(received()).toEqual([]);
  });

  it('lets the running request be answered and drops those that wait', async () => {
    const answer = deferred<TestResponse>();
    const { send, drain, closed, received } = serve({ handle: () => answer.promise });
    await send(Buffer.concat([message('running'), message('waiting')]));
    drain();
    await settled();
    answer.resolve(response('finished'));
    await expect(closed).resolves.toMatchObject({ reason: 'drained', requests: 1 });
    expect(received()).toEqual(['finished']);
  });

  it('does not wait for half a message', async () => {
    const { send, drain, closed } = serve();
    await send(message('half').subarray(0, 10));
    drain();
    await expect(closed).resolves.toMatchObject({ reason: 'drained' });
  });

  it('closes on a peer that does not close its side', async () => {
    const { drain, closed, clock } = serve({ silentPeer: true });
    await settled();
    drain();
    await settled();
    await clock.advance(1000);
    await expect(closed).resolves.toMatchObject({ reason: 'drained' });
  });
});
