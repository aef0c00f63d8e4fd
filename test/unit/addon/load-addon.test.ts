import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadAddon, PREBUILD_DIRECTORY } from '../../../src/addon/load-addon.ts';
import { BrokerError } from '../../../src/errors/index.ts';
import { expectFailure, failureOf } from '../../support/failures.ts';

const MANIFEST = { fipsSha256: 'ab'.repeat(32), moduleMac: 'cd'.repeat(32) };

describe('loading the addon', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'native-load-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const write = (name: string, content: unknown) => {
    writeFileSync(
      join(directory, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  };

  it('gives the addon of the package and the facts about its module', () => {
    const { addon, module } = loadAddon();
    expect(addon.digestNames()).toContain('sha3-512');
    expect(module.directory).toBe(PREBUILD_DIRECTORY);
    expect(module.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(module.mac).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes it from a directory that is named', () => {
    copyFileSync(
      join(PREBUILD_DIRECTORY, 'cryptobroker.node'),
      join(directory, 'cryptobroker.node'),
    );
    write('manifest.json', MANIFEST);
    const { addon, module } = loadAddon(directory);
    expect(addon.errorCodes()).toContain('INTERNAL');
    expect(module).toEqual({ directory, sha256: MANIFEST.fipsSha256, mac: MANIFEST.moduleMac });
  });

  it('says what to do when there is no build, and tells no path of the host', async () => {
    const failure = await failureOf(() => loadAddon(directory));
    expect(failure.code).toBe('ADDON_UNUSABLE');
    expect(failure.message).toContain('npm run setup');
    expect(failure.message).not.toContain(directory);
  });

  it('refuses a file that is no addon, with the reason as cause', () => {
    write('cryptobroker.node', 'not a library');
    write('manifest.json', MANIFEST);
    const load = () => loadAddon(directory);
    expect(load).toThrow(BrokerError);
    expect(load).toThrow(
      expect.objectContaining({ code: 'ADDON_UNUSABLE', cause: expect.any(Error) as unknown }),
    );
  });

  it.each([
    ['missing', undefined],
    ['cut off', '{"fipsSha256":'],
    ['not an object', 'null'],
    ['without the hash', { moduleMac: MANIFEST.moduleMac }],
    ['with a short hash', { ...MANIFEST, fipsSha256: 'ab' }],
    ['with an upper-case MAC', { ...MANIFEST, moduleMac: 'AB'.repeat(32) }],
    ['with a number for a hash', { ...MANIFEST, fipsSha256: 7 }],
  ])('refuses a manifest that is %s', async (_, manifest) => {
    copyFileSync(
      join(PREBUILD_DIRECTORY, 'cryptobroker.node'),
      join(directory, 'cryptobroker.node'),
    );
    if (manifest !== undefined) write('manifest.json', manifest);
    await expectFailure(() => loadAddon(directory), 'ADDON_UNUSABLE');
  });
});
