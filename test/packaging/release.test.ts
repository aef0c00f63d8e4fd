import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostEnvironment } from '../support/environment.ts';
import { ROOT, runProgram, type Ended } from '../support/programs.ts';

// `npm run release`, as it is of a checkout that is being worked on.

const RELEASE = join(ROOT, 'build', 'release');
const PREBUILDS = join(ROOT, 'prebuilds', `${process.platform}-${process.arch}`);

let directory: string;
let signed: Ended;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-release-'));
  signed = await release('--sign-key', newKey('release.pem', 'EC', 'ec_paramgen_curve:P-384'));
}, 120_000);
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('a release', () => {
  it('is a package, a bill of materials, licences, checksums and a signature, and says so', () => {
    expect(signed.exit, signed.error).toBe(0);
    const names = readdirSync(RELEASE).sort();
    expect(names).toEqual([
      'SHA256SUMS',
      'SHA256SUMS.sig',
      'THIRD-PARTY-LICENSES.txt',
      archive(),
      'release-key.pem',
      'sbom.cdx.json',
    ]);
    for (const name of names) expect(signed.out.toString()).toContain(name);
  });

  it('has checksums that sha256sum accepts', () => {
    const output = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: RELEASE });
    expect(output.toString().match(/: OK$/gm)).toHaveLength(3);
  });

  it('has a signature that openssl accepts, and refuses over anything else', () => {
    const changed = join(directory, 'SHA256SUMS');
    copyFileSync(join(RELEASE, 'SHA256SUMS'), changed);
    expect(verified(changed)).toBe(true);
    writeFileSync(changed, readFileSync(changed, 'utf8').replace(/^./, 'x'));
    expect(verified(changed)).toBe(false);
  });

  it('is the same again from the same sources, but for its signature', async () => {
    const before = readFileSync(join(RELEASE, 'SHA256SUMS'), 'utf8');
    const again = await release('--unsigned');

    expect(again.exit, again.error).toBe(0);
    expect(readFileSync(join(RELEASE, 'SHA256SUMS'), 'utf8')).toBe(before);
    expect(readdirSync(RELEASE)).not.toContain('SHA256SUMS.sig');
    expect(again.out.toString()).toContain('There is no signature');
  }, 120_000);
});

