// What must hold of the units on a running system. Commands are those of deploy/systemd/README.md.

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from '../../demo/certificates.mjs';
import { expect, expectEqual, succeeded } from '../container/expect.mjs';

const SOCKET = '/run/crypto-broker/crypto-broker-server.sock';
const TEXT = 'Welcome CryptoBroker';
const HASH = createHash('sha3-512').update(TEXT).digest('hex');
const ADMIN = ['--admin-socket', '/run/krypton-core/admin.sock'];

const INSTALL = `
cd /units
install -m 0644 crypto-broker.socket *.service /etc/systemd/system/
install -D -m 0644 crypto-broker.sysusers.conf /etc/sysusers.d/crypto-broker.conf
install -D -m 0644 crypto-broker.tmpfiles.conf /etc/tmpfiles.d/crypto-broker.conf
systemd-sysusers crypto-broker.conf
systemd-tmpfiles --create crypto-broker.conf
systemctl daemon-reload`;

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {import('../check-list.mjs').CheckList} list
 * @param {string} scratch a directory of the host that is empty
 */
export async function systemdChecks(machine, list, scratch) {
  const call = () => machine.cryptobroker('hash-data', TEXT, '--socket', SOCKET);

  await list.check('the units install as the README says', async () => {
    machine.sh(INSTALL);
    machine.do('systemctl', 'enable', '--now', 'crypto-broker.socket');
  });
  await list.check('the first call starts the Broker and is answered', async () => {
    expectEqual(machine.mainPid('crypto-broker'), 0, 'the process of the Broker before');
    expectEqual(succeeded(call(), 'the call'), HASH, 'the hash');
    expect(
      machine.journal('crypto-broker').includes('"inheritedSockets":1'),
      'the socket was not inherited',
    );
  });
  await list.check('the Broker has no rights, no network and nothing to write', async () => {
    const pid = machine.mainPid('crypto-broker');
    confined(machine, pid);
    const devices = machine.do('nsenter', '--target', String(pid), '--net', 'cat', '/proc/net/dev');
    expectEqual(
      devices.match(/^ *\w+:/gm)?.map((name) => name.trim()),
      ['lo:'],
      'its network',
    );
    expect(
      !/"memoryLocked":false/.test(machine.journal('crypto-broker')),
      'key memory is not locked',
    );
  });
  await list.check('only root and the group may call', async () => {
    const as = (...options) =>
      machine.ask(
        'setpriv',
        ...options,
        'node',
        '/opt/crypto-broker/bin/cryptobroker.mjs',
        'health',
        '--socket',
        SOCKET,
      );
    const nobody = ['--reuid=65534', '--regid=65534'];
    expect(as(...nobody, '--clear-groups').status !== 0, 'somebody else was let in');
    const group = machine.do('stat', '--format=%g', SOCKET);
    succeeded(as(...nobody, `--groups=${group}`), 'the call of a member of the group');
  });
  await list.check('no call is lost to a kill or to restarts', async () => {
    machine.do('systemctl', 'kill', '--signal=KILL', 'crypto-broker');
    succeeded(call(), 'the call after a kill');
    const restarts = machine.start(
      '/bin/sh',
      '-euc',
      'for i in 1 2 3; do systemctl restart crypto-broker; sleep 1; done',
    );
    let calls = 0;
    let over = false;
    const ended = restarts.finally(() => (over = true));
    // A call that fails ends this check first; that the restarts failed as well must not end all of them.
    ended.catch(() => {});
    while (!over) {
      succeeded(call(), `call ${++calls} during the restarts`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    return `${calls} calls`;
  });
  await list.check('a Broker that cannot start is not tried for ever', async () => {
    machine.sh(
      'echo CRYPTO_BROKER_TRANSPORT=carrier-pigeon > /etc/crypto-broker/broker.env; systemctl restart crypto-broker || true; sleep 2',
    );
    const state = machine.do(
      'systemctl',
      'show',
      '--property=ExecMainStatus,NRestarts',
      'crypto-broker',
    );
    expect(/ExecMainStatus=3\b/.test(state) && /NRestarts=0\b/.test(state), state);
    machine.sh(
      'rm /etc/crypto-broker/broker.env; systemctl reset-failed crypto-broker.service crypto-broker.socket || true; systemctl start crypto-broker.socket',
    );
    succeeded(call(), 'the call after the cause was mended');
  });

  await list.check('Core and Gateway start with their keys as credentials', async () => {
    await giveCertificates(machine, scratch);
    machine.do('systemctl', 'start', 'krypton-core');
    until(machine, 'core', 'health', '--ready', ...ADMIN);
    const core = (...args) =>
      succeeded(machine.cryptobroker('core', ...args, ...ADMIN), args.join(' '));
    core(
      'tenant',
      'create',
      'acme',
      '--client-ca',
      '/certificates/client-ca.pem',
      '--rule',
      'payments=spiffe:spiffe://demo.example/payments/app-1',
    );
    core('service', 'create', 'acme', 'payments', '--policy', 'activate-on-create=true');
    core(
      'gateway',
      'create',
      'gateway-1',
      '--identity',
      'spiffe://demo.example/gateway/gateway-1',
      '--scope',
      'acme/payments',
    );
    machine.do('systemctl', 'start', 'krypton-gateway');
    until(
      machine,
      'gateway',
      'health',
      '--ready',
      '--status-socket',
      '/run/krypton-gateway/status.sock',
    );
  });
  await list.check('a data key is made and given out by KMIP', async () => {
    const key = succeeded(
      machine.cryptobroker(
        'kmip',
        'create',
        '--get',
        '--hex',
        '--server',
        'localhost:5696',
        '--ca',
        '/certificates/kmip-ca.pem',
        '--cert',
        '/certificates/client.pem',
        '--key',
        '/certificates/client-key.pem',
      ),
      'kmip create',
    );
    expect(/^[0-9a-f]{64}$/m.test(key), `no key of 256 bits: ${key.length} characters`);
  });
  for (const service of ['krypton-core', 'krypton-gateway']) {
    await list.check(`${service} has no rights`, async () =>
      confined(machine, machine.mainPid(service)),
    );
  }
  await list.check('all end in order', async () => {
    for (const service of ['krypton-gateway', 'krypton-core', 'crypto-broker']) {
      machine.ask('systemctl', 'stop', service);
      const result = machine.do('systemctl', 'show', '--property=Result', '--value', service);
      expectEqual(result, 'success', `the end of ${service}`);
      expect(
        machine.journal(service).includes('"msg":"stopped"'),
        `${service} did not stop by itself`,
      );
    }
  });
}

/** What the sandbox is made of, as the kernel sees it. */
function confined(machine, pid) {
  const status = machine.do('cat', `/proc/${pid}/status`);
  for (const line of [
    'CapEff:\t0000000000000000',
    'CapBnd:\t0000000000000000',
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
  ]) {
    expect(status.includes(line), `not so: ${line}`);
  }
  expect(!/^Uid:\t0\b/m.test(status), 'it runs as root');
  const limits = machine.do('cat', `/proc/${pid}/limits`);
  expect(/^Max core file size +0 +0 /m.test(limits), 'it may dump core');
  const mounts = machine
    .do('cat', `/proc/${pid}/mountinfo`)
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, , , , place, options]) => ({ place, options: options.split(',') }));
  const system = mounts.findLast(({ place }) => place === '/');
  expect(system?.options.includes('ro'), 'it could write the system');
  for (const place of ['/tmp', '/var/tmp', '/dev/shm']) {
    const mount = mounts.findLast((one) => one.place === place);
    expect(mount?.options.includes('noexec'), `it could run what it writes to ${place}`);
  }
}

