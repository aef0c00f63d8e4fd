import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_TRANSPORT_NAMES } from '../../../src/cli/client-command.ts';
import { CLIENT_TRANSPORTS } from '../../../src/client/choose-transport.ts';
import { CallError, type Client, type ConnectOptions } from '../../../src/client/index.ts';
import { run } from './fake-context.ts';

let directory: string;
const file = (name: string): string => join(directory, name);
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-cli-'));
  for (const name of ['app.csr', 'ca.pem', 'ca-key.pem']) writeFileSync(file(name), `the ${name}`);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const metadata = {
  id: 'id-1',
  correlationId: undefined,
  traceContext: undefined,
  deprecation: undefined,
};
const descriptor = { profile: 'Default', operation: 'HashData', algorithm: 'sha3-512' };

/** A client that answers each method with a fixed result and keeps its arguments. */
function answering(results: { [method in keyof Client]?: unknown }): {
  client: Partial<Client>;
  calls: unknown[][];
} {
  const calls: unknown[][] = [];
  const client = Object.fromEntries(
    Object.entries(results).map(([method, result]) => [
      method,
      (...args: unknown[]) => {
        calls.push(args);
        return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
      },
    ]),
  );
  return { client, calls };
}

const hex = { algorithm: 'sha3-512', hex: 'abcd', descriptor, metadata };

describe('every command that calls a server', () => {
  /** Runs `health` and returns what it was to connect with. */
  async function connection(args: string[], env = {}): Promise<ConnectOptions | undefined> {
    let given: ConnectOptions | undefined;
    const { client } = answering({ health: 'SERVING' });
    await run(['health', ...args], {
      env,
      connect: (options) => {
        given = options;
        return { ...client, close: () => Promise.resolve() } as Client;
      },
    });
    return given;
  }

  it('finds it at the historic socket, and fails at once when it is not there', async () => {
    await expect(connection([])).resolves.toEqual({
      socket: '/tmp/open-crypto-broker/crypto-broker-server.sock',
      deadlineMs: 10_000,
      transport: 'auto',
      retry: false,
    });
  });

  it('takes socket and deadline from flags over the environment', async () => {
    const env = { CRYPTO_BROKER_SOCKET: '/env.sock', CRYPTO_BROKER_DEADLINE_MS: '500' };
    await expect(connection(['--socket', '/flag.sock'], env)).resolves.toMatchObject({
      socket: '/flag.sock',
      deadlineMs: 500,
    });
  });

  it('speaks as --client-transport says, with every transport that the library has', async () => {
    expect([...CLIENT_TRANSPORT_NAMES]).toEqual([...CLIENT_TRANSPORTS]);
    for (const name of CLIENT_TRANSPORTS) {
      expect(await connection(['--client-transport', name])).toMatchObject({ transport: name });
    }
    const { exit, error } = await run(['health', '--client-transport', 'http']);
    expect(exit).toBe(2);
    expect(error).toContain('Allowed choices are auto, lean, native, grpc-js');
  });

  it('waits for it with --wait', async () => {
    expect(await connection(['--wait'])).not.toHaveProperty('retry');
  });

  it('closes its client when the call has failed', async () => {
    let closed = 0;
    const { exit } = await run(['health'], {
      client: {
        health: () =>
          Promise.reject(new CallError('UNAVAILABLE', 'no server answers on the socket')),
        close: () => {
          closed += 1;
          return Promise.resolve();
        },
      },
    });
    expect({ exit, closed }).toEqual({ exit: 1, closed: 1 });
  });

  it('prints message, code and next step of a failure to standard error, and nothing to standard output', async () => {
    const { client } = answering({
      health: new CallError('UNAVAILABLE', 'no server answers on the socket'),
    });
    const { out, error } = await run(['health'], { client });
    expect(out).toBe('');
    expect(error).toBe(
      'error: no server answers on the socket\n' +
        '  code: UNAVAILABLE\n' +
        '  next: start one with `cryptobroker server`, give its socket with --socket, or let --wait wait for it\n',
    );
  });

  it('shows a hostile text of a server without its control characters', async () => {
    const { client } = answering({ health: new CallError('INTERNAL', 'a\u001b[2Jb\u202ec\r\nd') });
    const { error } = await run(['health'], { client });
    expect(error).toContain('error: a\\u{1b}[2Jb\\u{202e}c\\u{d}\nd\n');
  });

  it('reports a wrong setting with exit code 3', async () => {
    const { exit, error } = await run(['health'], { env: { CRYPTO_BROKER_DEADLINE_MS: 'soon' } });
    expect(exit).toBe(3);
    expect(error).toMatch(/CRYPTO_BROKER_DEADLINE_MS.*\n.*code: CONFIG_INVALID/s);
  });
});

