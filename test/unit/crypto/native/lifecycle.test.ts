import { describe, expect, it } from 'vitest';

import { runInChild } from './child-process.ts';

/** Source of a worker thread that loads the addon, starts it, and goes on with `body`. */
function workerSource(body: string): string {
  return `
    import { createRequire } from 'node:module';
    import { parentPort, workerData } from 'node:worker_threads';
    const addon = createRequire(workerData.directory + '/')(workerData.directory + '/cryptobroker.node');
    addon.initialize(workerData.options);
    ${body}`;
}

/** Statements that define startWorker(): a worker thread of `source` in the child. */
function withWorker(body: string): string {
  return `
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    const source = ${JSON.stringify(workerSource(body))};
    const startWorker = () => new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)),
      { workerData: { directory: module.directory, options: options() } });`;
}

const LARGE = 'new Uint8Array(8_000_000)';

describe('the life of the core', () => {
  it('keeps the process alive until its promises are settled, and no longer', async () => {
    const child = await runInChild(`
      addon.initialize(options());
      addon.digestAsync(0, ${LARGE}).then((digest) => console.log('settled', digest.length));`);
    expect(child).toMatchObject({ code: 0, signal: null, stdout: 'settled 32' });
  });

  it.each([
    ['process.exit() with jobs running and waiting', 'process.exit(7);', 7],
    ['an exception nobody catches', 'throw new Error("on purpose");', 1],
  ])('ends cleanly by %s', async (_, ending, code) => {
    const child = await runInChild(`
      addon.initialize(options());
      for (let i = 0; i < 20; i++) addon.digestAsync(6, ${LARGE}).catch(() => {});
      addon.benchmarkDigest(0, new Uint8Array(1), 5000).catch(() => {});
      ${ending}`);
    expect(child).toMatchObject({ code, signal: null });
  });

  it('rejects what the queue has no room for, and serves what it has', async () => {
    const child = await runInChild(`
      addon.initialize(options({ poolThreads: 1, poolQueue: 2 }));
      const busy = addon.benchmarkDigest(0, new Uint8Array(1), 2000);
      const settled = await Promise.allSettled(
        Array.from({ length: 6 }, () => addon.digestAsync(6, new Uint8Array(1))));
      await busy;
      console.log(settled.map((one) => one.reason?.code ?? one.value.length).join());
      console.log(JSON.stringify(addon.poolStats()));
      console.log((await addon.digestAsync(0, new Uint8Array(1))).length);`);
    expect(child.stdout.split('\n')).toEqual([
      '64,64,QUEUE_FULL,QUEUE_FULL,QUEUE_FULL,QUEUE_FULL',
      '{"threads":1,"running":0,"queued":0,"capacity":2}',
      '32',
    ]);
  });

  it('uses all its threads', async () => {
    const child = await runInChild(`
      addon.initialize(options({ poolThreads: 2 }));
      const jobs = [1, 2, 3].map(() => addon.benchmarkDigest(0, new Uint8Array(64), 300));
      let most = 0;
      const timer = setInterval(() => { most = Math.max(most, addon.poolStats().running); }, 10);
      await Promise.all(jobs);
      clearInterval(timer);
      console.log(most);`);
    expect(child.stdout).toBe('2');
  });

  it('serves several worker threads at once', async () => {
    const child = await runInChild(`${withWorker(`
      const digest = await addon.digestAsync(0, ${LARGE});
      const key = addon.kekGenerate(256);
      addon.kekDrop(key);
      parentPort.postMessage(Buffer.from(digest).toString('hex') + addon.digestHex(0, new Uint8Array(0)));`)}
      const workers = [1, 2, 3, 4].map(startWorker);
      const answers = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
      addon.initialize(options());
      const expected = addon.digestHex(0, ${LARGE}) + addon.digestHex(0, new Uint8Array(0));
      console.log(answers.every((answer) => answer === expected));`);
    expect(child).toMatchObject({ code: 0, signal: null, stdout: 'true' });
  });

  it('survives worker threads that end, are terminated with jobs in flight, and start again', async () => {
    const child = await runInChild(`${withWorker(`
      for (let i = 0; i < 10; i++) addon.digestAsync(6, ${LARGE}).catch(() => {});
      addon.benchmarkDigest(0, new Uint8Array(1), 5000).catch(() => {});
      parentPort.postMessage('busy');`)}
      for (let round = 0; round < 5; round++) {
        const worker = startWorker();
        await once(worker, 'message');
        await worker.terminate();
      }
      addon.initialize(options());
      console.log((await addon.digestAsync(0, ${LARGE})).length);`);
    // Five benchmarks that ran to their end would take longer than the child may.
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: '32' });
  });

  it('lets only the jobs of the worker that ends go', async () => {
    const child = await runInChild(`${withWorker(`
      addon.benchmarkDigest(0, new Uint8Array(1), 5000).catch(() => {});
      parentPort.postMessage('busy');`)}
      addon.initialize(options());
      const worker = startWorker();
      await once(worker, 'message');
      const mine = [1, 2, 3].map(() => addon.digestAsync(6, ${LARGE}));
      await worker.terminate();
      console.log((await Promise.all(mine)).length, addon.poolStats().running);`);
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: '3 0' });
  });

  it('refuses other settings in a worker thread, too', async () => {
    const child = await runInChild(`
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      addon.initialize(options());
      const source = \`
        import { createRequire } from 'node:module';
        import { parentPort, workerData } from 'node:worker_threads';
        const addon = createRequire(workerData.directory + '/')(workerData.directory + '/cryptobroker.node');
        try { addon.initialize(workerData.options); } catch (error) { parentPort.postMessage(error.code); }\`;
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)),
        { workerData: { directory: module.directory, options: options({ fips: 'off' }) } });
      console.log((await once(worker, 'message'))[0]);`);
    expect(child.stdout, child.stderr).toBe('ALREADY_INITIALIZED');
  });
});
