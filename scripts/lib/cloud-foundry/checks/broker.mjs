// The example application with the Broker as its sidecar.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { PRODUCT } from '../droplet.mjs';
import { makeIssuer } from '../certificates.mjs';
import { HOME, VCAP_UID } from '../launcher.mjs';
import { Site } from '../site.mjs';

const TEXT = 'Welcome CryptoBroker';
const SHA_256 = createHash('sha256').update(TEXT).digest('hex');
const HISTORIC = [
  '/tmp/open-crypto-broker/crypto-broker-server.sock',
  '/tmp/cryptobroker.sock',
  '/home/vcap/tmp/crypto-broker/broker.sock',
];
const HASH = `/hash?profile=SHA-256&text=${encodeURIComponent(TEXT)}`;
/** Cloud Foundry's own patience after SIGTERM. */
const STOP_MS = 10_000;

/** @param {import('../../check-list.mjs').CheckList} list @param {{root: string, droplet: string}} place */
export async function checkBroker(list, place) {
  const site = await Site.open(place);
  const check = list.check.bind(list);
  let app;
  let broker;
  try {
    await check('the container has user 2000, no capability, no network and a fixed root', () =>
      isConfined(site),
    );
    await check(
      'the application starts before its sidecar, and says that it is not ready',
      async () => {
        app = site.startApp();
        await app.line(/"listening"/);
        const { status } = await site.ask('/healthz');
        assert.equal(status, 503);
      },
    );
    await check('a call made before the sidecar runs is answered when it does', async () => {
      const early = site.ask(HASH);
      broker = site.startSidecar();
      const startedAt = performance.now();
      await broker.line(/"msg":"serving"/);
      const readyMs = performance.now() - startedAt;
      isHash(await early);
      return `the sidecar served ${Math.round(readyMs)} ms after its launch`;
    });
    await check('the application is healthy by then', async () => {
      const { status, body } = await site.ask(site.manifest.healthEndpoint);
      assert.deepEqual({ status, body }, { status: 200, body: { broker: 'SERVING' } });
    });
    await check('the sockets are where clients look, for this user alone', () => hasSockets(site));
    await check('the FIPS provider answers, from the module in the droplet', async () => {
      const { code, out, error } = await site.run(`exec ${PRODUCT}/launch fips --json`);
      assert.equal(code, 0, error);
      const report = JSON.parse(out);
      assert.equal(report.fips, 'required');
      assert.ok(report.module.path.startsWith(`${HOME}/${PRODUCT}/`), report.module.path);
      return report.libraryVersion;
    });
    await check('the health command answers as well', async () => {
      const { code, out } = await site.run(`exec ${PRODUCT}/launch health --deadline-ms 1500`);
      assert.deepEqual({ code, out }, { code: 0, out: 'SERVING' });
    });
    await check('memory stays within the manifest under load', () => staysSmall(site, app, broker));
    await check(
      'killed, the sidecar leaves the application alive; restarted, it is found again',
      async () => {
        broker.kill('SIGKILL');
        await broker.ended;
        const { status } = await site.ask('/healthz');
        assert.equal(status, 503);
        const early = site.ask(HASH);
        const killed = broker;
        broker = site.startSidecar();
        isHash(await early);
        isHash(await site.ask(HASH));
        noOtherLines(killed);
        return 'over the stale sockets of the one before';
      },
    );
    await check('a second sidecar does not take the place of one that lives', async () => {
      const second = site.startSidecar();
      const { code } = await second.within(20_000, second.ended, 'the second sidecar');
      assert.equal(code, 4);
      isHash(await site.ask(HASH));
    });
    await check('both end within ten seconds of SIGTERM, and leave no socket', async () => {
      const startedAt = Date.now();
      broker.kill('SIGTERM');
      app.kill('SIGTERM');
      const ends = await Promise.all([
        broker.within(STOP_MS, broker.ended, 'the sidecar'),
        app.within(STOP_MS, app.ended, 'the application'),
      ]);
      assert.deepEqual(ends, [
        { code: 0, signal: null },
        { code: 0, signal: null },
      ]);
      const left = await site.run(`ls ${HISTORIC.join(' ')} 2>/dev/null`);
      assert.equal(left.out, '');
      return `${Date.now() - startedAt} ms`;
    });
    await check(
      'every line on standard output is a JSON record, and nothing else is said',
      async () => {
        noOtherLines(broker);
        noOtherLines(app);
        return `${broker.lines.length} lines of the Broker`;
      },
    );
    await check("the application's preloads and OpenSSL settings do not reach the sidecar", () =>
      ignoresOthers(site),
    );
    await check(
      "an operator's own FIPS module answers, from the application's directory",
      async () => {
        const { code, out, error } = await site.run(
          `mkdir fips-module && cp ${PRODUCT}/prebuilds/*/fips.so fips-module/ && ` +
            `CRYPTO_BROKER_FIPS_MODULE_DIR=${HOME}/fips-module exec ${PRODUCT}/launch fips --json`,
        );
        assert.equal(code, 0, error);
        const { source, path } = JSON.parse(out).module;
        assert.deepEqual([source, path], ['operator', `${HOME}/fips-module/fips.so`]);
      },
    );
    await check('the droplet runs from another directory', () => runsElsewhere(site));
    await check('a changed byte of fips.so ends the start with 70', () =>
      refusesChangedModule(site),
    );
  } finally {
    await site.close();
  }
}

