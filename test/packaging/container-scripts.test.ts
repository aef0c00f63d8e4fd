import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/programs.ts';

// The two scripts that run inside the build of the images.

interface FipsModuleScript {
  readonly readRequest: (
    kind: string,
    env: Readonly<Record<string, string>>,
  ) => { readonly url: string } | undefined;
  readonly withoutInstallStatus: (text: string) => string;
}
interface RootfsScript {
  readonly librariesIn: (listing: string) => string[];
  readonly packagesIn: (listing: string) => string[];
}
const load = (name: string): Promise<unknown> =>
  import(pathToFileURL(join(ROOT, 'scripts', 'lib', 'container', 'image', name)).href);
const { readRequest, withoutInstallStatus } = (await load('fips-module.mjs')) as FipsModuleScript;
const { librariesIn, packagesIn } = (await load('rootfs.mjs')) as RootfsScript;

const SHA256 = 'ab'.repeat(32);
const MAC = Array.from({ length: 32 }, () => 'AB').join(':');

describe("an operator's FIPS module", () => {
  it('is not wanted when no version is given', () => {
    expect(readRequest('build', {})).toBeUndefined();
    expect(
      readRequest('build', { FIPS_MODULE_VERSION: '', FIPS_MODULE_SHA256: '' }),
    ).toBeUndefined();
  });

  it('is downloaded from the release of its version, or from where the operator says', () => {
    const request = { FIPS_MODULE_VERSION: '3.1.2', FIPS_MODULE_SHA256: SHA256.toUpperCase() };
    expect(readRequest('build', request)).toEqual({
      version: '3.1.2',
      sha256: SHA256,
      url: 'https://github.com/openssl/openssl/releases/download/openssl-3.1.2/openssl-3.1.2.tar.gz',
    });
    const elsewhere = { ...request, FIPS_MODULE_URL: 'https://mirror.example/openssl.tar.gz' };
    expect(readRequest('build', elsewhere)?.url).toBe('https://mirror.example/openssl.tar.gz');
  });

  it.each([
    [
      'a hash without a version',
      'build',
      { FIPS_MODULE_SHA256: SHA256 },
      /without FIPS_MODULE_VERSION/,
    ],
    [
      'a version without a hash',
      'build',
      { FIPS_MODULE_VERSION: '3.1.2' },
      /SHA-256 of the release tarball/,
    ],
    ['a file without a hash', 'path', { FIPS_MODULE_VERSION: '3.1.2' }, /SHA-256 of fips\.so/],
    ['a file without a version', 'path', { FIPS_MODULE_SHA256: SHA256 }, /must be the version/],
    [
      'a hash that is too short',
      'path',
      { FIPS_MODULE_VERSION: '3.1.2', FIPS_MODULE_SHA256: 'ab' },
      /64 hexa/,
    ],
    [
      'a version that is a path',
      'build',
      { FIPS_MODULE_VERSION: '../3.1.2', FIPS_MODULE_SHA256: SHA256 },
      /version/,
    ],
    ['a word that is neither', 'validated', {}, /build or path/],
  ])('is refused for %s', (_what, kind, env, reason) => {
    expect(() => readRequest(kind, env)).toThrow(reason);
  });

  it('keeps its MAC and loses what would have its self tests skipped', () => {
    const kept = `[fips_sect]\nactivate = 1\nmodule-mac = ${MAC}\n`;
    const given = `${kept}install-version = 1\n install-status = INSTALL_SELF_TEST_KATS_RUN\ninstall-mac = ${MAC}\n`;
    expect(withoutInstallStatus(given)).toBe(kept);
  });

  it('is refused with a configuration that does not vouch for it', () => {
    expect(() => withoutInstallStatus(`[fips_sect]\ninstall-mac = ${MAC}\n`)).toThrow(
      /no module-mac/,
    );
    expect(() => withoutInstallStatus('[fips_sect]\nmodule-mac = 00\n')).toThrow(/no module-mac/);
  });
});

describe('what of the system is in an image', () => {
  it('are the libraries that the linker names, and not the page of the kernel', () => {
    const listing = `	linux-vdso.so.1 (0x00007ffd1b5f2000)
	libdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f2a0e6f7000)
	libc.so.6 => /usr/lib/x86_64-linux-gnu/libc.so.6 (0x00007f2a0e000000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f2a0e70d000)
`;
    expect(librariesIn(listing)).toEqual([
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/usr/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('is not gathered when a library is missing', () => {
    expect(() => librariesIn('	libatomic.so.1 => not found\n')).toThrow(
      /libatomic\.so\.1 is not in the base image/,
    );
  });

  it('belongs to packages, each named once', () => {
    const listing = `libc6:amd64: /usr/lib/x86_64-linux-gnu/libc.so.6
libc6:amd64: /usr/lib/x86_64-linux-gnu/libdl.so.2
libgcc-s1:amd64, libstdc++6:amd64: /usr/lib/shared
base-files: /usr/lib/os-release
`;
    expect(packagesIn(listing)).toEqual([
      'base-files',
      'libc6:amd64',
      'libgcc-s1:amd64',
      'libstdc++6:amd64',
    ]);
  });
});
