import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceSkip, hostEnvironment } from '../support/environment.ts';
import { pathNode } from '../support/path-node.ts';
import {
  ROOT,
  runProgram,
  startBroker,
  type BrokerProcess,
  type Ended,
} from '../support/programs.ts';

// The package as npm would publish it, and as somebody who installs it finds it.

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const PREBUILD = `prebuilds/${process.platform}-${process.arch}`;

let directory: string;
let project: string;
let packed: readonly string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-package-'));
  project = join(directory, 'project');
  mkdirSync(project);
  mkdirSync(join(directory, 'bin'));
  symlinkSync(process.execPath, join(directory, 'bin', 'node'));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );

  const pack = await npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
    ROOT,
  );
  const [archive] = JSON.parse(pack.out.toString()) as [
    { filename: string; files: { path: string }[] },
  ];
  packed = archive.files.map(({ path }) => path).sort();
  await npm([
    'install',
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    join(directory, archive.filename),
  ]);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** PATH with the Node of the programs, or that of the machine, in front. */
function environment(nodeDirectory = join(directory, 'bin')): Record<string, string> {
  const entries = Object.entries(hostEnvironment).filter(
    ([name]) => !/^(CRYPTO_BROKER_|npm_|NODE_)/i.test(name),
  );
  const inherited = Object.fromEntries(entries) as Record<string, string>;
  return { ...inherited, PATH: `${nodeDirectory}:${inherited['PATH'] ?? ''}` };
}

async function npm(args: readonly string[], cwd = project): Promise<Ended> {
  const ended = await runProgram(['npm', ...args], { cwd, env: environment(), timeoutMs: 150_000 });
  if (ended.exit !== 0) throw new Error(`npm ${args[0] ?? ''} failed:\n${ended.error}`);
  return ended;
}

/** What is packed of src/: each module compiled, with its types and its map. */
function compiledFiles(): string[] {
  return globSync('src/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.endsWith('.d.ts'))
    .map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, ''))
    .flatMap((path) => [`${path}.js`, `${path}.js.map`, `${path}.d.ts`]);
}

describe('the package', () => {
  it('holds the programs, what they were compiled to, and the documents: nothing else', () => {
    const documents = /^(docs|proto|profiles)\/[\w./-]+\.(md|proto|ya?ml|json)$/;
    const parts = /^dist\/bin\/chunk\d*\.[\w.-]+\.js(\.map)?$/;
    const expected = [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
      ...[
        'bin/cryptobroker-server.mjs',
        'bin/cryptobroker.mjs',
        'bin/lib/find-node.mjs',
        'bin/lib/launch.mjs',
      ],
      ...[
        'LICENSE.nghttp2',
        'LICENSE.openssl',
        'cryptobroker.node',
        'fips.so',
        'manifest.json',
      ].map((name) => `${PREBUILD}/${name}`),
      ...compiledFiles(),
      ...['LICENSES.txt', 'writer-thread.js', 'writer-thread.js.map'].map(
        (name) => `dist/bin/${name}`,
      ),
    ].sort();
    expect(packed.filter((path) => !documents.test(path) && !parts.test(path))).toEqual(expected);
    expect(packed).toEqual(
      expect.arrayContaining(['profiles/Profiles.yaml', 'profiles/profile.schema.json']),
    );
    expect(packed).toEqual(
      expect.arrayContaining(['proto/cryptobroker/crypto_broker.proto', 'docs/errors.md']),
    );
  });

  it('runs no script when it is installed', () => {
    const manifest = JSON.parse(installed('package.json')) as {
      scripts: Record<string, string>;
      gypfile: boolean;
    };
    const hooks = Object.keys(manifest.scripts).filter((name) =>
      /^((pre|post)?(install|prepare|pack)|prepublish(Only)?)$/.test(name),
    );
    expect({ hooks, gypfile: manifest.gypfile }).toEqual({ hooks: [], gypfile: false });
  });

  it('tells nothing about the machine it was built on', () => {
    for (const path of packed.filter((name) => name.endsWith('.map'))) {
      const { sources, sourceRoot = '' } = JSON.parse(installed(path)) as {
        sources: string[];
        sourceRoot?: string;
      };
      expect([sourceRoot, ...sources].filter(isAbsolute), path).toEqual([]);
    }
    for (const path of packed.filter((name) => /\.(js|ts|mjs|json|map|md|ya?ml)$/.test(name))) {
      expect(installed(path).includes(`${ROOT}/`), path).toBe(false);
    }
  });
});

