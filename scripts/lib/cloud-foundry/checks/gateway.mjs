// A Gateway as its manifest starts it, with a reference Core in the same container in place of the one that it would find by
// network.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CLIENT_IDENTITY,
  GATEWAY_IDENTITY,
  makeCertificates,
} from '../../../demo/certificates.mjs';
import { makeInstanceIdentity } from '../certificates.mjs';
import { PRODUCT } from '../droplet.mjs';
import { Site } from '../site.mjs';

const CORE_PORT = 7443;
const ADMIN = '/home/vcap/test/core.sock';
const IDENTITY = '/home/vcap/test/identity';
const STOP_MS = 10_000;
/** The launch script looks every ten seconds for a new pair, and so does the Gateway. */
const ROTATION_MS = 30_000;

/** @param {import('../../check-list.mjs').CheckList} list @param {{root: string, droplet: string}} place */
export async function checkGateway(list, place) {
  const site = await Site.open({ ...place, manifest: 'manifest-gateway.yml' });
  const check = list.check.bind(list);
  const gateway = new GatewaySite(site);
  let uid;
  let key;
  try {
    await check(
      'without its service the Gateway does not start, and says which is missing',
      async () => {
        const { code, error } = await site.run(site.manifest.command);
        assert.equal(code, 2);
        assert.equal(
          error,
          'error: 0 bound services are called krypton-gateway; there must be one',
        );
      },
    );
    const up = await check('the Gateway enrols with what the bound service brings', async () => {
      await gateway.prepare();
      await gateway.startCore();
      await gateway.declare();
      await gateway.start();
    });
    if (!up) return;
    await check(
      'the health check of the manifest finds it alive, and the command ready',
      async () => {
        const { healthEndpoint } = site.manifest;
        assert.equal((await site.request(healthEndpoint)).status, 200);
        const { code, out } = await site.run(`exec ${PRODUCT}/launch gateway health --ready`);
        assert.deepEqual({ code, out }, { code: 0, out: 'SERVING' });
      },
    );
    await check(
      'a key is made and read again, over the instance identity certificate',
      async () => {
        ({ uid, key } = await gateway.kmip('create --get --hex'));
        assert.match(key, /^[0-9a-f]{64}$/);
        assert.equal((await gateway.kmip(`get ${uid} --hex`)).key, key);
      },
    );
    await check('an application is known by the app in its instance identity', async () => {
      const made = await gateway.kmip('create --get --hex', { byIdentity: true });
      assert.match(made.key, /^[0-9a-f]{64}$/);
      await assert.rejects(gateway.kmip(`get ${made.uid} --hex`), /KMIP_FAILED/);
    });
    await check('a renewed instance identity is taken over while it runs', async () => {
      await gateway.renewIdentity();
      await gateway.process.line(/certificates of the KMIP port reloaded/, ROTATION_MS);
      assert.equal((await gateway.kmip(`get ${uid} --hex`)).key, key);
      const { out } = await site.run('stat -c %a ../tmp/crypto-broker/credentials/*');
      assert.deepEqual([...new Set(out.split('\n'))], ['600']);
    });
    await check('memory stays within the manifest', async () => {
      for (let i = 0; i < 8; i += 1) await gateway.kmip('create');
      const most = gateway.process.memory('VmHWM');
      assert.ok(most < site.manifest.memoryMib, `${most.toFixed(0)} of ${site.manifest.memoryMib}`);
      return `${most.toFixed(0)} MiB at most of ${site.manifest.memoryMib}`;
    });
    await check('it ends within ten seconds of SIGTERM, and its helper with it', async () => {
      const startedAt = Date.now();
      gateway.process.kill('SIGTERM');
      const { code } = await gateway.process.within(STOP_MS, gateway.process.ended, 'the Gateway');
      assert.equal(code, 0, gateway.process.tail());
      const ms = Date.now() - startedAt;
      await gateway.helperEnded();
      for (const record of gateway.process.records) assert.equal(typeof record.msg, 'string');
      return `${ms} ms`;
    });
    await check(
      'in a new container, with an empty disk, it serves the keys made before',
      async () => {
        await site.run('rm -rf ../tmp/crypto-broker');
        await gateway.start();
        assert.equal((await gateway.kmip(`get ${uid} --hex`)).key, key);
        gateway.process.kill('SIGTERM');
        await gateway.process.within(STOP_MS, gateway.process.ended, 'the Gateway');
      },
    );
    await check(
      'where memory cannot be locked it refuses, or warns when that was asked for',
      async () => {
        const locked = await gateway.launchLocked('required');
        const { code } = await locked.within(20_000, locked.ended, 'the Gateway');
        assert.notEqual(code, 0);
        assert.match(locked.out + locked.error, /MEMORY_NOT_LOCKED/);
        const preferred = await gateway.launchLocked('preferred');
        await preferred.line(/cannot be locked|not locked/i);
        preferred.kill('SIGTERM');
        await preferred.within(STOP_MS, preferred.ended, 'the Gateway');
      },
    );
  } finally {
    await site.close();
  }
}

class GatewaySite {
  #site;
  #env;
  #client;
  #clientCa;
  #coreFiles;
  #identity;
  #appGuid;

  constructor(site) {
    this.#site = site;
  }

