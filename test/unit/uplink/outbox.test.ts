import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutboxResult } from '../../../src/generated/cryptobroker/gateway/v1/uplink.ts';
import { TcpProxy } from '../../support/faults/tcp-proxy.ts';
import { expectFailure } from '../../support/failures.ts';
import { clock, prepare, within } from './test-gateway.ts';

describe('the outbox', () => {
  it('is sent in batches of 256 entries, one at a time, in order', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(600);
    uplink.start();
    const stream = await core.stream();
    const first = await stream.frame('outboxBatch');
    expect(first.items.map(({ sequence }) => Number(sequence))).toEqual(numbers(1, 256));
    uplink.wakeOutbox();
    await stream.frame('heartbeat', 3);
    expect(stream.frames('outboxBatch')).toHaveLength(1);
    stream.acknowledgeOutbox(numbers(1, 256));
    expect((await stream.frame('outboxBatch', 2)).items[0]?.sequence).toBe(257n);
    stream.acknowledgeOutbox(numbers(257, 512));
    expect((await stream.frame('outboxBatch', 3)).items.at(-1)?.sequence).toBe(600n);
    stream.acknowledgeOutbox(numbers(513, 600));
    await uplink.flushOutbox(600, within(5000));
    expect(gateway.settled).toBe(600);
  });

  it('is sent in batches of at most 512 KiB, and a larger entry alone', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.addEntries(3, 200 * 1024);
    gateway.addEntries(1, 900 * 1024);
    gateway.addEntries(1);
    uplink.start();
    await gateway.until(() => gateway.settled === 5);
    const batches = (await core.stream()).frames('outboxBatch');
    expect(batches.map(({ items }) => items.length)).toEqual([2, 1, 1, 1]);
  });

  it('sends what is new when it is woken, however often', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    gateway.addEntries(10);
    for (let index = 0; index < 100; index += 1) uplink.wakeOutbox();
    await gateway.until(() => gateway.settled === 10);
    expect((await core.stream()).frames('outboxBatch')).toHaveLength(1);
  });

  it('gathers what is made right after a batch, and sends it together', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    gateway.addEntries(1);
    uplink.wakeOutbox();
    await gateway.until(() => gateway.settled === 1);
    for (let index = 0; index < 5; index += 1) {
      gateway.addEntries(1);
      uplink.wakeOutbox();
      await setImmediate();
    }
    await gateway.until(() => gateway.settled === 6);
    const batches = (await core.stream()).frames('outboxBatch');
    expect(batches.map(({ items }) => items.length)).toEqual([1, 5]);
  });

  it('gathers nothing while somebody waits for it', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      gateway.addEntries(1);
      uplink.wakeOutbox();
      await uplink.flushOutbox(sequence, within(5000));
    }
    const batches = (await core.stream()).frames('outboxBatch');
    expect(batches.map(({ items }) => items.length)).toEqual([1, 1, 1, 1]);
  });

  it('goes on where the Core left off when it settles a part of a batch', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(4);
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    stream.acknowledgeOutbox([1, 2]);
    expect((await stream.frame('outboxBatch', 2)).items.map(({ sequence }) => sequence)).toEqual([
      3n,
      4n,
    ]);
  });

  it('hands over what the Core refused, and logs it', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    const outcomes: number[] = [];
    gateway.overrides.outboxSettled = (given, acknowledged) => {
      outcomes.push(...given.map(({ result }) => result));
      gateway.settled = acknowledged;
      return Promise.resolve();
    };
    gateway.addEntries(1);
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    stream.acknowledgeOutbox([1], OutboxResult.OUTBOX_RESULT_CONFLICT);
    await gateway.logged('refused entries');
    expect(outcomes).toEqual([OutboxResult.OUTBOX_RESULT_CONFLICT]);
  });

  it('waits when the Core asks for it, and sends the same batch again', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(2);
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    const asked = clock.monotonicMs();
    stream.send({
      $case: 'error',
      value: { code: 9, message: 'busy', retry: true, retryAfterMs: 100, correlationId: '' },
    });
    expect((await stream.frame('outboxBatch', 2)).items).toHaveLength(2);
    expect(clock.monotonicMs() - asked).toBeGreaterThan(90);
    stream.acknowledgeOutbox([1, 2]);
    await gateway.until(() => gateway.settled === 2);
  });

  it.each([
    ['beyond the batch', [1, 2, 3]],
    ['without an outcome for each', [2]],
  ])('ends a connection that acknowledges %s', async (_what, sequences) => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(2);
    uplink.start();
    const stream = await core.stream();
    await stream.frame('outboxBatch');
    stream.acknowledgeOutbox(sequences);
    await gateway.logged('the core acknowledged outbox entries');
    expect(gateway.settled).toBe(0);
    core.script.outbox = 'accepted';
    await gateway.until(() => gateway.settled === 2);
  });

  it('ends a connection that acknowledges what was never sent', async () => {
    const { core, gateway, uplink } = await prepare();
    uplink.start();
    await gateway.until(() => gateway.happened.includes('heartbeatAck 1'));
    (await core.stream()).acknowledgeOutbox([1]);
    await gateway.logged('that were not sent');
    await gateway.linked();
  });

  it('sends again what could not be settled here', async () => {
    const { core, gateway, uplink } = await prepare();
    gateway.addEntries(3);
    gateway.overrides.outboxSettled = () => Promise.reject(new Error('disk full'));
    uplink.start();
    await gateway.logged('the gateway could not do its part');
    gateway.overrides = {};
    await gateway.until(() => gateway.settled === 3);
    expect(core.streams.length).toBeGreaterThan(1);
  });

  it('arrives exactly once and in order through a network that keeps breaking', async () => {
    let proxy: TcpProxy | undefined;
    const { core, gateway, uplink } = await prepare({
      address: async (scripted) => {
        proxy = await TcpProxy.start(scripted.port);
        return proxy.address;
      },
    });
    onTestFinished(() => proxy?.stop());
    const kept: number[] = [];
    let batches = 0;
    core.script.outbox = 'ignored';
    core.script.hello = (stream) => {
      stream.welcome();
      stream.laneFlushed();
      // As a Core does it: by sequence, each once.
      void (async () => {
        for (let nth = 1; ; nth += 1) {
          const { items } = await stream.frame('outboxBatch', nth);
          for (const { sequence } of items) {
            if (Number(sequence) === kept.length + 1) kept.push(Number(sequence));
            else expect(Number(sequence)).toBeLessThanOrEqual(kept.length);
          }
          // The batch is kept, and the answer to it may be lost.
          batches += 1;
          if (batches % 3 === 0) proxy?.reset();
          stream.acknowledgeOutbox(items.map(({ sequence }) => Number(sequence)));
        }
      })().catch(() => undefined);
    };
    uplink.start();
    for (let round = 0; round < 40; round += 1) {
      gateway.addEntries(25);
      uplink.wakeOutbox();
      if (round % 4 === 0) proxy?.reset();
      await gateway.until(() => gateway.settled >= (round - 3) * 25);
    }
    await gateway.until(() => gateway.settled === 1000);
    expect(kept).toEqual(numbers(1, 1000));
    expect(uplink.status.reconnects).toBeGreaterThan(3);
  });
});

describe('waiting for the outbox', () => {
  it('ends when the sequence is settled, or at once when it was', async () => {
    const { gateway, uplink } = await prepare();
    gateway.addEntries(2);
    uplink.start();
    await gateway.linked();
    await uplink.flushOutbox(2, within(5000));
    expect(gateway.settled).toBe(2);
    await uplink.stop();
    await uplink.flushOutbox(2, within(0));
  });

  it('fails at the deadline', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(1);
    uplink.start();
    await gateway.linked();
    await expectFailure(() => uplink.flushOutbox(1, within(50)), 'CORE_UNREACHABLE');
  });

  it('fails at once when the link is cut, and when it goes', async () => {
    const { core, gateway, uplink } = await prepare();
    core.script.outbox = 'ignored';
    gateway.addEntries(1);
    await expectFailure(() => uplink.flushOutbox(1, within(60_000)), 'CORE_UNREACHABLE');
    uplink.start();
    await gateway.linked();
    const waiting = expectFailure(() => uplink.flushOutbox(1, within(60_000)), 'CORE_UNREACHABLE');
    (await core.stream()).end();
    await waiting;
  });
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