describe('the installed command line', () => {
  it('shows versions and the FIPS report through npx', async () => {
    const version = await npm(['exec', '--offline', '--', 'cryptobroker', 'version', '--json']);
    expect(JSON.parse(version.out.toString())).toMatchObject({ node: process.versions.node });
    const fips = await npm(['exec', '--offline', '--', 'cryptobroker', 'fips', '--json']);
    const report = JSON.parse(fips.out.toString()) as { fips: string; module: { path: string } };
    expect(report.fips).toBe('required');
    expect(report.module.path.startsWith(join(project, 'node_modules'))).toBe(true);
  });

  it("has the original server's name as well", async () => {
    const help = await npm(['exec', '--offline', '--', 'cryptobroker-server', '--help']);
    expect(help.out.toString()).toContain('Usage: cryptobroker server');
  });

  const older = olderNode();
  it.skipIf(older === undefined)('says in one line that it needs a newer Node', async () => {
    const program = join(project, 'node_modules', '.bin', 'cryptobroker');
    const { exit, out, error } = await runProgram([older?.path ?? '', program, 'version']);
    expect({ exit, out: out.toString() }).toEqual({ exit: 1, out: '' });
    expect(error).toMatch(/^error: crypto-broker needs Node 24 or later .*\n$/);
  });
});

describe('the installed client library', () => {
  let broker: BrokerProcess;
  beforeAll(async () => {
    const program = join(project, 'node_modules', 'crypto-broker', 'bin', 'cryptobroker.mjs');
    broker = await startBroker({ program: [process.execPath, program] });
    writeFileSync(join(project, 'hash.js'), HASH);
    writeFileSync(join(project, 'consumer.ts'), CONSUMER);
  });
  afterAll(async () => {
    expect(await broker.stop()).toBe(0);
  });

  it.each(clientNodes())('hashes through the installed server under Node %s', async (_, node) => {
    const { exit, out, error } = await runProgram([node, join(project, 'hash.js'), broker.socket]);
    expect({ exit, error }).toEqual({ exit: 0, error: '' });
    expect(out.toString()).toBe(
      'SERVING ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n',
    );
  });

  it('has types that a strict consumer compiles against', async () => {
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const modules = [
      '--module',
      'nodenext',
      '--moduleResolution',
      'nodenext',
      '--skipLibCheck',
      'false',
    ];
    const compile = await runProgram(
      [process.execPath, TSC, ...options, ...modules, 'consumer.ts'],
      { cwd: project },
    );
    expect({ exit: compile.exit, out: compile.out.toString() }).toEqual({ exit: 0, out: '' });
  });
});

const HASH = `
import { connect } from 'crypto-broker';
const client = connect({ socket: process.argv[2] });
const status = await client.health();
const { hex } = await client.hashData({ profile: 'SHA-256', input: 'abc' });
await client.close();
console.log(status, hex);
`;

const CONSUMER = `
import { connect, BrokerError, CallError, type Client, type ErrorCode } from 'crypto-broker';

const client: Client = connect({ deadlineMs: 1000, retry: { attempts: 2 } });
export async function use(signal: AbortSignal): Promise<string> {
  try {
    const hash = await client.hashData({ profile: 'Default', input: 'abc' }, { signal });
    const raw = await client.hashData({ profile: 'Default', input: new Uint8Array(3), outputFormat: 'raw' });
    const certificate = await client.signCertificate({
      profile: 'Default', csr: 'x', caPrivateKey: new Uint8Array(1), caCert: 'y', validNotAfter: new Date(),
    });
    // @ts-expect-error: what was not asked for is not there
    void hash.raw;
    // @ts-expect-error: an unknown format
    await client.hashData({ profile: 'Default', input: 'abc', outputFormat: 'base64' });
    return hash.hex + raw.raw.length + certificate.pem + certificate.metadata.id;
  } catch (error) {
    if (error instanceof CallError) return error.status + (error.incident ?? '');
    const code: ErrorCode | undefined = error instanceof BrokerError ? error.code : undefined;
    return code ?? 'unknown';
  }
}
`;

function installed(path: string): string {
  return readFileSync(join(project, 'node_modules', 'crypto-broker', path), 'utf8');
}

function olderNode(): ReturnType<typeof pathNode> {
  const node = pathNode();
  if (node !== undefined && node.major >= 18 && node.major < 24) return node;
  announceSkip(
    'the installed programs under an older Node',
    'put a Node from 18 to 23 on the PATH',
  );
  return undefined;
}

/** The client runs on Node 20 and later. */
function clientNodes(): [version: string, path: string][] {
  const ours: [string, string] = [process.versions.node, process.execPath];
  const other = pathNode();
  if (other === undefined || other.major < 20 || other.path === process.execPath) {
    announceSkip('the client library under another Node', 'put a Node from 20 on the PATH');
    return [ours];
  }
  return [ours, [other.version, other.path]];
}