describe('health', () => {
  it.each([
    ['SERVING', 0],
    ['NOT_SERVING', 1],
    ['UNKNOWN', 1],
  ])('prints %s and exits with %d', async (status, code) => {
    const { client } = answering({ health: status });
    await expect(run(['health'], { client })).resolves.toMatchObject({
      exit: code,
      out: `${status}\n`,
      error: '',
    });
    await expect(run(['health', '--json'], { client })).resolves.toMatchObject({
      out: `{"status":"${status}"}\n`,
    });
  });

  it('asks about one service with --service', async () => {
    const { client, calls } = answering({ health: 'SERVING' });
    await run(['health', '--service', 'CryptoBroker.CryptoGrpc', '--deadline-ms', '250'], {
      client,
    });
    expect(calls).toEqual([[{ service: 'CryptoBroker.CryptoGrpc', deadlineMs: 250 }]]);
  });
});

describe('hash-data', () => {
  it('hashes its argument by the profile Default and prints the hash alone', async () => {
    const { client, calls } = answering({ hashData: hex });
    await expect(run(['hash-data', 'some text'], { client })).resolves.toEqual({
      exit: 0,
      out: 'abcd\n',
      bytes: Buffer.from('abcd\n'),
      error: '',
    });
    expect(calls).toEqual([
      [
        { profile: 'Default', input: 'some text', outputFormat: 'hex', correlationId: undefined },
        {},
      ],
    ]);
  });

  it('hashes a file, byte for byte', async () => {
    writeFileSync(file('data'), Buffer.from([0xff, 0x00, 0x0a]));
    const { client, calls } = answering({ hashData: hex });
    await run(
      ['hash-data', '--file', file('data'), '--profile', 'SHA-256', '--correlation-id', 'c-1'],
      { client },
    );
    expect(calls[0]?.[0]).toMatchObject({
      profile: 'SHA-256',
      input: Buffer.from([0xff, 0x00, 0x0a]),
      correlationId: 'c-1',
    });
  });

  it('hashes standard input for -', async () => {
    const { client, calls } = answering({ hashData: hex });
    async function* readInput(): AsyncGenerator<Uint8Array> {
      yield Promise.resolve(Buffer.from('from '));
      yield Promise.resolve(Buffer.from('stdin'));
    }
    await run(['hash-data', '-'], { client, readInput });
    expect(calls[0]?.[0]).toMatchObject({ input: Buffer.from('from stdin') });
  });

  it('reads no more of an endless input than the limit and one byte', async () => {
    const { client, calls } = answering({ hashData: hex });
    async function* readInput(): AsyncGenerator<Uint8Array> {
      for (;;) yield Promise.resolve(Buffer.alloc(65_536));
    }
    await run(['hash-data', '-'], { client, readInput });
    await run(['hash-data', '--file', '/dev/zero'], { client });
    expect(calls.map(([request]) => (request as { input: Uint8Array }).input.length)).toEqual([
      1_048_577, 1_048_577,
    ]);
  });

  it('prints raw bytes as they are', async () => {
    const raw = new Uint8Array([0, 255, 10]);
    const { client } = answering({ hashData: { algorithm: 'x', raw, descriptor, metadata } });
    const args = ['hash-data', 'x', '--output-format', 'raw'];
    expect((await run(args, { client })).bytes).toEqual(Buffer.from(raw));
    expect(JSON.parse((await run([...args, '--json'], { client })).out)).toMatchObject({
      hashValueRaw: 'AP8K',
    });
  });

  it('prints the whole answer with --json, under the names of the wire', async () => {
    const { client } = answering({ hashData: hex });
    const { out } = await run(['hash-data', 'x', '--json'], { client });
    expect(JSON.parse(out)).toEqual({
      hashAlgorithm: 'sha3-512',
      hashValueHex: 'abcd',
      descriptor,
      metadata: { id: 'id-1' },
    });
    expect(out).toMatch(/^\S.*\n$/);
  });

  it.each([
    [['hash-data'], 'USAGE', 2],
    [['hash-data', 'x', '--file', 'y'], 'USAGE', 2],
    [['hash-data', '--file', '/nowhere/at/all'], 'INPUT_INVALID', 1],
    [['hash-data', '--file', '/'], 'INPUT_INVALID', 1],
  ])('refuses %j with %s', async (args, code, exit) => {
    const outcome = await run(args);
    expect(outcome.exit).toBe(exit);
    expect(outcome.error).toContain(`code: ${code}`);
  });
});

