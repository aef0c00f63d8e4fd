// The Broker in its container, and a second container that calls it over the shared socket.

import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageName } from '../build.mjs';
import { until } from '../containers.mjs';
import { expect, expectEqual, succeeded } from '../expect.mjs';

const HEALTH = ['cryptobroker', 'health', '--deadline-ms', '1500'];
const TEXT = 'Welcome CryptoBroker';

/** @param {import('../site.mjs').Site} site @param {import('../../check-list.mjs').CheckList} list */
export async function checkBroker({ engine, containers, secrets }, list) {
  const image = imageName('broker');
  const volume = ['--volume', `${containers.volume('sockets')}:/run/crypto-broker`];
  const startedAt = performance.now();
  const broker = containers.start('broker', { image, options: volume });
  const client = (args, options = []) =>
    containers.run({ image, args, options: [...volume, ...options] });

  await list.check('the Broker serves with every restriction on', async () => {
    await broker.answers(...HEALTH);
    return `${Math.round(performance.now() - startedAt)} ms after \`podman run\``;
  });
  await list.check('process 1 has no rights, no network, and no file system to write', async () => {
    checkConfinement(broker, engine);
  });
  await list.check('the health check of the image says healthy', async () => {
    succeeded(engine.ask('podman', ['healthcheck', 'run', broker.name]), 'the health check');
  });

  await list.check('a second container asks for its health over the shared socket', async () => {
    expectEqual(succeeded(client(['health']), 'health'), 'SERVING', 'the answer');
  });
  await list.check('a second container gets a hash', async () => {
    expectEqual(hashOf(client), createHash('sha3-512').update(TEXT).digest('hex'), 'the hash');
  });
  await list.check('a second container gets a certificate', async () => {
    const files = ['csr', 'ca-cert', 'ca-key'].flatMap((name) => [
      `--${name}`,
      `/secrets/issuer/${name}.pem`,
    ]);
    const options = ['--volume', `${secrets}:/secrets:ro`];
    const pem = succeeded(client(['sign-certificate', ...files], options), 'sign-certificate');
    const issuer = new X509Certificate(readFileSync(join(secrets, 'issuer', 'ca-cert.pem')));
    expect(
      new X509Certificate(pem).verify(issuer.publicKey),
      'the certificate is not signed by the CA',
    );
  });
  await list.check('a container of another user does not get at the socket', async () => {
    const { status, stdout } = client(
      ['health', '--deadline-ms', '500'],
      ['--user', '65533:65533'],
    );
    expect(status === 1 && !stdout.includes('SERVING'), `it ended with ${status}: ${stdout}`);
  });

  await list.check('killed with its socket left behind, it serves again when started', async () => {
    broker.kill('KILL');
    expectEqual(await broker.ended(), 137, 'the exit code');
    broker.startAgain();
    await broker.answers(...HEALTH);
    expectEqual(hashOf(client).length, 128, 'the length of the hash');
  });

  await list.check('SIGTERM ends it in order, and takes the socket away', async () => {
    broker.kill('TERM');
    expectEqual(await broker.ended(), 0, 'the exit code');
    const last = broker.logLines().at(-1);
    expect(/stopped/.test(last?.msg), `its last line is ${JSON.stringify(last)}`);
    const { status } = client(['health', '--deadline-ms', '500']);
    expectEqual(status, 1, 'the exit code of a client');
    expectEqual(
      engine.ask('podman', ['healthcheck', 'run', broker.name]).status !== 0,
      true,
      'whether the health check fails',
    );
  });
  await checkDrain({ containers, image }, list);
}

function hashOf(client) {
  return succeeded(client(['hash-data', TEXT]), 'hash-data');
}

/** A call that takes a while is let finish. */
async function checkDrain({ containers, image }, list) {
  await list.check('SIGTERM lets a call finish that is under way', async () => {
    const options = ['--volume', `${containers.volume('drain')}:/run/crypto-broker`];
    const server = ['server', '--dev', '--log-level', 'debug'];
    const broker = containers.start('drain-broker', { image, options, args: server });
    await broker.answers(...HEALTH);
    const args = ['benchmark', '--json', '--deadline-ms', '60000'];
    const caller = containers.start('drain-caller', { image, options, args });
    // The caller has connected, and the core is busy: a call of milliseconds could end before the signal.
    await until(
      'the call to be under way',
      () => isBusy(broker) || caller.state().Status === 'exited',
    );
    expectEqual(caller.state().Status, 'running', 'the call');
    broker.kill('TERM');
    const [stopped, called] = [await broker.ended(), await caller.ended()];
    expectEqual(called, 0, `the exit code of the caller, which says ${caller.logs()}`);
    expect(JSON.parse(caller.logs()).results.length > 0, 'the caller has no result');
    expectEqual(stopped, 0, 'the exit code of the Broker');
  });
}

/** Whether it has used half a second of processor time more than for its start. */
function isBusy(broker) {
  const { Pid: pid } = broker.state();
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  startTicks.set(pid, startTicks.get(pid) ?? ticks);
  return ticks - startTicks.get(pid) >= 50;
}
const startTicks = new Map();

function checkConfinement(broker, engine) {
  const { Pid: pid } = broker.state();
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
  expectEqual(field('Uid')?.split('\t'), Array(4).fill('65532'), 'the user');
  expectEqual(field('Gid')?.split('\t'), Array(4).fill('65532'), 'the group');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expectEqual(field(set), '0'.repeat(16), set);
  expectEqual(field('NoNewPrivs'), '1', 'NoNewPrivs');
  expectEqual(field('Seccomp'), '2', 'Seccomp');
  expectEqual(field('NSpid')?.split('\t').at(-1), '1', 'its process id inside');
  const interfaces = readFileSync(`/proc/${pid}/net/dev`, 'utf8').match(/^\s*\w+(?=:)/gm);
  expectEqual(
    interfaces?.map((name) => name.trim()),
    ['lo'],
    'the network',
  );
  const [{ HostConfig: limits }] = JSON.parse(engine.out('podman', ['inspect', broker.name]));
  expectEqual([limits.Memory, limits.PidsLimit], [256 << 20, 64], 'the limits');
  expectEqual(
    JSON.parse(broker.out('/usr/bin/node', '-e', WRITE_EVERYWHERE)),
    WRITTEN,
    'what can be written',
  );
}

/** Runs inside, where there is no shell. */
const WRITE_EVERYWHERE = `
const { writeFileSync } = require('node:fs');
const places = ['/', '/etc', '/opt/crypto-broker', '/var/cache/crypto-broker', '/tmp', '/run/crypto-broker'];
console.log(JSON.stringify(Object.fromEntries(places.map((place) => {
  try { writeFileSync(place + '/probe', ''); return [place, 'yes']; } catch (error) { return [place, error.code]; }
}))));`;
const WRITTEN = {
  '/': 'EROFS',
  '/etc': 'EROFS',
  '/opt/crypto-broker': 'EROFS',
  '/var/cache/crypto-broker': 'EROFS',
  '/tmp': 'yes',
  '/run/crypto-broker': 'yes',
};
