import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheDirectory } from '../../support/environment.ts';
import { ROOT, runProgram, type Ended } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

// What the addon is made with, from local tarballs: no test asks the network.

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs the script with a cache of its own. */
async function buildDeps(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const script = join(ROOT, 'scripts', 'build-deps.mjs');
  return await runProgram([process.execPath, script, ...args], { env: { PATH, ...env } });
}

/** A tarball as a release is: everything below one folder. */
async function tarball(
  directory: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, path, '..'), { recursive: true });
    writeFileSync(join(directory, name, path), text);
  }
  const archive = join(directory, `${name}.tar.gz`);
  const { exit } = await runProgram(['tar', '-czf', archive, '-C', directory, name]);
  expect(exit).toBe(0);
  return archive;
}

const version = (minor: number): string =>
  `#define PROTOZERO_VERSION_MAJOR 1\n#define PROTOZERO_VERSION_MINOR ${String(minor)}\n` +
  `#define PROTOZERO_VERSION_PATCH 0\n`;

const release = (minor: number): Readonly<Record<string, string>> => ({
  'include/protozero/pbf_reader.hpp': '// reads',
  'include/protozero/version.hpp': version(minor),
  'LICENSE.md': 'the licence',
  'LICENSE.from_folly': 'the other licence',
});

describe('what is built from a local tarball', () => {
  it('has its headers, both licences and a manifest, and is found again without the tarball being unpacked', async () => {
    const directory = scratchDirectory();
    const env = {
      XDG_CACHE_HOME: directory,
      PROTOZERO_TARBALL: await tarball(directory, 'protozero', release(9)),
    };
    const first = await buildDeps(['--print-dir', 'protozero'], env);
    expect(first.error).toContain('✓ protozero');
    const built = first.out.toString().trim();
    expect(readFileSync(join(built, 'include/protozero/pbf_reader.hpp'), 'utf8')).toBe('// reads');
    expect(readFileSync(join(built, 'LICENSE.txt'), 'utf8')).toBe('the licence\nthe other licence');
    expect(JSON.parse(readFileSync(join(built, 'manifest.json'), 'utf8'))).toMatchObject({
      version: '1.9.0',
      source: 'tarball',
      sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });

    const second = await buildDeps(['--print-dir', 'protozero'], env);
    expect(second).toMatchObject({ exit: 0, error: '' });
    expect(second.out.toString().trim()).toBe(built);
  });

  it('is used with a warning when it is older than the pinned release', async () => {
    const directory = scratchDirectory();
    const ended = await buildDeps(['--print-dir', 'protozero'], {
      XDG_CACHE_HOME: directory,
      PROTOZERO_TARBALL: await tarball(directory, 'protozero', release(7)),
    });
    expect(ended.exit).toBe(0);
    expect(ended.error).toContain('PROTOZERO_TARBALL holds protozero 1.7.0; security fixes of');
  });

  it('is made anew when a file of it has gone', async () => {
    const directory = scratchDirectory();
    const env = {
      XDG_CACHE_HOME: directory,
      PROTOZERO_TARBALL: await tarball(directory, 'protozero', release(9)),
    };
    const built = (await buildDeps(['--print-dir', 'protozero'], env)).out.toString().trim();
    const header = join(built, 'include/protozero/pbf_reader.hpp');
    await runProgram(['rm', header]);
    expect((await buildDeps(['--print-dir', 'protozero'], env)).exit).toBe(0);
    expect(existsSync(header)).toBe(true);
  });
});

describe('a tarball that cannot be used', () => {
  it.each(['OPENSSL', 'NGHTTP2', 'PROTOZERO'])(
    'is named when %s_TARBALL leads nowhere',
    async (name) => {
      const directory = scratchDirectory();
      const ended = await buildDeps(['--print-dir', name.toLowerCase()], {
        XDG_CACHE_HOME: directory,
        [`${name}_TARBALL`]: join(directory, 'absent.tar.gz'),
      });
      expect(ended.exit).toBe(1);
      expect(ended.out.toString()).toBe('');
      expect(ended.error).toContain(`${name}_TARBALL names ${directory}/absent.tar.gz`);
    },
  );

  it.each(['openssl', 'nghttp2', 'protozero'])(
    'is refused when what it holds is not %s, and nothing is left of it',
    async (name) => {
      const directory = scratchDirectory();
      const ended = await buildDeps(['--print-dir', name], {
        XDG_CACHE_HOME: directory,
        [`${name.toUpperCase()}_TARBALL`]: await tarball(directory, 'other', { README: 'no' }),
      });
      expect(ended.exit).toBe(1);
      expect(ended.error).toMatch(/other\.tar\.gz holds \S+ of an unknown version, not /);
      const kept = await runProgram(['ls', '-A', join(directory, 'crypto-broker', name)]);
      expect(kept.out.toString()).toBe('');
    },
  );

  it('is refused when it holds another branch', async () => {
    const directory = scratchDirectory();
    const ended = await buildDeps(['--print-dir', 'openssl'], {
      XDG_CACHE_HOME: directory,
      OPENSSL_TARBALL: await tarball(directory, 'openssl-3.0.1', {
        'VERSION.dat': 'MAJOR=3\nMINOR=0\nPATCH=1\n',
      }),
    });
    expect(ended.exit).toBe(1);
    expect(ended.error).toContain('holds OpenSSL 3.0.1, not 3.5');
  });
});

describe('scripts/build-deps.mjs', () => {
  it('prints the directory of OpenSSL when no name is given', async () => {
    const env = { XDG_CACHE_HOME: dirname(cacheDirectory) };
    const [unnamed, named] = await Promise.all([
      buildDeps(['--print-dir'], env),
      buildDeps(['--print-dir', 'openssl'], env),
    ]);
    expect(unnamed.out.toString()).toBe(named.out.toString());
    expect(existsSync(join(unnamed.out.toString().trim(), 'lib', 'libcrypto.a'))).toBe(true);
  });

  it('knows no other name', async () => {
    const ended = await buildDeps(['--print-dir', 'zlib'], { XDG_CACHE_HOME: scratchDirectory() });
    expect(ended.exit).toBe(2);
    expect(ended.error).toContain('one of openssl, nghttp2, protozero');
  });
});
