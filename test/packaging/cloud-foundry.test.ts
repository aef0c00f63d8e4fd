import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ROOT, runProgram, startBroker, type Ended } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

// The droplet as it is packed, without Cloud Foundry's container around it: `npm run test:cf` has that.

const PACK = join(ROOT, 'scripts', 'pack-cf.mjs');
const NODE = `crypto-broker/runtime/node_modules/node-linux-${process.arch}/bin/node`;
let directory: string;
let droplet: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-droplet-'));
  execFileSync(process.execPath, [PACK, '--as-built', '--no-archive', '--out', directory], {
    stdio: 'pipe',
  });
  const [name = ''] = readdirSync(directory);
  // Not where it was packed, and in a directory whose name a careless script would take apart.
  droplet = join(directory, 'moved away');
  renameSync(join(directory, name), droplet);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function launch(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const PATH = '/usr/bin:/bin';
  return await runProgram([join(droplet, 'crypto-broker', 'launch'), ...args], {
    env: { PATH, TMPDIR: scratchDirectory(), ...env },
  });
}

describe('the droplet', () => {
  it('holds what a push carries over, and programs for the oldest stack', async () => {
    expect(await check(droplet)).toMatchObject({ exit: 0, error: '' });
  });

  it('is made of manifests whose commands are in it, with room for the sidecar', () => {
    for (const name of ['manifest.yml', 'manifest-gateway.yml']) {
      const { applications } = parse(readFileSync(join(droplet, name), 'utf8')) as {
        applications: Application[];
      };
      expect(applications).toHaveLength(1);
      for (const { buildpacks, command, memory, sidecars = [] } of applications) {
        expect(buildpacks).toEqual(['binary_buildpack']);
        const programs = [command, ...sidecars.map((sidecar) => sidecar.command)];
        for (const text of programs) {
          // Without exec a shell would stand between Cloud Foundry's signal and the program.
          expect(text).toMatch(/^exec \S/);
          expect(existsSync(join(droplet, text.split(' ')[1] ?? ''))).toBe(true);
        }
        for (const sidecar of sidecars) {
          expect(Object.keys(sidecar).sort()).toEqual([
            'command',
            'memory',
            'name',
            'process_types',
          ]);
          // Older Cloud Controllers count a sidecar twice when an application is pushed again.
          expect(mebibytes(sidecar.memory) * 2).toBeLessThanOrEqual(mebibytes(memory));
        }
      }
    }
  });

  it.each<[string, (copy: string) => void, string]>([
    [
      'a symbolic link',
      (dir) => {
        symlinkSync('server.mjs', join(dir, 'link'));
      },
      'link is neither a file nor a directory',
    ],
    [
      'a hard link',
      (dir) => {
        linkSync(join(dir, 'app'), join(dir, 'second'));
      },
      'second is a hard link',
    ],
    [
      'an odd mode',
      (dir) => {
        chmodSync(join(dir, 'app'), 0o600);
      },
      'app has mode 600',
    ],
    [
      'a library of its own',
      (dir) => {
        library(dir, 'own.so');
        library(dir, 'user.so', ['-Wl,--no-as-needed', join(dir, 'own.so')]);
      },
      'user.so needs own.so, which the stack may not have',
    ],
    [
      'a search path',
      (dir) => {
        library(dir, 'path.so', ['-Wl,-rpath,/opt']);
      },
      'path.so carries a search path for libraries (RPATH)',
    ],
    [
      'a version that no stack has',
      (dir) => {
        const script = join(dir, 'map');
        writeFileSync(script, 'GLIBC_2.99 { global: later; };');
        library(dir, 'libc.so.6', ['-Wl,--version-script', script], 'int later(void){return 1;}');
        library(
          dir,
          'new.so',
          [join(dir, 'libc.so.6'), '-nostdlib'],
          'int later(void);int now(void){return later();}',
        );
      },
      'new.so asks for GLIBC_2.99, newer than GLIBC_2.35',
    ],
  ])('is refused with %s', async (_, spoil, finding) => {
    const dir = scratchDirectory();
    for (const path of ['crypto-broker/launch', NODE]) {
      mkdirSync(join(dir, path, '..'), { recursive: true });
      writeFileSync(join(dir, path), '#!/bin/sh\n', { mode: 0o755 });
    }
    writeFileSync(join(dir, 'app'), '', { mode: 0o644 });
    expect(await check(dir)).toMatchObject({ exit: 0 });

    spoil(dir);

    const { exit, error } = await check(dir);
    expect(error).toContain(finding);
    expect(exit).toBe(1);
  });

  it('is refused when a program lost its mode', async () => {
    const { exit, error } = await check(scratchDirectory());
    expect({ exit, error }).toEqual({
      exit: 1,
      error: `✗ crypto-broker/launch is not there\n✗ ${NODE} is not there\n`,
    });
  });
});

