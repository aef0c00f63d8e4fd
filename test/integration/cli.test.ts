import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_TRANSPORTS } from '../../src/client/choose-transport.ts';
import { makeThrowawayCa, makeThrowawayRequest } from '../../src/x509/throwaway.ts';
import {
  cryptobroker,
  PROGRAM,
  ROOT,
  runProgram,
  startBroker,
  type BrokerProcess,
  type Ended,
} from '../support/programs.ts';
import { waitFor } from '../support/wait-for.ts';

const WELCOME_SHA3_512 =
  '14894112f30f982c01e1de386ee9ca60bff70469d9fd249a5f9fbfc66a29c37c' +
  '76b3fb15c294a6b6d3a1609fa59ca14194e2bc9da16610fa7f1a10dad38d628e';

let broker: BrokerProcess;
let directory: string;
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-cli-'));
  const now = Math.floor(Date.now() / 1000);
  const ca = await makeThrowawayCa({ key: { algorithm: 'ECDSA', bits: 384 }, now });
  const request = await makeThrowawayRequest({
    key: { algorithm: 'ECDSA', bits: 256 },
    commonName: 'app',
  });
  writeFileSync(file('ca.pem'), ca.certificatePem);
  writeFileSync(file('ca-key.pem'), ca.keyPem);
  writeFileSync(file('app.csr'), request.csrPem);
  broker = await startBroker();
});
afterAll(async () => {
  expect(await broker.stop()).toBe(0);
  rmSync(directory, { recursive: true });
});

/** Runs a client command against the Broker. */
const call = (args: readonly string[], input?: string): Promise<Ended> =>
  cryptobroker([...args, '--socket', broker.socket], input === undefined ? {} : { input });
const signArgs = (): string[] => [
  'sign-certificate',
  ...['--csr', file('app.csr'), '--ca-cert', file('ca.pem'), '--ca-key', file('ca-key.pem')],
];

