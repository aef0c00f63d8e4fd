import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../../src/broker/work-queue.ts';
import { CallState } from '../../../src/grpc/call-state.ts';
import { deferred, type Deferred } from '../../support/deferred.ts';
import { expectFailure } from '../../support/failures.ts';

const call = (): CallState => new CallState('/test', undefined);

/** A job that runs until it is told to end. */
function heldJob(started: Deferred<void>[]): () => Promise<number> {
  return async () => {
    const gate = deferred();
    const order = started.push(gate);
    await gate.promise;
    return order;
  };
}

const settle = async (): Promise<void> => {
  for (let index = 0; index < 10; index += 1) await Promise.resolve();
};

describe('WorkQueue', () => {
  it('runs so many jobs at a time and the others in order', async () => {
    const queue = new WorkQueue({ concurrency: 2, capacity: 10 });
    const started: Deferred<void>[] = [];
    const results = Array.from({ length: 5 }, () => queue.run(call(), heldJob(started)));
    await settle();
    expect(started).toHaveLength(2);
    expect(queue.waiting).toBe(3);
    for (let index = 0; index < 5; index += 1) {
      started[index]?.resolve();
      await settle();
      expect(started.length).toBe(Math.min(5, index + 3));
    }
    expect(await Promise.all(results)).toEqual([1, 2, 3, 4, 5]);
  });

  it('never runs more than that, not even when a job arrives as another one ends', async () => {
    const queue = new WorkQueue({ concurrency: 1, capacity: 1000 });
    let running = 0;
    let most = 0;
    const job = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    const chains = Array.from({ length: 20 }, async () => {
      for (let index = 0; index < 20; index += 1) await queue.run(call(), job);
    });
    await Promise.all(chains);
    expect(most).toBe(1);
    expect(queue.waiting).toBe(0);
  });

  it('is QUEUE_FULL when too many wait, and takes jobs again afterwards', async () => {
    const queue = new WorkQueue({ concurrency: 1, capacity: 1 });
    const started: Deferred<void>[] = [];
    const first = queue.run(call(), heldJob(started));
    const second = queue.run(call(), heldJob(started));
    await expectFailure(() => queue.run(call(), heldJob(started)), 'QUEUE_FULL');
    started[0]?.resolve();
    await first;
    const third = queue.run(call(), heldJob(started));
    await settle();
    started[1]?.resolve();
    await second;
    await settle();
    started[2]?.resolve();
    expect(await third).toBe(3);
  });

  it('drops a waiting job whose caller goes, and gives its place to the next', async () => {
    const queue = new WorkQueue({ concurrency: 1, capacity: 2 });
    const started: Deferred<void>[] = [];
    const first = queue.run(call(), heldJob(started));
    const leaving = call();
    const second = queue.run(leaving, heldJob(started));
    const third = queue.run(call(), heldJob(started));
    const refused = expectFailure(() => second, 'CANCELLED');
    leaving.cancel(0);
    await refused;
    expect(queue.waiting).toBe(1);
    started[0]?.resolve();
    await first;
    await settle();
    started[1]?.resolve();
    expect(await third).toBe(2);
  });

  it('does not begin a job whose caller has gone already, and is not blocked by it', async () => {
    const queue = new WorkQueue({ concurrency: 1, capacity: 2 });
    const gone = call();
    gone.cancel(0);
    await expectFailure(() => queue.run(gone, () => Promise.resolve()), 'CANCELLED');
    await expect(queue.run(call(), () => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('passes on the failure of a job and goes on', async () => {
    const queue = new WorkQueue({ concurrency: 1, capacity: 2 });
    const failing = queue.run(call(), () => Promise.reject(new Error('boom')));
    const next = queue.run(call(), () => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('boom');
    await expect(next).resolves.toBe('next');
  });
});
