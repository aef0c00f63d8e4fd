import { createHmac } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyModule } from '../../../src/node-fips/index.ts';
import { FIPS_CHECKS, opensslConfiguration } from '../../../src/node-fips/openssl-configuration.ts';
import { expectFailure } from '../../support/failures.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const CONTENT = Buffer.from('a module');
const OTHER_SHA256 = '00'.repeat(32);
/** HMAC-SHA-256 of the module under OpenSSL's published key. */
const mac = macOf(CONTENT);

function macOf(content: Buffer): string {
  const key = 'f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813';
  return createHmac('sha256', Buffer.from(key, 'hex')).update(content).digest('hex');
}

function source(content: Buffer = CONTENT) {
  const directory = scratchDirectory();
  writeFileSync(join(directory, 'fips.so'), content);
  return { directory, sha256: undefined, mac };
}

describe('the copy of the module for Node', () => {
  it('is a file of its own with the same content, which nobody else can write', () => {
    const place = scratchDirectory();
    const from = source();
    const copy = copyModule(from, [place]);
    expect(readFileSync(copy.modulePath)).toEqual(CONTENT);
    expect(statSync(copy.modulePath).ino).not.toBe(statSync(join(from.directory, 'fips.so')).ino);
    expect(statSync(copy.modulePath).mode & 0o777).toBe(0o400);
    expect(readFileSync(copy.configurationPath, 'utf8')).toContain(`module = ${copy.modulePath}\n`);
  });

  it('is not put where somebody else could exchange its directory before it is loaded', () => {
    const shared = scratchDirectory();
    chmodSync(shared, 0o777);
    const own = scratchDirectory();
    expect(copyModule(source(), [shared, own]).modulePath.startsWith(own)).toBe(true);
  });

  it('is used again while it is the same', () => {
    const place = scratchDirectory();
    const from = source();
    const first = copyModule(from, [place]);
    const { ino } = statSync(first.modulePath);
    expect(copyModule(from, [place])).toEqual(first);
    expect(statSync(first.modulePath).ino).toBe(ino);
  });

  it('is made again when somebody changed it', () => {
    const place = scratchDirectory();
    const from = source();
    const { modulePath } = copyModule(from, [place]);
    chmodSync(modulePath, 0o600);
    writeFileSync(modulePath, 'A module');
    copyModule(from, [place]);
    expect(readFileSync(modulePath)).toEqual(CONTENT);
  });

  it.each([
    ['a symbolic link', symlinkSync],
    ['a hard link', linkSync],
  ])('replaces %s to the original, which two libcryptos could not share', (_, link) => {
    const place = scratchDirectory();
    const from = source();
    const { modulePath } = copyModule(from, [place]);
    rmSync(modulePath);
    link(join(from.directory, 'fips.so'), modulePath);
    copyModule(from, [place]);
    expect(statSync(modulePath).ino).not.toBe(statSync(join(from.directory, 'fips.so')).ino);
  });

  it('goes to the next place when one cannot be written', () => {
    const blocked = join(scratchDirectory(), 'file');
    writeFileSync(blocked, '');
    const place = scratchDirectory();
    expect(copyModule(source(), [blocked, place]).modulePath).toContain(place);
  });

  it('goes to the next place when nothing may be run from one', async () => {
    const [first, second] = [realpathSync(scratchDirectory()), realpathSync(scratchDirectory())];
    const mounts = () =>
      `1 0 8:1 / / rw - ext4 /dev/vda rw\n2 1 0:9 / ${first} rw,nosuid,noexec - tmpfs tmpfs rw\n`;
    expect(copyModule(source(), [first, second], mounts).modulePath).toContain(second);
    await expectFailure(() => copyModule(source(), [first], mounts), 'FIPS_COPY_FAILED');
  });

  it('does not go into a directory that others may write', async () => {
    const place = scratchDirectory();
    const from = source();
    const { modulePath } = copyModule(from, [place]);
    chmodSync(join(modulePath, '..'), 0o777);
    await expectFailure(() => copyModule(from, [place]), 'FIPS_COPY_FAILED');
  });

  it('is refused when the module is not the one that was built', async () => {
    await expectFailure(
      () => copyModule({ ...source(), sha256: OTHER_SHA256 }, [scratchDirectory()]),
      'FIPS_MODULE_REFUSED',
    );
  });

  it('is refused when the module is not the one its MAC was made of', async () => {
    const changed = { ...source(), mac: macOf(Buffer.from('another')) };
    await expectFailure(() => copyModule(changed, [scratchDirectory()]), 'FIPS_MODULE_REFUSED');
  });

  it('is refused when there is no module, an empty one, or a directory in its place', async () => {
    const place = scratchDirectory();
    const empty = scratchDirectory();
    await expectFailure(
      () => copyModule({ directory: empty, sha256: undefined, mac }, [place]),
      'FIPS_MODULE_MISSING',
    );
    await expectFailure(() => copyModule(source(Buffer.alloc(0)), [place]), 'FIPS_MODULE_REFUSED');
    mkdirSync(join(empty, 'fips.so'));
    await expectFailure(
      () => copyModule({ directory: empty, sha256: undefined, mac }, [place]),
      'FIPS_MODULE_REFUSED',
    );
  });
});

describe("the configuration of Node's OpenSSL", () => {
  it('switches on the checks that the native core switches on', () => {
    const header = readFileSync(
      join(import.meta.dirname, '../../../native/crypto/fips_parameters.h'),
      'utf8',
    );
    const native = [...header.matchAll(/^\s+"([a-z0-9-]+)",$/gm)].map(([, name]) => name);
    expect(native.length).toBeGreaterThan(20);
    expect([...FIPS_CHECKS]).toEqual(native);
  });

  it.each(['/a b/fips.so', '/a$b/fips.so', '/a#/fips.so', '/a\n/fips.so', '/"/fips.so'])(
    'refuses the path %j, which OpenSSL would read as something else',
    (path) => {
      expect(() => opensslConfiguration(path, mac)).toThrow('cannot be written');
    },
  );
});