describe('against a server', () => {
  it('health says SERVING', async () => {
    await expect(call(['health'])).resolves.toMatchObject({
      exit: 0,
      out: Buffer.from('SERVING\n'),
      error: '',
    });
  });

  it('hash-data prints the published hash for argument, file and standard input', async () => {
    writeFileSync(file('data'), 'Welcome CryptoBroker');
    const expected = { exit: 0, out: Buffer.from(`${WELCOME_SHA3_512}\n`), error: '' };
    await expect(call(['hash-data', 'Welcome CryptoBroker'])).resolves.toMatchObject(expected);
    await expect(call(['hash-data', '--file', file('data')])).resolves.toMatchObject(expected);
    await expect(call(['hash-data', '-'], 'Welcome CryptoBroker')).resolves.toMatchObject(expected);
  });

  it.each(CLIENT_TRANSPORTS)('hash-data prints the same over %s', async (transport) => {
    await expect(
      call(['hash-data', 'Welcome CryptoBroker', '--client-transport', transport]),
    ).resolves.toMatchObject({ exit: 0, out: Buffer.from(`${WELCOME_SHA3_512}\n`), error: '' });
  });

  it('hash-data writes raw bytes unchanged', async () => {
    const { out } = await call([
      'hash-data',
      'abc',
      '--profile',
      'SHA-256',
      '--output-format',
      'raw',
    ]);
    expect(out).toEqual(createHash('sha256').update('abc').digest());
  });

  it('sign-certificate issues a certificate that the CA verifies, in PEM and in DER', async () => {
    const ca = new X509Certificate(readFileSync(file('ca.pem')));
    const pem = await call([
      ...signArgs(),
      '--subject',
      'O=Example, CN=renamed',
      '--crl',
      'http://crl.example.com/a.crl',
    ]);
    expect(pem).toMatchObject({ exit: 0, error: '' });
    const issued = new X509Certificate(pem.out);
    expect(issued.verify(ca.publicKey)).toBe(true);
    expect(issued.subject).toBe('O=Example\nCN=renamed');

    const der = await call([...signArgs(), '--output-format', 'der', '--out', file('app.der')]);
    expect(der).toMatchObject({ exit: 0, error: '', out: Buffer.alloc(0) });
    expect(new X509Certificate(readFileSync(file('app.der'))).checkIssued(ca)).toBe(true);
  });

  it('sign-certificate asks for a validity, and is refused one outside the window', async () => {
    const noon = new Date(Date.now() + 3_600_000);
    noon.setMilliseconds(0);
    const end = noon.toISOString().replace('.000Z', 'Z');
    const { out } = await call([...signArgs(), '--not-after', end]);
    expect(new X509Certificate(out).validToDate).toEqual(noon);
    const refused = await call([...signArgs(), '--not-after', '4102444800']);
    expect(refused).toMatchObject({ exit: 1, out: Buffer.alloc(0) });
    expect(refused.error).toContain('code: VALIDITY_NOT_ALLOWED');
  });

  it.each([
    [
      ['hash-data', 'x', '--profile', 'Nope'],
      'could not retrieve profile, err: there is no profile: Nope',
      'PROFILE_UNKNOWN',
    ],
    [['hash-data', 'x', '--profile', 'TLS-Server'], '', 'OPERATION_NOT_ALLOWED'],
    [['benchmark'], '', 'METHOD_CLOSED'],
  ])('%j is refused with its code, and the server keeps serving', async (args, message, code) => {
    const { exit, out, error } = await call(args);
    expect({ exit, out: out.length }).toEqual({ exit: 1, out: 0 });
    expect(error).toContain(`error: ${message}`);
    expect(error).toContain(`code: ${code}\n  next: `);
    expect((await call(['health'])).exit).toBe(0);
  });

  it('a CSR that is no CSR is refused, and neither terminal nor log shows the key', async () => {
    writeFileSync(
      file('bad.csr'),
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    );
    const args = [
      'sign-certificate',
      '--csr',
      file('bad.csr'),
      '--ca-cert',
      file('ca.pem'),
      '--ca-key',
      file('ca-key.pem'),
    ];
    const { exit, error } = await call(args);
    expect(exit).toBe(1);
    expect(error).toContain('code: CSR_MALFORMED');
    const secret = readFileSync(file('ca-key.pem'), 'utf8').split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(error + broker.log()).not.toContain(secret);
  });

  it("shows the caller's correlation id in the log of the server", async () => {
    await call(['hash-data', 'x', '--correlation-id', 'order-4711']);
    // Lines of calls leave in batches.
    await waitFor(() => {
      expect(broker.log()).toContain('order-4711');
    });
  });
});

describe('without a server', () => {
  it('every command fails at once and says how to start one', async () => {
    const { exit, error } = await cryptobroker(['health', '--socket', file('nobody.sock')]);
    expect(exit).toBe(1);
    expect(error).toMatch(
      /^error: no server answers on the socket\n {2}code: UNAVAILABLE\n {2}next: start one with `cryptobroker server`/,
    );
  });

  it('--wait waits for one that is starting', async () => {
    const socket = file('late.sock');
    const waiting = cryptobroker([
      'health',
      '--wait',
      '--deadline-ms',
      '30000',
      '--socket',
      socket,
    ]);
    const late = await startBroker({ socket });
    await expect(waiting).resolves.toMatchObject({ exit: 0, out: Buffer.from('SERVING\n') });
    expect(await late.stop()).toBe(0);
  });
});

describe('a second server on the same socket', () => {
  it('is refused with the exit code for it, and does not harm the first', async () => {
    const second = await cryptobroker(['server', '--socket', broker.socket]);
    expect(second.exit).toBe(4);
    expect(second.out.toString()).toContain('SOCKET_IN_USE');
    await expect(call(['health'])).resolves.toMatchObject({ exit: 0 });
  });
});

describe('in development mode', () => {
  let development: BrokerProcess;
  beforeAll(async () => {
    development = await startBroker({ args: ['--dev'] });
  });
  afterAll(async () => {
    await development.stop();
  });

  it('benchmark prints times of the core', async () => {
    const { exit, out } = await cryptobroker([
      'benchmark',
      '--json',
      '--socket',
      development.socket,
    ]);
    expect(exit).toBe(0);
    const { results } = JSON.parse(out.toString()) as {
      results: { name: string; avgTime: number }[];
    };
    expect(results.map(({ name }) => name)).toContain('BenchmarkLibraryNative_HashSHA3_512');
    expect(results.every(({ avgTime }) => Number.isInteger(avgTime) && avgTime > 0)).toBe(true);
  });
});