async function isConfined(site) {
  const { out } = await site.run(
    'id -u; id -g; grep -E "^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)" /proc/self/status; ls /sys/class/net 2>/dev/null; ' +
      'tail -n +3 /proc/net/dev; touch /etc/x 2>&1; pwd',
  );
  const lines = out.split('\n').map((line) => line.trim());
  assert.deepEqual(lines.slice(0, 2), [String(VCAP_UID), String(VCAP_UID)]);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
    assert.ok(lines.includes(`${set}:\t0000000000000000`), out);
  assert.ok(lines.includes('NoNewPrivs:\t1'), out);
  const networks = lines.filter((line) => /^\w+:\s+\d+\s/.test(line));
  assert.deepEqual(
    networks.map((line) => line.split(':')[0]),
    ['lo'],
    out,
  );
  assert.match(out, /Read-only file system/);
  assert.equal(lines.at(-1), HOME);
}

function isHash({ status, body }) {
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body, { algorithm: 'sha-256', hex: SHA_256 });
}

async function hasSockets(site) {
  const { out } = await site.run(`stat -c '%n %F %a %u' ${HISTORIC.join(' ')}`);
  assert.deepEqual(
    out.split('\n'),
    HISTORIC.map((path) => `${path} socket 600 ${VCAP_UID}`),
  );
  const { out: directory } = await site.run(`stat -c %a /home/vcap/tmp/crypto-broker`);
  assert.equal(directory, '700');
}

async function staysSmall(site, app, broker) {
  const idle = broker.memory('VmRSS');
  const { caPem, caKeyPem, csrPem } = await makeIssuer();
  site.write('test/issuer/ca.pem', caPem);
  site.write('test/issuer/ca.key', caKeyPem);
  site.write('test/issuer/request.csr', csrPem);
  const { answered } = await site.node(
    'load.mjs',
    `${HOME}/${PRODUCT}/dist/client/index.js`,
    HISTORIC[2],
    '/home/vcap/test/issuer',
  );
  assert.equal(answered, 20_600);
  const most = broker.memory('VmHWM');
  const limit = site.manifest.sidecars[0].memoryMib;
  assert.ok(most < limit, `the Broker took ${most.toFixed(0)} MiB of ${limit}`);
  const both = most + app.memory('VmHWM');
  assert.ok(both < site.manifest.memoryMib, `both took ${both.toFixed(0)} MiB`);
  return (
    `Broker ${idle.toFixed(0)} MiB idle, ${most.toFixed(0)} at most of ${limit}; ` +
    `with the application ${both.toFixed(0)} of ${site.manifest.memoryMib}`
  );
}

/** All lines are log records, and standard error is empty. */
function noOtherLines(started) {
  for (const record of started.records) {
    assert.ok(!Number.isNaN(Date.parse(record.time)), JSON.stringify(record));
    assert.equal(typeof record.msg, 'string');
    assert.equal(typeof record.service, 'string');
  }
  assert.equal(started.error, '');
}

async function ignoresOthers(site) {
  const broken = site.write(
    'app/openssl.cnf',
    'openssl_conf = nothing\n[nothing]\nproviders = none\n',
  );
  const profile = site.write(
    'app/.profile',
    `export NODE_OPTIONS=--require=/nowhere.js LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=/nowhere OPENSSL_CONF=${broken}\n`,
  );
  try {
    const sidecar = site.startSidecar();
    await sidecar.line(/"msg":"serving"/);
    sidecar.kill('SIGTERM');
    const { code } = await sidecar.within(STOP_MS, sidecar.ended, 'the sidecar');
    assert.equal(code, 0);
    // The shells before it were told of the preload; they say so, and it is theirs to say.
    assert.deepEqual(
      sidecar.errorLines.filter((line) => !line.includes('LD_PRELOAD')),
      [],
    );
  } finally {
    await site.container.run(['/bin/rm', broken, profile], site.env);
  }
}

async function runsElsewhere(site) {
  const elsewhere = '/home/vcap/another place';
  await site.container.run(['/bin/mv', HOME, elsewhere], site.env);
  try {
    const sidecar = site.startSidecar({ dir: elsewhere });
    await sidecar.line(/"msg":"serving"/);
    sidecar.kill('SIGTERM');
    const { code } = await sidecar.within(STOP_MS, sidecar.ended, 'the sidecar');
    assert.equal(code, 0);
  } finally {
    await site.container.run(['/bin/mv', elsewhere, HOME], site.env);
  }
}

async function refusesChangedModule(site) {
  const path = site.container.file('app', PRODUCT, 'prebuilds', `linux-${process.arch}`, 'fips.so');
  const module = readFileSync(path);
  module[module.length >> 1] ^= 1;
  writeFileSync(path, module);
  const sidecar = site.startSidecar();
  const { code } = await sidecar.within(20_000, sidecar.ended, 'the sidecar');
  assert.equal(code, 70);
  assert.match(sidecar.out + sidecar.error, /FIPS_MODULE_REFUSED/);
  const left = await site.run(`ls ${HISTORIC.join(' ')} 2>/dev/null`);
  assert.equal(left.out, '');
}
