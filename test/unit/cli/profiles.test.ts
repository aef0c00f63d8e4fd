import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './fake-context.ts';

const PROFILES = `
Settings: { CryptoLibrary: native }
Profiles:
  - Name: Default
    API:
      HashData: { HashAlg: sha3-512 }
      SignCertificate:
        SignAlg: ECDSA
        HashAlg: sha-512
        Validity: { ValidNotBeforeOffset: -1h, ValidNotAfterOffset: 8760h30m }
        KeyConstraints:
          Subject: { RSA: { MinKeySize: 2048, MaxKeySize: 4096 }, ECDSA: { MinKeySize: 256, MaxKeySize: 521 } }
          Issuer: { ECDSA: { MinKeySize: 384, MaxKeySize: 521 } }
        KeyUsage: [digitalSignature, keyEncipherment]
        ExtendedKeyUsage: [clientAuth]
        BasicConstraints: { CA: false }
        SKIHashAlg: sha-256
  - Name: Old
    Deprecation: { ReplacedBy: Default, Reason: too short }
    API:
      HashData: { HashAlg: sha-256 }
`;

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cryptobroker-profiles-'));
  file = join(directory, 'Profiles.yaml');
  writeFileSync(file, PROFILES, { mode: 0o644 });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('profiles list', () => {
  it('prints a table of names, operations and algorithms', async () => {
    const { exit, out } = await run(['profiles', 'list', '--profiles-dir', directory]);
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'NAME     OPERATIONS                 ALGORITHMS                   NOTE',
        'Default  HashData, SignCertificate  sha3-512, ecdsa-with-SHA512',
        'Old      HashData                   sha-256                      deprecated',
        '',
      ].join('\n'),
    );
  });

  it('finds the directory by the environment, and prints JSON', async () => {
    const { out } = await run(['profiles', 'list', '--json'], {
      env: { CRYPTO_BROKER_PROFILES_DIR: directory },
    });
    expect(JSON.parse(out)).toMatchObject([
      { name: 'Default', hashData: { algorithm: 'sha3-512' } },
      { name: 'Old' },
    ]);
  });
});

describe('profiles show', () => {
  it('prints everything a profile decides', async () => {
    const { out } = await run(['profiles', 'show', 'Default', '--profiles-dir', directory]);
    expect(out).toBe(
      [
        'name                  Default',
        'HashData              sha3-512',
        'SignCertificate       ecdsa-with-SHA512',
        '  not before          1h before issuing at the earliest',
        '  not after           8760h30m after issuing at the latest',
        '  subject keys        RSA 2048 to 4096 bits, ECDSA 256 to 521 bits',
        '  issuer keys         ECDSA 384 to 521 bits',
        '  key usage           digitalSignature, keyEncipherment',
        '  extended key usage  clientAuth',
        '  CA                  no',
        '  key identifier      sha-256',
        '',
      ].join('\n'),
    );
  });

  it('tells of a deprecation, and prints JSON', async () => {
    const args = ['profiles', 'show', 'Old', '--profiles-dir', directory];
    expect((await run(args)).out).toMatch(/^deprecated +too short\n {2}replaced by +Default$/m);
    expect(JSON.parse((await run([...args, '--json'])).out)).toMatchObject({ name: 'Old' });
  });

  it('exits with 1 for a profile that is not there', async () => {
    const { exit, error } = await run(['profiles', 'show', 'Nope', '--profiles-dir', directory]);
    expect(exit).toBe(1);
    expect(error).toContain('there is no profile: Nope\n  code: PROFILE_UNKNOWN');
  });
});

describe('profiles check', () => {
  it('accepts a directory or a file without broken rules', async () => {
    for (const path of [directory, file]) {
      const { exit, out } = await run(['profiles', 'check', path]);
      expect({ exit, out }).toEqual({
        exit: 0,
        out: 'Profiles.yaml: 2 profiles, no broken rule\n',
      });
    }
  });

  it('checks what the server would read when no path is given', async () => {
    const { out } = await run(['profiles', 'check'], {
      env: { CRYPTO_BROKER_PROFILES_DIR: directory },
    });
    expect(out).toContain('2 profiles');
  });

  it('prints every broken rule with its place, and exits with 3', async () => {
    const broken = join(directory, 'broken.yaml');
    writeFileSync(
      broken,
      PROFILES.replace('sha3-512', 'md5').replace('too short', '{}').replace('Old', 'Default'),
    );
    const { exit, out, error } = await run(['profiles', 'check', broken]);
    expect({ exit, out }).toEqual({ exit: 3, out: '' });
    expect(error.match(/^ {2}broken\.yaml:\d+:\d+: /gm)?.length).toBeGreaterThanOrEqual(2);
    expect(error).toContain('md5');
    expect(error).toContain('code: PROFILES_INVALID');
  });

  it('exits with 3 for a path that is not there', async () => {
    const { exit, error } = await run(['profiles', 'check', '/nowhere']);
    expect(exit).toBe(3);
    expect(error).toContain('code: PROFILES_UNREADABLE');
  });
});
