// Core and Gateway in their containers, and a workload in a third one that makes and reads a key by KMIP.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { imageName } from '../build.mjs';
import { expect, expectEqual, succeeded } from '../expect.mjs';

const TENANT = 'acme';
const SERVICE = 'payments';
const CLIENT = 'spiffe://example.org/payments/app-1';
const GATEWAY = 'spiffe://example.org/gateway/gateway-1';

const CORE_FILES = [
  ...['--cert', '/secrets/core.pem', '--key', '/secrets/core-key.pem'],
  ...['--gateway-ca', '/secrets/core-ca.pem', '--root-secret-file', '/secrets/root-secret'],
];
const GATEWAY_FILES = [
  ...['--cert', '/secrets/kmip.pem', '--key', '/secrets/kmip-key.pem'],
  ...['--core-ca', '/secrets/core-ca.pem'],
  ...['--core-cert', '/secrets/gateway.pem', '--core-key', '/secrets/gateway-key.pem'],
];
const WORKLOAD_FILES = [
  ...['--server', 'localhost:5696', '--ca', '/secrets/kmip-ca.pem'],
  ...['--cert', '/secrets/client.pem', '--key', '/secrets/client-key.pem'],
];

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkKrypton({ engine, containers, secrets }, list) {
  const mounts = (owner, ...state) => [
    ...['--volume', `${secrets}:/secrets:ro`],
    ...state.flatMap((place) => [
      '--volume',
      `${containers.volume(`${owner}-${basename(place)}`)}:${place}`,
    ]),
  ];
  const core = containers.start('core', {
    image: imageName('core'),
    args: ['core', ...CORE_FILES],
    options: mounts('core', '/var/lib/crypto-broker'),
  });
  const inCore = { network: `container:${core.name}` };
  let gateway;
  const kmip = (...args) => {
    const options = ['--volume', `${secrets}:/secrets:ro`];
    const image = imageName('broker');
    const done = containers.run({
      ...inCore,
      image,
      args: ['kmip', ...args, '--json', ...WORKLOAD_FILES],
      options,
    });
    return JSON.parse(succeeded(done, `kmip ${args[0]}`));
  };
  let made;

  await list.check(
    'the Core starts with every restriction on, and is told what it governs',
    async () => {
      await core.answers('cryptobroker', 'core', 'health', '--ready');
      const admin = (...args) => core.out('cryptobroker', 'core', ...args);
      admin(
        'tenant',
        'create',
        TENANT,
        '--client-ca',
        '/secrets/client-ca.pem',
        '--rule',
        `${SERVICE}=spiffe:${CLIENT}`,
      );
      admin('service', 'create', TENANT, SERVICE, '--policy', 'activate-on-create=true');
      admin(
        'gateway',
        'create',
        'gateway-1',
        '--identity',
        GATEWAY,
        '--scope',
        `${TENANT}/${SERVICE}`,
      );
    },
  );
  const enrolled = await list.check(
    'the Gateway enrols with the Core in the container beside it',
    async () => {
      gateway = containers.start('gateway', {
        ...inCore,
        image: imageName('gateway'),
        args: [
          'gateway',
          '--core',
          '127.0.0.1:7443',
          '--core-identity',
          'localhost',
          ...GATEWAY_FILES,
        ],
        options: mounts('gateway', '/var/lib/crypto-broker', '/var/lib/crypto-broker-key'),
      });
      await gateway.answers('cryptobroker', 'gateway', 'health', '--ready');
      await gateway.answers('cryptobroker', 'gateway', 'status');
    },
  );
  if (!enrolled) return;
  await list.check('a workload in a third container makes a key by KMIP and reads it', async () => {
    made = kmip('create', '--length', '256', '--get', '--hex');
    expectEqual(kmip('get', made.uid, '--hex').key, made.key, 'the key');
  });
  await list.check('both have entered FIPS mode in Node too', async () => {
    for (const container of [core, gateway]) {
      const maps = readFileSync(`/proc/${container.state().Pid}/maps`, 'utf8');
      for (const place of ['/opt/crypto-broker/prebuilds/', '/var/cache/crypto-broker/'])
        expect(
          new RegExp(`${place}.*fips\\.so$`, 'm').test(maps),
          `${container.name} has no module of ${place} loaded`,
        );
    }
  });
  await list.check('the health checks of both images say healthy', async () => {
    for (const container of [core, gateway])
      succeeded(
        engine.ask('podman', ['healthcheck', 'run', container.name]),
        `the health check of ${container.name}`,
      );
  });
  await list.check('the Gateway, killed and started again, still has the key', async () => {
    gateway.kill('KILL');
    expectEqual(await gateway.ended(), 137, 'the exit code');
    gateway.startAgain();
    await gateway.answers('cryptobroker', 'gateway', 'health', '--ready');
    expectEqual(kmip('get', made.uid, '--hex').key, made.key, 'the key');
  });
  await list.check('SIGTERM ends both in order', async () => {
    for (const container of [gateway, core]) {
      container.kill('TERM');
      expectEqual(await container.ended(), 0, `the exit code of ${container.name}`);
    }
  });
}
