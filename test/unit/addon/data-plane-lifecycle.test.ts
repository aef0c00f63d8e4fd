import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { scratchDirectory } from '../../support/scratch.ts';
import { runInChild } from '../crypto/native/child-process.ts';

/** Statements that start a plane in whatever thread they run in; it needs addon and socketPath. */
const START = `
  const start = (onWork = () => {}) => {
    const plane = addon.dataPlaneStart({
      methods: [{ path: '/test.Script/Unary', kind: 0, secret: false }], services: [], maxConcurrentStreams: 1000,
      maxConnections: 64, threads: 2, logCalls: true, service: 'test', onWork,
    });
    addon.dataPlaneInstallPolicies(plane,
      [{ name: 'Default', hashData: { digest: 6, algorithm: 'sha3-512', asyncAbove: 1024 } }]);
    addon.dataPlaneListen(plane, addon.listenUnix(socketPath, 16));
    return plane;
  };`;

/** Statements for a client of the plane: call() sends a request, busy() a hundred that take long. */
const CLIENT = `
  import grpc from ${JSON.stringify(import.meta.resolve('@grpc/grpc-js'))};
  const client = new grpc.Client('unix:' + socketPath, grpc.credentials.createInsecure());
  const call = (path, request) => new Promise((resolve) => {
    client.makeUnaryRequest(path, (bytes) => bytes, (bytes) => bytes, request,
      (error, response) => resolve(error ?? response));
  });
  const large = Buffer.concat([Buffer.from([10, 7]), Buffer.from('Default'),
    Buffer.from([18, 192, 132, 61]), Buffer.alloc(1_000_000)]);
  const busy = () => {
    for (let i = 0; i < 50; i++) {
      void call('/CryptoBroker.CryptoGrpc/HashData', large);
      void call('/test.Script/Unary', Buffer.from('x'));
    }
  };`;

/** Runs in a child that has addon started, start(), call() and busy(). */
async function inChild(
  body: string,
  settings: Parameters<typeof runInChild>[1] = {},
): ReturnType<typeof runInChild> {
  const socketPath = join(scratchDirectory(), 'a.sock');
  return await runInChild(
    `const socketPath = ${JSON.stringify(socketPath)}; ${CLIENT} ${START} ${body}`,
    settings,
  );
}

/** Statements that define startWorker(): a thread with a plane of its own, which says when its script has a call. */
const WORKER = `
  import { Worker } from 'node:worker_threads';
  import { once } from 'node:events';
  import { rmSync } from 'node:fs';
  const source = \`
    import { createRequire } from 'node:module';
    import { parentPort, workerData } from 'node:worker_threads';
    const { directory, options, socketPath } = workerData;
    const addon = createRequire(directory + '/')(directory + '/cryptobroker.node');
    addon.initialize(options);
    ${START}
    const plane = start(() => { if (addon.dataPlaneTakeEvents(plane).length > 0) parentPort.postMessage('called'); });
    parentPort.postMessage('serving');
    parentPort.once('message', () => process.exit(3));\`;
  const startWorker = async () => {
    rmSync(socketPath, { force: true });
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)),
      { workerData: { directory: module.directory, options: options(), socketPath } });
    await once(worker, 'message');
    return worker;
  };`;

describe('an open plane', () => {
  it('keeps the process alive, and no longer than until it is closed', async () => {
    const child = await inChild(`
      addon.initialize(options());
      const plane = start();
      setTimeout(() => { console.log('alive'); addon.dataPlaneClose(plane); }, 200).unref();`);
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: 'alive' });
  });

  it('serves on when the script has forgotten it', async () => {
    const child = await inChild(
      `
      addon.initialize(options());
      start();
      for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate); }
      console.log((await call('/CryptoBroker.CryptoGrpc/HashData', large)).length > 128);
      process.exit(0);`,
      { nodeFlags: ['--expose-gc'] },
    );
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: 'true' });
  });

  it('gives its memory back when it is closed and forgotten', async () => {
    const child = await inChild(
      `
      addon.initialize(options());
      for (let i = 0; i < 20; i++) {
        const plane = start();
        (await import('node:fs')).rmSync(socketPath);
        addon.dataPlaneClose(plane);
        gc();
        await new Promise(setImmediate);
      }
      const { readdirSync } = await import('node:fs');
      console.log(readdirSync('/proc/self/task').length < 20, readdirSync('/proc/self/fd').length < 60);`,
      { nodeFlags: ['--expose-gc'] },
    );
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: 'true true' });
  });

  it.each([
    ['process.exit()', 'process.exit(7);', 7],
    ['an exception nobody catches', 'throw new Error("on purpose");', 1],
    ['the last handle', 'client.close(); addon.dataPlaneClose(plane);', 0],
  ])('ends with calls running and waiting by %s', async (_, ending, code) => {
    const child = await inChild(`
      addon.initialize(options());
      const called = Promise.withResolvers();
      const plane = start(() => { if (addon.dataPlaneTakeEvents(plane).length > 0) called.resolve(); });
      busy();
      await called.promise;
      ${ending}`);
    expect(child, child.stderr).toMatchObject({ code, signal: null });
  });

  it('may be closed while the script is told of work', async () => {
    const child = await inChild(`
      addon.initialize(options());
      const plane = start(() => { addon.dataPlaneClose(plane); client.close(); console.log('closed'); });
      busy();`);
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null, stdout: 'closed' });
  });

  it('hands what its script throws to the process', async () => {
    const child = await inChild(`
      addon.initialize(options());
      process.once('uncaughtException', (error) => {
        console.log('uncaught', error.message);
        process.exit(9);
      });
      start(() => { throw new Error('from the script'); });
      busy();`);
    expect(child, child.stderr).toMatchObject({
      code: 9,
      signal: null,
      stdout: 'uncaught from the script',
    });
  });
});

describe('a plane in a worker thread', () => {
  it.each([
    ['is terminated', 'await worker.terminate();'],
    ['exits', `worker.postMessage('exit'); console.log('exit', (await once(worker, 'exit'))[0]);`],
  ])('goes with it when it %s with calls running and waiting', async (_, ending) => {
    const child = await inChild(`${WORKER}
      for (let round = 0; round < 4; round++) {
        const worker = await startWorker();
        busy();
        await once(worker, 'message');
        ${ending}
      }
      addon.initialize(options());
      console.log('pool', addon.poolStats().queued);
      process.exit(0);`);
    expect(child, child.stderr).toMatchObject({ code: 0, signal: null });
    expect(child.stdout).toMatch(/^(exit 3\n){0,4}pool 0$/);
  });
});