async function giveCertificates(machine, scratch) {
  const directory = join(scratch, 'certificates');
  mkdirSync(directory);
  const files = {};
  await makeCertificates({
    write: (name, content) => {
      files[name] = content;
      return name;
    },
  });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(directory, name), content);
  machine.copy(directory, '/certificates');
  machine.sh(`
cd /certificates
install -m 0600 kmip.pem /etc/crypto-broker/gateway/kmip.crt
install -m 0600 kmip-key.pem /etc/crypto-broker/gateway/kmip.key
install -m 0600 gateway.pem /etc/crypto-broker/gateway/core.crt
install -m 0600 gateway-key.pem /etc/crypto-broker/gateway/core.key
install -m 0600 core-ca.pem /etc/crypto-broker/gateway/core-ca.crt
printf '%s\\n' CRYPTO_BROKER_GATEWAY_CORE_ADDRESS=127.0.0.1:7443 CRYPTO_BROKER_GATEWAY_CORE_IDENTITY=localhost > /etc/crypto-broker/gateway.env
install -m 0600 core.pem /etc/crypto-broker/core/core.crt
install -m 0600 core-key.pem /etc/crypto-broker/core/core.key
install -m 0600 core-ca.pem /etc/crypto-broker/core/gateway-ca.crt
node /opt/crypto-broker/bin/cryptobroker.mjs core root-secret /etc/crypto-broker/core/root-secret
chown krypton-core: /etc/crypto-broker/core/root-secret`);
}

/** Asks until the answer is yes. */
function until(machine, ...command) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { status, stdout, stderr } = machine.cryptobroker(...command);
    if (status === 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        `${command.join(' ')}: ${stdout}${stderr}\n${machine.journal(`krypton-${command[0]}`)}`,
      );
    }
  }
}
