import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../src/errors/index.ts';
import { connectKmip } from '../../../src/kmip-client/index.ts';
import { makeThrowawayCa, makeThrowawayLeaf } from '../../../src/x509/throwaway.ts';
import { startMemoryServer, type MemoryServer } from '../../support/kmip-memory-server.ts';
import { request } from '../kmip/engine/support.ts';
import { run as runCommand, type Outcome, type Parts } from './fake-context.ts';

const P256 = { algorithm: 'ECDSA', bits: 256 } as const;
const directory = mkdtempSync(join(tmpdir(), 'cryptobroker-cli-kmip-'));
const file = (name: string): string => join(directory, name);
let server: MemoryServer;
let credentials: { ca: string; cert: string; key: string };

beforeAll(async () => {
  const now = Math.floor(Date.now() / 1000);
  const ca = await makeThrowawayCa({ key: P256, now, commonName: 'CA' });
  const leaf = (usage: 'server' | 'client', ip: readonly string[]) =>
    makeThrowawayLeaf({ ca, key: P256, now, commonName: usage, names: { ip }, usages: [usage] });
  const own = await leaf('server', ['127.0.0.1']);
  const client = await leaf('client', []);
  credentials = { ca: ca.certificatePem, cert: own.certificatePem, key: own.keyPem };
  writeFileSync(file('ca.pem'), ca.certificatePem);
  writeFileSync(file('app.pem'), client.certificatePem);
  writeFileSync(file('app.key'), client.keyPem);
});
beforeEach(async () => {
  server = await startMemoryServer(credentials);
  return async () => {
    expect(server.faults).toEqual([]);
    await server.stop();
  };
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Runs `kmip` against the server, whose place and certificates are in the environment. */
function run(args: readonly string[], parts: Parts = {}): Promise<Outcome> {
  return runCommand(['kmip', ...args], {
    env: {
      CRYPTO_BROKER_KMIP_SERVER: `127.0.0.1:${server.port}`,
      CRYPTO_BROKER_KMIP_CA: file('ca.pem'),
      CRYPTO_BROKER_KMIP_CERT: file('app.pem'),
      CRYPTO_BROKER_KMIP_KEY: file('app.key'),
    },
    connectKmip,
    ...parts,
  });
}

async function printed(args: readonly string[], parts?: Parts): Promise<string> {
  const { exit, out, error } = await run(args, parts);
  expect({ exit, error }).toEqual({ exit: 0, error: '' });
  return out;
}

const made = async (...args: string[]): Promise<string> =>
  (await printed(['create', ...args])).trim();

describe('kmip create', () => {
  it('prints the unique identifier alone', async () => {
    expect(await printed(['create'])).toBe('object-1\n');
    expect(await printed(['create', '--json'])).toBe('{"uid":"object-2"}\n');
  });

  it('makes what it is told', async () => {
    const uid = await made(
      '--length',
      '128',
      '--name',
      'a',
      '--name',
      'b',
      '--group',
      'g',
      '--usage',
      'wrap-key,unwrap-key',
    );
    expect(await printed(['attributes', uid])).toBe(
      [
        'Cryptographic Algorithm   AES (0x00000003)',
        'Cryptographic Length      128',
        'Cryptographic Usage Mask  Wrap Key | Unwrap Key (0x00000030)',
        'Name                      Name Value: "a", Name Type: Uninterpreted Text String (0x00000001)',
        'Name                      Name Value: "b", Name Type: Uninterpreted Text String (0x00000001)',
        'Object Group              "g"',
        'Unique Identifier         "object-1"',
        'Object Type               Symmetric Key (0x00000002)',
        'State                     Pre-Active (0x00000001)',
        '',
      ].join('\n'),
    );
  });

  it('with --get returns the key in the same message', async () => {
    const out = await printed(['create', '--get', '--hex']);
    expect(out).toMatch(/^object-1\n[0-9a-f]{64}\n$/);
    const json = JSON.parse(await printed(['create', '--get', '--hex', '--json'])) as object;
    expect(json).toEqual({
      uid: 'object-2',
      objectType: 'Symmetric Key',
      length: 256,
      key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it.each([
    [['--usage', 'encrypt,brew'], /--usage: must be one of sign, verify, encrypt/],
    [['--get'], /say where the key goes/],
    [['--get', '--hex', '--out', 'x'], /say where the key goes/],
    [['--out', 'x'], /--out and --hex are for the key: add --get/],
    [['--hex'], /--out and --hex are for the key: add --get/],
  ])('refuses %j before it calls anybody', async (args, message) => {
    const { exit, error } = await run(['create', ...args], {
      connectKmip: () => Promise.reject(new Error('must not connect')),
    });
    expect({ exit, error }).toEqual({ exit: 2, error: expect.stringMatching(message) as string });
  });
});

describe('a key for a file', () => {
  const all = async (): Promise<string> => printed(['locate']);

  it('is not even made when the file cannot be', async () => {
    const before = await all();
    writeFileSync(file('taken.key'), 'a key of before');
    for (const path of [file('taken.key'), file('no such folder/x.key'), directory]) {
      const { exit, error } = await run(['create', '--get', '--out', path]);
      expect(exit).toBe(1);
      expect(error).toContain('--out: cannot write');
    }
    expect(await all()).toBe(before);
    expect(readFileSync(file('taken.key'), 'utf8')).toBe('a key of before');
  });

  it('leaves no file when there is none', async () => {
    const { exit } = await run(['get', 'nothing', '--out', file('none.key')]);
    expect(exit).toBe(1);
    expect(existsSync(file('none.key'))).toBe(false);
  });
});

describe('kmip get', () => {
  it('shows a key nowhere unless it is told where', async () => {
    const uid = await made();
    const { exit, out, error } = await run(['get', uid]);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(error).toContain('say where the key goes: --out FILE for a new file, or --hex');
  });

  it('writes the key to a new file that only its owner can read, and over no other', async () => {
    const uid = await made();
    const hex = (await printed(['get', uid, '--hex'])).trim();
    expect(await printed(['get', uid, '--out', file('data.key')])).toBe('');
    expect(readFileSync(file('data.key')).toString('hex')).toBe(hex);
    expect(statSync(file('data.key')).mode & 0o777).toBe(0o600);
    const again = await run(['get', uid, '--out', file('data.key')]);
    expect(again).toMatchObject({
      exit: 1,
      error: expect.stringContaining('--out: cannot write') as string,
    });
    expect(readFileSync(file('data.key')).toString('hex')).toBe(hex);
  });

  it('describes the key, without its bytes, with --out and --json', async () => {
    const uid = await made();
    expect(await printed(['get', uid, '--out', file('second.key'), '--json'])).toBe(
      `{"uid":"${uid}","objectType":"Symmetric Key","length":256}\n`,
    );
  });

  it('says what the server said when there is none', async () => {
    expect(await run(['get', 'nothing', '--hex'])).toMatchObject({
      exit: 1,
      out: '',
      error:
        'error: get refused, object not found: there is no such object\n' +
        '  code: KMIP_FAILED\n' +
        '  next: see the Result Reason in docs/kmip-coverage.md, and the audit log of the server\n',
    });
  });
});

describe('kmip register', () => {
  const secret = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

  it('keeps the bytes of a file, which come back the same', async () => {
    writeFileSync(file('own.key'), secret);
    const uid = (
      await printed(['register', '--kind', 'symmetric-key', '--secret-file', file('own.key')])
    ).trim();
    expect(await printed(['get', uid, '--hex'])).toBe(`${secret.toString('hex')}\n`);
  });

  it('keeps what it reads from standard input, of any kind', async () => {
    for (const kind of ['secret-data', 'opaque-object']) {
      async function* readInput(): AsyncGenerator<Uint8Array> {
        yield Promise.resolve(Buffer.from('two '));
        yield Promise.resolve(Buffer.from('chunks'));
      }
      const out = await printed(['register', '--kind', kind, '--secret-file', '-'], { readInput });
      const hex = (await printed(['get', out.trim(), '--hex'])).trim();
      expect(Buffer.from(hex, 'hex').toString()).toBe('two chunks');
    }
  });

  it('reads nothing before it is connected, which may start the program anew', async () => {
    const { exit, error } = await run(['register', '--secret-file', '-'], {
      connectKmip: () => Promise.reject(new BrokerError('KMIP_UNREACHABLE', 'not there')),
      readInput: () => {
        throw new Error('was read');
      },
    });
    expect({ exit, error }).toEqual({
      exit: 1,
      error: expect.stringContaining('KMIP_UNREACHABLE') as string,
    });
  });

  it.each(['/dev/null', '/dev/zero', '/no/such/file'])('refuses %s', async (path) => {
    const { exit, error } = await run(['register', '--secret-file', path]);
    expect(exit).toBe(1);
    expect(error).toMatch(/--secret-file: (must have 1 to 65536 bytes|cannot read)/);
  });
});

describe('kmip locate', () => {
  it('prints identifiers, one a line, of what fits all that was asked for', async () => {
    const first = await made('--name', 'x', '--group', 'g');
    const second = await made('--name', 'y', '--group', 'g');
    await printed(['activate', second]);
    expect(await printed(['locate'])).toBe(`${first}\n${second}\n`);
    expect(await printed(['locate', '--group', 'g', '--name', 'x'])).toBe(`${first}\n`);
    expect(await printed(['locate', '--state', 'active'])).toBe(`${second}\n`);
    expect(await printed(['locate', '--object-type', 'secret-data'])).toBe('');
    expect(JSON.parse(await printed(['locate', '--json']))).toEqual({
      locatedItems: 2,
      uids: [first, second],
    });
  });

  it('takes numbers only', async () => {
    for (const number of ['-1', 'many', '3000000000']) {
      const { exit, error } = await run(['locate', `--max=${number}`]);
      expect({ exit, error }).toEqual({
        exit: 2,
        error: expect.stringContaining('--max: must be a number') as string,
      });
    }
  });
});

describe('kmip activate, revoke and destroy', () => {
  it('take a key through its states', async () => {
    const uid = await made();
    const state = (): Promise<string> => printed(['attributes', uid, 'State']);
    expect(await printed(['activate', uid])).toBe(`${uid}\n`);
    expect(await state()).toBe('State  Active (0x00000002)\n');
    await printed([
      ...['revoke', uid, '--reason', 'key-compromise', '--message', 'laptop lost'],
      ...['--compromised-since', '2026-01-31T12:00:00Z'],
    ]);
    expect(await state()).toBe('State  Compromised (0x00000004)\n');
    expect(await printed(['destroy', uid, '--json'])).toBe(`{"uid":"${uid}"}\n`);
    expect(await state()).toBe('State  Destroyed (0x00000005)\n');
  });

  it('want a reason that there is', async () => {
    expect(await run(['revoke', 'a'])).toMatchObject({ exit: 2 });
    expect(await run(['revoke', 'a', '--reason', 'boredom'])).toMatchObject({ exit: 2 });
  });
});

describe('kmip attributes', () => {
  it('prints the names alone with --list, and an object with --json', async () => {
    const uid = await made('--name', 'n');
    expect(await printed(['attributes', uid, '--list'])).toMatch(/^Name$/m);
    expect(JSON.parse(await printed(['attributes', uid, 'State', 'Nothing', '--json']))).toEqual({
      uid,
      attributes: { State: ['Pre-Active (0x00000001)'] },
    });
  });
});

describe('kmip query', () => {
  it('says what the server speaks and does', async () => {
    const out = await printed(['query']);
    expect(out).toMatch(/^version +2\.1$/m);
    expect(out).toMatch(/^versions +2\.1, 2\.0, 1\.4, 1\.3, 1\.2, 1\.1, 1\.0$/m);
    expect(out).toMatch(/^operations +Create, Register, Get, /m);
  });

  it('speaks the version it is told', async () => {
    expect(await printed(['query', '--kmip-version', '1.0'])).toMatch(/^versions +1\.0$/m);
    expect(JSON.parse(await printed(['query', '--kmip-version', '1.2', '--json']))).toMatchObject({
      version: '1.2',
    });
  });
});

describe('kmip and its connection', () => {
  it('names what is missing to make one', async () => {
    const { exit, error } = await run(['query'], { env: {} });
    expect(exit).toBe(2);
    expect(error).toContain(
      '--ca: give the CA certificates of the server, here or as CRYPTO_BROKER_KMIP_CA',
    );
  });

  it.each(['', 'new\nline', 'é', 'x'.repeat(256)])(
    'takes no correlation id that a log could not hold: %j',
    async (id) => {
      const { exit, error } = await run(['query', '--correlation-id', id], {
        connectKmip: () => Promise.reject(new Error('must not connect')),
      });
      expect(exit).toBe(2);
      expect(error).toContain('--correlation-id: give 1 to 255 printable ASCII characters');
    },
  );

  it('says when nobody answers', async () => {
    const { exit, error } = await run(['query', '--server', '127.0.0.1:1']);
    expect(exit).toBe(1);
    expect(error).toContain('no connection to the server (ECONNREFUSED)\n  code: KMIP_UNREACHABLE');
  });
});

describe('kmip dump', () => {
  const message = request(14, [{ uid: 'a name' }]);
  const input = (bytes: Uint8Array): Parts => ({
    readInput: async function* () {
      yield await Promise.resolve(Uint8Array.from(bytes));
    },
  });

  it('prints a message field by field, from a file or standard input, binary or hexadecimal', async () => {
    writeFileSync(file('message.bin'), message);
    const dumped = await printed(['dump', file('message.bin')]);
    expect(dumped).toContain('Request Message');
    expect(dumped).toContain('a name');
    const spaced = message.toString('hex').replaceAll(/(.{8})/g, '$1 | ');
    for (const bytes of [message, Buffer.from(message.toString('hex')), Buffer.from(spaced)]) {
      expect(await printed(['dump'], input(bytes))).toBe(dumped);
      expect(await printed(['dump', '-'], input(bytes))).toBe(dumped);
    }
  });

  it('calls nobody and needs no certificates', async () => {
    await printed(['dump'], { ...input(message), env: {} });
  });

  it('follows broken bytes as far as it can, and says where they end', async () => {
    expect(await printed(['dump'], input(message.subarray(0, 60)))).toMatch(/^!! .* at byte \d+$/m);
    const empty = await run(['dump'], input(Buffer.from('')));
    expect([empty.exit, empty.out]).toEqual([1, '']);
    expect(empty.error).toContain('file: is empty');
    const odd = await run(['dump'], input(Buffer.from('420')));
    expect(odd).toMatchObject({ exit: 1, error: expect.stringContaining('odd number') as string });
  });
});
