import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { deferred, type Deferred } from '../support/deferred.ts';
import { waitFor } from '../support/wait-for.ts';
import { HASH_DATA, hashRequest } from './support/grpc-caller.ts';
import { framed, grpcStatus, rawCall, rawSession } from './support/raw-http2.ts';
import { startTestBroker, type TestBroker, type TestBrokerOptions } from './support/test-broker.ts';
import { TRANSPORTS } from './support/transports.ts';

/** Long enough to be hashed off the calling thread, so that it goes through the work queue. */
const LONG_INPUT = Buffer.alloc(9000);

/** A provider whose long hashes wait until the test lets them go. */
function heldDigests(started: Deferred<void>[]): (pure: CryptoProvider) => CryptoProvider {
  return (pure) => ({
    ...pure,
    digests: {
      ...pure.digests,
      async: async (algorithm, input) => {
        const gate = deferred();
        started.push(gate);
        const digest = pure.digests.async(algorithm, input);
        await gate.promise;
        return await digest;
      },
    },
  });
}

describe.each(TRANSPORTS)('over %s:', (transport) => {
  const start = async (options: TestBrokerOptions = {}): Promise<TestBroker> =>
    await startTestBroker({ transport, ...options });

  describe('cancelled calls', () => {
    it('leaves the server well when 200 parallel calls are cancelled halfway', async () => {
      const started: Deferred<void>[] = [];
      const { caller, broker, log } = await start({
        provider: heldDigests(started),
        limits: { poolThreads: 2 },
      });
      const client = caller();
      const calls = Array.from({ length: 200 }, () =>
        client.start(HASH_DATA, hashRequest('Default', LONG_INPUT)),
      );
      await waitFor(() => {
        expect(broker.stats().runningCalls).toBe(200);
        // Two threads, two jobs for each: the others wait in front of the core.
        expect(started).toHaveLength(4);
      });
      for (const call of calls) call.cancel();
      for (const call of calls) expect((await call.ended).status).toBe(status.CANCELLED);
      await waitFor(() => {
        expect(broker.stats().runningCalls).toBe(0);
        // Those that had not begun end at once.
        expect(log.withMessage('finished call')).toHaveLength(196);
      });
      for (const gate of started) gate.resolve();
      await waitFor(() => {
        expect(log.withMessage('finished call')).toHaveLength(200);
      });
      // The 196 that had not begun never reached the core.
      expect(started).toHaveLength(4);
      const records = log.withMessage('finished call');
      expect(
        records.every(({ code, error }) => code === 'CANCELLED' && error === 'CANCELLED'),
      ).toBe(true);
      await client.expectServing();
    });

    it('is well again after every second of 200 calls was cancelled, and answers the others', async () => {
      const started: Deferred<void>[] = [];
      const { caller, broker } = await start({ provider: heldDigests(started) });
      const client = caller();
      const calls = Array.from({ length: 200 }, () =>
        client.start(HASH_DATA, hashRequest('Default', LONG_INPUT)),
      );
      await waitFor(() => {
        expect(broker.stats().runningCalls).toBe(200);
      });
      for (const [index, call] of calls.entries()) if (index % 2 === 0) call.cancel();
      const release = setInterval(() => {
        for (const gate of started) gate.resolve();
      }, 5);
      const ends = await Promise.all(calls.map((call) => call.ended));
      clearInterval(release);
      expect(ends.map(({ status: code }) => code)).toEqual(
        calls.map((_, index) => (index % 2 === 0 ? status.CANCELLED : status.OK)),
      );
      await client.expectServing();
    });

    it('survives 200 streams that are reset before, within and after their message', async () => {
      const { socket, caller, broker } = await start();
      const session = rawSession(socket);
      const message = framed(hashRequest('Default', LONG_INPUT));
      const closed = Array.from({ length: 200 }, async (_, index) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': HASH_DATA,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        stream.on('error', () => undefined);
        const end = new Promise((resolve) => stream.once('close', resolve));
        if (index % 4 === 1) stream.write(message.subarray(0, 3));
        if (index % 4 === 2) stream.write(message.subarray(0, 5000));
        if (index % 4 === 3) stream.end(message);
        if (index % 8 < 4) stream.close(8);
        else
          setImmediate(() => {
            stream.close(8);
          });
        await end;
      });
      await Promise.all(closed);
      await waitFor(() => {
        expect(broker.stats().runningCalls).toBe(0);
      });
      await caller().expectServing();
    });

    it('drops the calls of a connection that is cut', async () => {
      const started: Deferred<void>[] = [];
      const { socket, caller, broker } = await start({ provider: heldDigests(started) });
      const session = rawSession(socket);
      const stream = session.request({
        ':method': 'POST',
        ':path': HASH_DATA,
        'content-type': 'application/grpc',
      });
      stream.on('error', () => undefined);
      stream.end(framed(hashRequest('Default', LONG_INPUT)));
      await waitFor(() => {
        expect(started).toHaveLength(1);
      });
      session.destroy();
      await waitFor(() => {
        expect(broker.stats()).toMatchObject({ runningCalls: 0, connections: 0 });
      });
      for (const gate of started) gate.resolve();
      await caller().expectServing();
    });
  });

  describe('deadlines', () => {
    it('ends a call that takes longer than its caller waits, and serves on', async () => {
      const started: Deferred<void>[] = [];
      const { caller, log } = await start({ provider: heldDigests(started) });
      const client = caller();
      await client.expectServing();
      const call = client.start(HASH_DATA, hashRequest('Default', LONG_INPUT), {
        deadline: Date.now() + 500,
      });
      await waitFor(() => {
        expect(started).toHaveLength(1);
      });
      expect((await call.ended).status).toBe(status.DEADLINE_EXCEEDED);
      for (const gate of started) gate.resolve();
      await waitFor(() => {
        expect(log.withMessage('finished call')).toHaveLength(3);
      });
      await client.expectServing();
    });

    it('ends the call from its own side, too: a client that does not count gets DEADLINE_EXCEEDED', async () => {
      const started: Deferred<void>[] = [];
      const { socket, log, caller } = await start({ provider: heldDigests(started) });
      const answer = await rawCall(rawSession(socket), {
        path: HASH_DATA,
        headers: { 'grpc-timeout': '50m' },
        body: framed(hashRequest('Default', LONG_INPUT)),
      });
      expect(grpcStatus(answer)).toBe(status.DEADLINE_EXCEEDED);
      for (const gate of started) gate.resolve();
      await waitFor(() => {
        expect(log.withMessage('finished call')).toMatchObject([
          { code: 'DEADLINE_EXCEEDED', error: 'DEADLINE_EXCEEDED' },
        ]);
      });
      await caller().expectServing();
    });

    it('takes a deadline of a thousand years for what it is', async () => {
      const { socket } = await start();
      const session = rawSession(socket);
      for (const timeout of ['99999999H', '2592000S', '31536000S']) {
        const answer = await rawCall(session, {
          path: HASH_DATA,
          headers: { 'grpc-timeout': timeout },
          body: framed(hashRequest('Default', LONG_INPUT)),
        });
        expect(grpcStatus(answer), timeout).toBe(status.OK);
      }
    });

    it('refuses a grpc-timeout that is not one', async () => {
      const { socket, caller } = await start();
      const session = rawSession(socket);
      for (const timeout of ['', '5', 'S', '-1S', '1.5S', '123456789S', '1S1S', '1S, 2S']) {
        const answer = await rawCall(session, {
          path: HASH_DATA,
          headers: { 'grpc-timeout': timeout },
          body: framed(hashRequest('Default', 'abc')),
        });
        expect(grpcStatus(answer), timeout).toBe(status.INVALID_ARGUMENT);
      }
      await caller().expectServing();
    });
  });

  describe('limits', () => {
    it('ends calls with QUEUE_FULL when the core and its queue are full, and serves on', async () => {
      const started: Deferred<void>[] = [];
      const { caller } = await start({
        provider: heldDigests(started),
        limits: { poolThreads: 1, poolQueue: 3 },
      });
      const client = caller();
      // Two jobs for the one thread, three that wait.
      const calls = Array.from({ length: 5 }, () =>
        client.start(HASH_DATA, hashRequest('Default', LONG_INPUT)),
      );
      await waitFor(() => {
        expect(started).toHaveLength(2);
      });
      const full = await client.hash('Default', LONG_INPUT);
      expect(full).toMatchObject({ status: status.RESOURCE_EXHAUSTED, code: 'QUEUE_FULL' });
      const release = setInterval(() => {
        for (const gate of started) gate.resolve();
      }, 5);
      for (const call of calls) expect((await call.ended).status).toBe(status.OK);
      clearInterval(release);
      await client.expectServing();
    });

    it('lets no connection open more streams than allowed', async () => {
      const started: Deferred<void>[] = [];
      const { socket, caller, broker } = await start({
        provider: heldDigests(started),
        limits: { maxConcurrentStreams: 20, poolQueue: 2000 },
      });
      const session = rawSession(socket);
      await new Promise((resolve) => session.once('remoteSettings', resolve));
      expect(session.remoteSettings.maxConcurrentStreams).toBe(20);
      for (let index = 0; index < 100; index += 1) {
        const stream = session.request({
          ':method': 'POST',
          ':path': HASH_DATA,
          'content-type': 'application/grpc',
        });
        stream.on('error', () => undefined);
        stream.end(framed(hashRequest('Default', LONG_INPUT)));
      }
      await waitFor(() => {
        expect(started.length).toBeGreaterThan(0);
      });
      expect(broker.stats().runningCalls).toBeLessThanOrEqual(20);
      session.destroy();
      for (const gate of started) gate.resolve();
      await caller().expectServing();
    });

    it('closes connections beyond the limit and serves the others', async () => {
      const { socket, caller, broker } = await start({ limits: { maxConnections: 3 } });
      const client = caller();
      await client.expectServing();
      const sessions = Array.from({ length: 10 }, () => rawSession(socket));
      await Promise.all(
        sessions.map(
          (session) =>
            new Promise((resolve) =>
              session.once('close', resolve).once('remoteSettings', resolve),
            ),
        ),
      );
      expect(broker.stats().connections).toBeLessThanOrEqual(3);
      await client.expectServing();
    });
  });
});