describe('sign-certificate', () => {
  const pem = { pem: 'the certificate', descriptor, metadata };
  const files = (): string[] => [
    '--csr',
    file('app.csr'),
    '--ca-cert',
    file('ca.pem'),
    '--ca-key',
    file('ca-key.pem'),
  ];

  it('sends the three files and prints the certificate with a final line feed', async () => {
    let key: Uint8Array | undefined;
    let sent: unknown;
    const { out, error, exit } = await run(['sign-certificate', ...files()], {
      client: {
        signCertificate: (request) => {
          key = request.caPrivateKey as Uint8Array;
          sent = structuredClone(request);
          return Promise.resolve(pem) as never;
        },
      },
    });
    expect({ out, error, exit }).toEqual({ out: 'the certificate\n', error: '', exit: 0 });
    expect(sent).toEqual({
      profile: 'Default',
      csr: new Uint8Array(Buffer.from('the app.csr')),
      caCert: new Uint8Array(Buffer.from('the ca.pem')),
      caPrivateKey: new Uint8Array(Buffer.from('the ca-key.pem')),
      outputFormat: 'pem',
    });
    expect(
      key?.every((byte) => byte === 0),
      'the key is wiped after the call',
    ).toBe(true);
  });

  it('passes on subject, validity, revocation lists and format', async () => {
    const { client, calls } = answering({ signCertificate: pem });
    await run(
      [
        'sign-certificate',
        ...files(),
        ...['--profile', 'P', '--subject', 'C=DE, CN=x', '--not-before', '1700000000'],
        ...[
          '--not-after',
          '2030-01-31T13:00:00+01:00',
          '--crl',
          'http://a',
          '--crl',
          'http://b',
          '--output-format',
          'der',
        ],
      ],
      { client },
    );
    expect(calls[0]?.[0]).toMatchObject({
      profile: 'P',
      subject: 'C=DE, CN=x',
      validNotBefore: 1_700_000_000n,
      validNotAfter: new Date('2030-01-31T12:00:00Z'),
      crlDistributionPoints: ['http://a', 'http://b'],
      outputFormat: 'der',
    });
  });

  it("takes the original's spellings", async () => {
    const { client, calls } = answering({ signCertificate: pem });
    const args = [
      '--csr',
      file('app.csr'),
      '--caCert',
      file('ca.pem'),
      '--caKey',
      file('ca-key.pem'),
      '--encoding',
      'der',
    ];
    await expect(run(['sign-certificate', ...args], { client })).resolves.toMatchObject({
      exit: 0,
      error: '',
    });
    expect(calls[0]?.[0]).toMatchObject({ outputFormat: 'der', caCert: Buffer.from('the ca.pem') });
  });

  it('writes the certificate to a file with --out', async () => {
    const { client } = answering({ signCertificate: pem });
    await expect(
      run(['sign-certificate', ...files(), '--out', file('app.pem')], { client }),
    ).resolves.toMatchObject({
      out: '',
      exit: 0,
    });
    expect(readFileSync(file('app.pem'), 'utf8')).toBe('the certificate\n');
    const { out } = await run(
      ['sign-certificate', ...files(), '--out', file('app.pem'), '--json'],
      { client },
    );
    expect(JSON.parse(out)).toMatchObject({ pem: 'the certificate', descriptor });
  });

  it('prints DER as it is, and in base64 with --json', async () => {
    const der = new Uint8Array([0x30, 0x00]);
    const { client } = answering({ signCertificate: { der, descriptor, metadata } });
    const args = ['sign-certificate', ...files(), '--output-format', 'der'];
    expect((await run(args, { client })).bytes).toEqual(Buffer.from(der));
    expect(JSON.parse((await run([...args, '--json'], { client })).out)).toMatchObject({
      der: 'MAA=',
    });
  });

  it.each([
    [
      'a missing file',
      ['--csr', '/nowhere', '--ca-cert', '/nowhere', '--ca-key', '/nowhere'],
      1,
      'cannot read /nowhere (ENOENT)',
    ],
    [
      'a missing option',
      ['--csr', 'x', '--ca-cert', 'y'],
      2,
      "required option '--ca-key <file>' not specified",
    ],
    [
      'an unknown format',
      ['--csr', 'x', '--ca-cert', 'y', '--ca-key', 'z', '--output-format', 'p12'],
      2,
      'Allowed choices are pem, der',
    ],
    [
      'a date without a zone',
      ['--csr', 'x', '--ca-cert', 'y', '--ca-key', 'z', '--not-after', '2030-01-01T00:00:00'],
      2,
      '--not-after: must be a time',
    ],
    [
      'a day that does not exist',
      ['--csr', 'x', '--ca-cert', 'y', '--ca-key', 'z', '--not-before', '2030-02-30T00:00:00Z'],
      2,
      '--not-before: must be a time',
    ],
  ])('refuses %s', async (_, args, exit, text) => {
    const outcome = await run(['sign-certificate', ...args]);
    expect(outcome).toMatchObject({ exit, out: '' });
    expect(outcome.error).toContain(text);
  });

  it('says so when the certificate cannot be written', async () => {
    const { client } = answering({ signCertificate: pem });
    const outcome = await run(['sign-certificate', ...files(), '--out', '/nowhere/app.pem'], {
      client,
    });
    expect(outcome.exit).toBe(1);
    expect(outcome.error).toContain('--out: cannot write /nowhere/app.pem (ENOENT)');
  });
});

describe('benchmark', () => {
  const results = [
    { name: 'HashSHA3_256', avgTime: 250 },
    { name: 'Sign', avgTime: 200_000 },
  ];

  it('prints a table of times and rates, and JSON on request', async () => {
    const { client } = answering({ benchmarkData: { results, metadata } });
    await expect(run(['benchmark'], { client })).resolves.toMatchObject({
      out: 'NAME              NS    OPS/S\nHashSHA3_256     250  4000000\nSign          200000     5000\n',
    });
    const { out } = await run(['benchmark', '--json'], { client });
    expect(JSON.parse(out)).toEqual({ results });
  });

  it.each(['METHOD_CLOSED', 'METHOD_UNKNOWN'] as const)(
    'says how to open the method on %s',
    async (code) => {
      const { client } = answering({
        benchmarkData: new CallError(code, 'this server does not serve the development methods'),
      });
      const { exit, error } = await run(['benchmark'], { client });
      expect(exit).toBe(1);
      expect(error).toMatch(/code: METHOD_CLOSED\n {2}next: .*`cryptobroker server --dev`/);
    },
  );
});