describe('the bill of materials', () => {
  interface Component {
    readonly name: string;
    readonly group?: string;
    readonly version?: string;
    readonly hashes?: readonly { alg: string; content: string }[];
    readonly components?: readonly Component[];
  }
  interface Bill {
    readonly specVersion: string;
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
  }
  const read = (): string => readFileSync(join(RELEASE, 'sbom.cdx.json'), 'utf8');
  const bill = (): Bill => JSON.parse(read()) as Bill;
  const flat = (parts: readonly Component[]): Component[] =>
    parts.flatMap((part) => [part, ...flat(part.components ?? [])]);

  it('names OpenSSL and nghttp2 in the versions that were built in', () => {
    const manifest = JSON.parse(readFileSync(join(PREBUILDS, 'manifest.json'), 'utf8')) as Record<
      'openssl' | 'nghttp2',
      { upstreamVersion: string }
    >;
    const versionOf = (name: string) => flat(bill().components).find((part) => part.name === name);
    expect(versionOf('openssl')?.version).toBe(manifest.openssl.upstreamVersion);
    expect(versionOf('nghttp2')?.version).toBe(manifest.nghttp2.upstreamVersion);
  });

  it('names the native files by the hash they have', () => {
    for (const name of ['cryptobroker.node', 'fips.so']) {
      const part = bill().components.find((component) => component.name.endsWith(`/${name}`));
      expect(part?.hashes).toEqual([{ alg: 'SHA-256', content: sha256(join(PREBUILDS, name)) }]);
    }
  });

  it('names every package that an installation brings', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; devOptional?: boolean }>;
    };
    const listed = new Set(
      flat(bill().components).map(
        ({ group, name, version }) =>
          `${group === undefined ? '' : `${group}/`}${name}@${version ?? ''}`,
      ),
    );
    const missing = Object.entries(packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`)
      .filter((name) => !listed.has(name));
    expect(listed.size).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });

  it('tells nothing about the machine it was made on', () => {
    expect(read()).not.toContain(ROOT);
    expect(read()).not.toMatch(/"(?:file:|\/home\/|\/root\/)/);
  });
});

describe('the licences', () => {
  it('has a row and a text for OpenSSL, nghttp2 and the packages', () => {
    const text = readFileSync(join(RELEASE, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(text).toMatch(/^openssl \S+ +Apache-2\.0$/m);
    expect(text).toMatch(/^nghttp2 \S+ +MIT$/m);
    expect(text).toMatch(/^better-sqlite3 \S+ +MIT$/m);
    expect(text).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });

  it('stops a release with a licence that nobody has decided on', async () => {
    const { licences } = (await import(
      join(ROOT, 'scripts', 'lib', 'release', 'licences.mjs')
    )) as { licences: (more: readonly object[]) => unknown };
    expect(() =>
      licences([{ name: 'copyleft', version: '1.0.0', license: 'AGPL-3.0-only', text: '' }]),
    ).toThrow('not among the licences we ship: copyleft (AGPL-3.0-only)');
  });
});

describe('a release is refused', () => {
  it('when it is neither signed nor said to be unsigned', async () => {
    const { exit, error } = await release();
    expect(exit).toBe(2);
    expect(error).toContain('--sign-key FILE or --unsigned');
  });

  it.each([
    [
      'a key that others may read',
      () => withMode(newKey('open.pem', 'EC', 'ec_paramgen_curve:P-256'), 0o644),
      'others may read open.pem',
    ],
    [
      'a key of another kind',
      () => newKey('rsa.pem', 'RSA', 'rsa_keygen_bits:2048'),
      'not one we sign with',
    ],
    ['a key that is not there', () => join(directory, 'nowhere.pem'), 'cannot be read (ENOENT)'],
    ['a file that is no key', () => notAKey(), 'not one we sign with'],
  ])(
    'with %s',
    async (_, key, reason) => {
      const { exit, error } = await release('--sign-key', key());
      expect(exit).toBe(1);
      expect(error).toContain(reason);
      expect(error).not.toContain('MIGH');
    },
    120_000,
  );

  it.each([
    [
      'of another version',
      '## 9.9.9 (2026-01-01)\n',
      'the first entry of CHANGELOG.md is of 9.9.9',
    ],
    ['without a date', `## ${version()} (unreleased)\n`, 'has no date'],
    ['without entries', '# Changelog\n', 'of no version'],
  ])('for a changelog %s', async (_, changelog, reason) => {
    const { checkReady } = (await import(
      join(ROOT, 'scripts', 'lib', 'release', 'readiness.mjs')
    )) as { checkReady: (version: string, options: object) => void };
    expect(() => {
      checkReady(version(), { allowDirty: false, changelog });
    }).toThrow(reason);
  });
});

async function release(...args: readonly string[]): Promise<Ended> {
  const script = join(ROOT, 'scripts', 'release.mjs');
  const env = Object.fromEntries(
    Object.entries(hostEnvironment).filter(([name]) => !/^(npm_|NODE_|VITEST)/i.test(name)),
  ) as Record<string, string>;
  return await runProgram([process.execPath, script, '--allow-dirty', ...args], { env });
}

function newKey(name: string, algorithm: string, option: string): string {
  const path = join(directory, name);
  execFileSync('openssl', ['genpkey', '-algorithm', algorithm, '-pkeyopt', option, '-out', path], {
    stdio: 'ignore',
  });
  return withMode(path, 0o600);
}

function notAKey(): string {
  const path = join(directory, 'text.pem');
  writeFileSync(path, '-----BEGIN PRIVATE KEY-----\nMIGHBE\n-----END PRIVATE KEY-----\n');
  return withMode(path, 0o600);
}

function withMode(path: string, mode: number): string {
  chmodSync(path, mode);
  return path;
}

function verified(list: string): boolean {
  const args = ['dgst', '-sha256', '-verify', join(RELEASE, 'release-key.pem')];
  return (
    spawnSync('openssl', [...args, '-signature', join(RELEASE, 'SHA256SUMS.sig'), list]).status ===
    0
  );
}

function archive(): string {
  return `crypto-broker-${version()}.tgz`;
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string })
    .version;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
