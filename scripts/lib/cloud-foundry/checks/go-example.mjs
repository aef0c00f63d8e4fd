// The Go example with the Broker as its sidecar: the released Go client, which knows nothing of this Broker.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Skip } from '../../check-list.mjs';
import { cacheDir, projectRoot } from '../../paths.mjs';
import { contents, hashInputs } from '../../stamp.mjs';
import { Site } from '../site.mjs';

const SOURCES = join(projectRoot, 'deploy', 'cloud-foundry', 'examples', 'go');
const HASH = '/hash?profile=SHA-256&text=abc';
const SHA_256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
/** The client's circuit breaker stays open for five seconds. */
const RECOVERY_MS = 30_000;
const STOP_MS = 10_000;
/** For the modules to come, and for the compiler, each. */
const BUILD_MS = 300_000;

/** @param {import('../../check-list.mjs').CheckList} list @param {{root: string, droplet: string}} place */
export async function checkGoExample(list, place) {
  const check = list.check.bind(list);
  let program;
  const built = await check('the Go example is built as its README says', async () => {
    program = buildExample();
  });
  if (!built) return;
  const site = await Site.open({ ...place, manifest: join(SOURCES, 'manifest.yml') });
  try {
    cpSync(program, site.container.file('app', 'example'));
    let broker;
    let app;
    await check('the released Go client waits for a sidecar that starts late', async () => {
      app = site.startApp();
      await app.line(/"listening"/);
      assert.equal((await site.ask('/healthz')).status, 503);
      broker = site.startSidecar();
      await site.askUntil('/healthz', ({ status }) => status === 200);
      const { status, body } = await site.ask(HASH);
      assert.deepEqual(
        { status, body },
        { status: 200, body: { algorithm: 'sha-256', hex: SHA_256 } },
      );
    });
    await check('it finds a sidecar again that was killed and restarted', async () => {
      broker.kill('SIGKILL');
      await broker.ended;
      assert.equal((await site.ask(HASH)).status, 503);
      broker = site.startSidecar();
      const startedAt = Date.now();
      await site.askUntil(HASH, ({ status }) => status === 200, RECOVERY_MS);
      return `${((Date.now() - startedAt) / 1000).toFixed(1)} s after its launch`;
    });
    await check('both end within ten seconds of SIGTERM', async () => {
      broker.kill('SIGTERM');
      app.kill('SIGTERM');
      const ends = await Promise.all([
        broker.within(STOP_MS, broker.ended, 'the sidecar'),
        app.within(STOP_MS, app.ended, 'the application'),
      ]);
      assert.deepEqual(
        ends.map(({ code }) => code),
        [0, 0],
        app.tail(),
      );
      for (const record of app.records) assert.equal(record.service, 'example');
    });
  } finally {
    await site.close();
  }
}

/** Builds the example once for each state of its sources. @returns {string} the program */
function buildExample() {
  if (spawnSync('go', ['version']).status !== 0) throw new Skip('Go is not on the PATH');
  const key = hashInputs({ sources: contents(SOURCES, ['.']) }).slice(0, 16);
  const finished = join(cacheDir('cloud-foundry'), `go-example-${key}`);
  const program = join(finished, 'example');
  if (existsSync(program)) return program;
  const unfinished = `${finished}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  const options = {
    cwd: SOURCES,
    encoding: 'utf8',
    timeout: BUILD_MS,
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' },
  };
  const fetched = spawnSync('go', ['mod', 'download'], options);
  if (fetched.status !== 0) throw new Skip(`its modules cannot be fetched: ${whyNot(fetched)}`);
  const built = spawnSync(
    'go',
    ['build', '-trimpath', '-ldflags=-s', '-o', join(unfinished, 'example'), '.'],
    options,
  );
  if (built.status !== 0) throw new Error(whyNot(built));
  renameSync(unfinished, finished);
  return program;
}

/** What a command said before it failed, or that it took too long. */
function whyNot({ error, stderr }) {
  return error?.code === 'ETIMEDOUT' ? `not within ${BUILD_MS / 1000} s` : stderr.trim();
}