describe('the launch script', () => {
  it('runs the commands of the program with its own Node and passes their exit codes on', async () => {
    const { exit, out } = await launch(['fips', '--json']);
    const report = JSON.parse(out.toString()) as { fips: string; module: { path: string } };
    expect(exit).toBe(0);
    expect(report.fips).toBe('required');
    expect(report.module.path.startsWith(droplet)).toBe(true);
    expect(await launch(['health', '--deadline-ms', '50', '--socket', '/nowhere'])).toMatchObject({
      exit: 1,
    });
  });

  it("keeps the application's preloads and OpenSSL out", async () => {
    const { exit, out } = await launch(['version', '--json'], {
      NODE_OPTIONS: '--require=/nowhere.js',
      NODE_PATH: '/nowhere',
      OPENSSL_CONF: '/nowhere.cnf',
    });
    expect(exit).toBe(0);
    expect((JSON.parse(out.toString()) as { node: string }).node).toMatch(/^24\./);
  });

  it.each([
    [[], 'say what to run'],
    [['--credentials'], '--credentials wants the name of a bound service'],
    [['--credentials', 'krypton'], 'say what to run'],
  ])('refuses %j', async (args, finding) => {
    const { exit, error } = await launch(args);
    expect(exit).toBe(2);
    expect(error).toContain(finding);
  });

  it.each([
    ['160m', 53],
    ['64m', 32],
    ['', undefined],
    ['m', undefined],
    ['0160m', undefined],
    ['$(touch x)m', undefined],
    ['1G', undefined],
  ])('limits the heap by what the platform says: %j', async (limit, heap) => {
    const probe = launchWith('#!/bin/sh\necho "$@"\n');
    const { out } = await runProgram([probe, 'version'], {
      env: { PATH: '/usr/bin:/bin', MEMORY_LIMIT: limit },
    });
    const words = out.toString().trim().split(' ');
    expect(words.at(-1)).toBe('version');
    expect(words.filter((word) => word.startsWith('--max'))).toEqual(
      heap === undefined ? [] : [`--max-old-space-size=${heap}`],
    );
  });

  it('says so when a copy lost the mode of Node', async () => {
    const node = join(droplet, NODE);
    chmodSync(node, 0o644);
    onTestFinished(() => {
      chmodSync(node, 0o755);
    });
    const { exit, error } = await launch(['version']);
    expect(exit).toBe(2);
    expect(error).toContain('Node is not executable');
  });

  it("takes over a new key of the instance's identity, also when the certificate is the old one", async () => {
    const dir = scratchDirectory();
    const [cert, key] = [join(dir, 'instance.crt'), join(dir, 'instance.key')];
    writeFileSync(cert, 'certificate');
    writeFileSync(key, 'first');
    // Looks a hundred times as often.
    const sleep = join(dir, 'sleep');
    writeFileSync(sleep, '#!/bin/sh\nexec /bin/sleep 0.1\n', { mode: 0o755 });
    const child = spawn(launchWith('#!/bin/sh\nexec /bin/sleep 60\n'), ['gateway'], {
      env: {
        PATH: `${dir}:/usr/bin:/bin`,
        TMPDIR: dir,
        CF_INSTANCE_CERT: cert,
        CF_INSTANCE_KEY: key,
      },
      stdio: 'ignore',
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const copy = join(dir, 'crypto-broker', 'credentials', 'instance.key');
    const copied = (): string => (existsSync(copy) ? readFileSync(copy, 'utf8') : '');
    await expect.poll(copied, { timeout: 10_000 }).toBe('first');

    writeFileSync(key, 'second');

    await expect.poll(copied, { timeout: 10_000 }).toBe('second');
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  it('leaves the files of a Gateway that runs alone when somebody asks how it is', async () => {
    const tmp = scratchDirectory();
    const kept = join(tmp, 'crypto-broker', 'credentials', 'core-key.pem');
    mkdirSync(join(kept, '..'), { recursive: true });
    writeFileSync(kept, 'x');
    const env = { TMPDIR: tmp, CF_INSTANCE_CERT: '/nowhere', CF_INSTANCE_KEY: '/nowhere' };
    await launch(['gateway', 'status'], env);
    await launch(['gateway', '--help'], env);
    expect(readFileSync(kept, 'utf8')).toBe('x');
  });
});

/** The launch script beside another Node than ours. */
function launchWith(node: string): string {
  const dir = scratchDirectory();
  const program = join(dir, NODE.slice('crypto-broker/'.length));
  mkdirSync(join(program, '..'), { recursive: true });
  writeFileSync(program, node, { mode: 0o755 });
  const script = join(dir, 'launch');
  writeFileSync(script, readFileSync(join(droplet, 'crypto-broker', 'launch')), { mode: 0o755 });
  return script;
}

describe('the example application', () => {
  it('hashes by the Broker beside it, and says when there is none', async () => {
    const broker = await startBroker({ program: [join(droplet, 'crypto-broker', 'launch')] });
    const app = await startExample(broker.socket);
    const hash = `${app.origin}/hash?profile=SHA-256&text=abc`;

    expect(await ask(hash)).toEqual([
      200,
      {
        algorithm: 'sha-256',
        hex: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    ]);
    expect(await ask(`${app.origin}/healthz`)).toEqual([200, { broker: 'SERVING' }]);
    expect(await ask(`${app.origin}/hash?profile=Nobody&text=abc`)).toEqual([
      503,
      { error: 'PROFILE_UNKNOWN' },
    ]);
    expect(await ask(`${app.origin}/other`)).toEqual([404, { error: 'NOT_FOUND' }]);
    expect(await broker.stop()).toBe(0);
    expect(await ask(`${app.origin}/healthz`)).toEqual([503, { error: 'UNAVAILABLE' }]);
    expect(await app.stop()).toBe(0);
  });
});

describe('credentials of a bound service', () => {
  const PEM = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
  const bound = (credentials: unknown, name = 'krypton'): string =>
    JSON.stringify({
      'user-provided': [
        { name: 'other', credentials: {} },
        { name, credentials },
      ],
    });

  async function write(services: string | undefined, dir = scratchDirectory()): Promise<Ended> {
    const script = join(ROOT, 'deploy', 'cloud-foundry', 'credentials.mjs');
    const env = services === undefined ? {} : { VCAP_SERVICES: services };
    return await runProgram([process.execPath, script, 'krypton', dir], { env });
  }

  it('become files that nobody else may read, those alone that the Gateway has flags for', async () => {
    const dir = scratchDirectory();
    const ended = await write(bound({ 'core-key': PEM, cert: PEM, '../../x': PEM, note: 1 }), dir);
    expect(ended).toMatchObject({ exit: 0, error: '' });
    expect(readdirSync(dir).sort()).toEqual(['cert.pem', 'core-key.pem']);
    expect(readFileSync(join(dir, 'core-key.pem'), 'utf8')).toBe(PEM);
    expect(statSync(join(dir, 'core-key.pem')).mode & 0o777).toBe(0o600);
  });

  it.each<[string, string | undefined, string]>([
    ['no variable', undefined, 'VCAP_SERVICES is not set'],
    ['no JSON', '{"user-provided": ["c2VjcmV0', 'VCAP_SERVICES is not JSON'],
    ['a list', '[]', 'VCAP_SERVICES must be an object'],
    ['another service', bound({}, 'else'), '0 bound services are called krypton'],
    [
      'two of one name',
      JSON.stringify({ a: [{ name: 'krypton' }], b: [{ binding_name: 'krypton' }] }),
      '2 bound services are called krypton',
    ],
    ['no credentials', bound(undefined), 'the credentials of krypton must be an object'],
    ['nothing known', bound({ note: 'c2VjcmV0' }), 'the service has none of the credentials'],
    ['no PEM', bound({ 'core-key': 'c2VjcmV0' }), 'the credential core-key is not a PEM text'],
    ['a number', bound({ 'core-key': 7 }), 'the credential core-key is not a PEM text'],
  ])('are refused with %s, and no secret is told', async (_, services, finding) => {
    const { exit, error } = await write(services);
    expect(exit).toBe(2);
    expect(error).toContain(finding);
    expect(error).not.toContain('c2VjcmV0');
  });

  it('do not go through a link that somebody left', async () => {
    const dir = scratchDirectory();
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'cert.pem'));
    expect(await write(bound({ cert: PEM }), dir)).toMatchObject({ exit: 2 });
    expect(existsSync(join(dir, 'elsewhere'))).toBe(false);
  });
});

interface Application {
  readonly buildpacks: readonly string[];
  readonly command: string;
  readonly memory: string;
  readonly sidecars?: readonly { readonly command: string; readonly memory: string }[];
}

function mebibytes(text: string): number {
  const [, number, unit] = /^(\d+)([MG])$/.exec(text) ?? [];
  return Number(number) * (unit === 'G' ? 1024 : 1);
}

async function check(dir: string): Promise<Ended> {
  return await runProgram([process.execPath, PACK, '--check', dir]);
}

/** Compiles a shared library of this name. */
function library(dir: string, name: string, flags: string[] = [], code = 'int f(void){return 0;}') {
  const out = join(dir, name);
  const args = ['-shared', '-fPIC', `-Wl,-soname,${name}`, '-x', 'c', '-', '-x', 'none'];
  execFileSync('gcc', [...args, ...flags, '-o', out], { input: code });
}

interface Example {
  readonly origin: string;
  stop(): Promise<number | null>;
}

/** Starts the example as its manifest does, on a free port. */
async function startExample(socket: string): Promise<Example> {
  const child = spawn(join(droplet, NODE), ['server.mjs'], {
    cwd: droplet,
    env: { PORT: '0', CRYPTO_BROKER_SOCKET: socket },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port === undefined) continue;
    child.stdout.resume();
    return {
      origin: `http://127.0.0.1:${port}`,
      stop: async () => {
        child.kill('SIGTERM');
        return await ended;
      },
    };
  }
  throw new Error('the example ended before it listened');
}

async function ask(url: string): Promise<[status: number, body: unknown]> {
  const response = await fetch(url);
  return [response.status, await response.json()];
}