  /** Certificates, the bound service, and what the platform puts into a container. */
  async prepare() {
    const texts = new Map();
    const write = (name, text) => {
      const path = this.#site.write(`test/pki/${name}`, text);
      texts.set(path, text);
      return path;
    };
    const made = await makeCertificates({ write });
    this.#appGuid = JSON.parse(this.#site.env.VCAP_APPLICATION).application_id;
    this.#identity = await makeInstanceIdentity(this.#site.env.CF_INSTANCE_GUID, this.#appGuid);
    this.#site.write('test/identity/ca.pem', this.#identity.caPem, 0o644);
    await this.renewIdentity();
    this.#client = made.client;
    this.#clientCa = made.clientCa.certificate;
    this.#coreFiles = { ...made.core, gatewayCa: made.coreCa.certificate };
    const credentials = {
      'core-ca': texts.get(made.coreCa.certificate),
      'core-cert': texts.get(made.gateway.certificate),
      'core-key': texts.get(made.gateway.key),
      note: 'what is not known is left alone',
    };
    this.#env = {
      ...this.#site.env,
      VCAP_SERVICES: JSON.stringify({
        'user-provided': [
          { name: 'another', credentials: {} },
          { name: 'krypton-gateway', credentials },
        ],
      }),
      CF_INSTANCE_CERT: `${IDENTITY}/instance.crt`,
      CF_INSTANCE_KEY: `${IDENTITY}/instance.key`,
      CRYPTO_BROKER_GATEWAY_CORE_ADDRESS: `127.0.0.1:${CORE_PORT}`,
      CRYPTO_BROKER_GATEWAY_CORE_IDENTITY: 'localhost',
    };
  }

  /** As the platform does it: files that everybody in the container may read. */
  async renewIdentity() {
    const { certificate, key } = await this.#identity.issue();
    this.#site.write('test/identity/instance.key', key, 0o644);
    this.#site.write('test/identity/instance.crt', certificate, 0o644);
  }

  async startCore() {
    const secret = '/home/vcap/test/root-secret';
    await this.#command(`core root-secret ${secret}`);
    const { certificate, key, gatewayCa } = this.#coreFiles;
    const core = this.#site.container.launch(
      `exec ${PRODUCT}/launch core --listen 127.0.0.1:${CORE_PORT} --cert ${certificate} --key ${key} ` +
        `--gateway-ca ${gatewayCa} --data-dir /home/vcap/test/core --root-secret-file ${secret} --admin-socket ${ADMIN}`,
      this.#env,
    );
    await core.line(/"msg":"serving"/);
  }

  async declare() {
    const admin = (words) => this.#command(`core ${words} --admin-socket ${ADMIN} --json`);
    await admin(
      `tenant create acme --client-ca ${this.#clientCa} --rule payments=spiffe:${CLIENT_IDENTITY}`,
    );
    await admin('service create acme payments --policy activate-on-create=true');
    await admin(
      `tenant create platform --client-ca ${IDENTITY}/ca.pem --rule orders=ou:app:${this.#appGuid}`,
    );
    await admin('service create platform orders --policy activate-on-create=true');
    await admin(
      `gateway create gateway-1 --identity ${GATEWAY_IDENTITY} --scope acme/payments --scope platform/orders`,
    );
  }

  /** Starts it as the manifest says, and waits until it can make keys. */
  async start() {
    this.process = this.#site.container.launch(this.#site.manifest.command, this.#env);
    await this.process.line(/"msg":"serving"/);
    const end = Date.now() + 30_000;
    for (;;) {
      const { code, out } = await this.#try('gateway status --json');
      const status = code === 0 ? JSON.parse(out) : undefined;
      if (status?.link.state === 'linked' && status.serviceKeys.some(({ wraps }) => wraps)) return;
      if (Date.now() > end) throw new Error(`the Gateway is not ready:\n${this.process.tail()}`);
    }
  }

  /** Starts it where next to nothing may be locked. */
  async launchLocked(memoryLock) {
    const command = `ulimit -l 16 && ${this.#site.manifest.command}`;
    return this.#site.container.launch(command, {
      ...this.#env,
      CRYPTO_BROKER_MEMORY_LOCK: memoryLock,
    });
  }

  /** As a client with a certificate of its own, or by the instance identity alone. */
  async kmip(words, { byIdentity = false } = {}) {
    const { certificate, key } = byIdentity
      ? { certificate: `${IDENTITY}/instance.crt`, key: `${IDENTITY}/instance.key` }
      : this.#client;
    const out = await this.#command(
      `kmip ${words} --json --server 127.0.0.1:5696 --server-name ${this.#env.CF_INSTANCE_GUID} ` +
        `--ca ${IDENTITY}/ca.pem --cert ${certificate} --key ${key}`,
    );
    return JSON.parse(out);
  }

  /** No process of the launch script is left; it looks every ten seconds whether the Gateway is there. */
  async helperEnded() {
    const end = Date.now() + 15_000;
    for (;;) {
      const { out } = await this.#site.run(
        'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" | grep -c "launch$"',
      );
      if (out === '0') return;
      if (Date.now() > end) throw new Error('the helper of the launch script is still there');
      await sleep(500);
    }
  }

  async #command(words) {
    const { code, out, error } = await this.#try(words);
    assert.equal(code, 0, `cryptobroker ${words}: ${error}`);
    return out;
  }

  #try(words) {
    return this.#site.run(`exec ${PRODUCT}/launch ${words}`, { env: this.#env });
  }
}