describe('fips', () => {
  it('reports the provider, its module and passed self tests', async () => {
    const { exit, out } = await cryptobroker(['fips', '--json']);
    expect(exit).toBe(0);
    const report = JSON.parse(out.toString()) as {
      fips: string;
      module: { provider: string; sha256: string; path: string };
      selfTests: { passed: boolean }[];
      memory: { locked: boolean };
      nodeTls: { modulePath: string; sha256: string };
    };
    expect(report.fips).toBe('required');
    expect(report.nodeTls.sha256).toBe(report.module.sha256);
    expect(report.nodeTls.modulePath).not.toBe(report.module.path);
    expect(report.module.provider).toBe('fips');
    expect(report.module.sha256).toBe(
      createHash('sha256').update(readFileSync(report.module.path)).digest('hex'),
    );
    expect(report.selfTests.length).toBeGreaterThan(20);
    expect(report.selfTests.every(({ passed }) => passed)).toBe(true);
  });

  it('exits with 70 and the reason when the module is changed, no module, or missing', async () => {
    const packaged = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);
    const modules = mkdtempSync(join(directory, 'modules-'));
    const module = readFileSync(join(packaged, 'fips.so'));
    const { moduleMac } = JSON.parse(readFileSync(join(packaged, 'manifest.json'), 'utf8')) as {
      moduleMac: string;
    };
    const report = (): Promise<Ended> => cryptobroker(['fips', '--fips-module-dir', modules]);

    writeFileSync(join(modules, 'fips.so'), module);
    writeFileSync(
      join(modules, 'fipsmodule.cnf'),
      `[fips_sect]\nmodule-mac = ${moduleMac.match(/../g)?.join(':')}\n`,
    );
    await expect(report()).resolves.toMatchObject({ exit: 0, error: '' });

    const middle = module.length >> 1;
    module.writeUInt8(module.readUInt8(middle) ^ 1, middle);
    writeFileSync(join(modules, 'fips.so'), module);
    const changed = await report();
    expect(changed).toMatchObject({ exit: 70, out: Buffer.alloc(0) });
    expect(changed.error).toMatch(/code: FIPS_MODULE_REFUSED\n {2}next: /);

    writeFileSync(join(modules, 'fips.so'), 'not a module');
    expect((await report()).error).toContain('code: FIPS_MODULE_REFUSED');
    rmSync(join(modules, 'fips.so'));
    const missing = await report();
    expect(missing.exit).toBe(70);
    expect(missing.error).toContain('code: FIPS_MODULE_MISSING');
  });

  it('says so when FIPS is off', async () => {
    const { exit, out } = await cryptobroker(['fips'], { env: { CRYPTO_BROKER_FIPS: 'off' } });
    expect(exit).toBe(0);
    expect(out.toString()).toContain('off: this is not the FIPS provider');
  });
});

describe('start', () => {
  it.each([
    [['server', '--log-level', 'loud'], 2, 'Allowed choices'],
    [['server', '--profiles-dir', '/nowhere'], 3, 'PROFILES_UNREADABLE'],
    [['server', '--socket', 'relative.sock'], 4, 'SOCKET_PATH_INVALID'],
    [['server', '--fips-module-dir', '/nowhere'], 70, 'FIPS_MODULE_MISSING'],
  ])('%j ends with %d', async (args, exit, text) => {
    const ended = await cryptobroker(args);
    expect(ended.exit).toBe(exit);
    expect(ended.out.toString() + ended.error).toContain(text);
  });

  it('survives a reader that stops early', async () => {
    const { out, error } = await runProgram(
      ['/bin/sh', '-c', '"$0" "$1" profiles list | head -n 1', ...PROGRAM],
      { env: { PATH: '/usr/bin:/bin' } },
    );
    expect(out.toString()).toMatch(/^NAME/);
    expect(error).toBe('');
  });
});
