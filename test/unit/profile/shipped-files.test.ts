import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DIGESTS } from '../../../src/crypto/algorithms.ts';
import { loadProfiles, parseProfiles } from '../../../src/profile/index.ts';
import { publishedSchema } from '../../../src/profile/published-schema.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path));

const examples = readdirSync(join(root, 'profiles/examples')).map(
  (name) => `profiles/examples/${name}`,
);
const acceptance = ['b', 'c'].map(
  (name) => `test/fixtures/profiles/acceptance-${name}/Profiles.yaml`,
);
const files = ['profiles/Profiles.yaml', ...examples, ...acceptance];

/** As an editor would: only the published file, a fresh validator, every check it has. */
const validate = new Ajv({
  strict: true,
  allowUnionTypes: true,
  allowMatchingProperties: true,
}).compile(JSON.parse(read('profiles/profile.schema.json').toString()) as object);

describe('the published schema', () => {
  it('is what the loader checks', () => {
    expect(JSON.parse(read('profiles/profile.schema.json').toString())).toEqual(publishedSchema());
  });

  it('and the documents made from the schemas are up to date', () => {
    const script = join(root, 'scripts/generate-schema.mjs');
    expect(() => execFileSync(process.execPath, [script, '--check'], { cwd: root })).not.toThrow();
  });

  it('explains every key', () => {
    const silent: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties = {}, ...rest } = schema as { properties?: Record<string, object> };
      for (const [key, value] of Object.entries(properties)) {
        const explained =
          'description' in value || '$ref' in value || Object.keys(value).length === 0;
        if (!explained) silent.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      for (const [key, value] of Object.entries(rest)) visit(value, `${path}/${key}`);
    };
    visit(publishedSchema(), '');
    expect(silent).toEqual([]);
  });

  it.each(files)('accepts %s', (path) => {
    expect(validate(parse(read(path).toString())), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    [
      'an unknown key',
      '- {Name: P, Settings: {CryptoLibrary: native}, API: {HashData: {HashAlg: sha-256, X: 1}}}',
    ],
    [
      'an unknown algorithm',
      '- {Name: P, Settings: {CryptoLibrary: native}, API: {HashData: {HashAlg: md5}}}',
    ],
    [
      'a mixture',
      '{Settings: {CryptoLibrary: native}, Profiles: [{Name: P, Settings: {CryptoLibrary: native}, API: {HashData: {HashAlg: sha-256}}}]}',
    ],
    ['no operation', '- {Name: P, Settings: {CryptoLibrary: native}, API: {}}'],
  ])('refuses %s', (_, text) => {
    expect(validate(parse(text))).toBe(false);
  });
});

describe('every profile file in the repository', () => {
  it.each(files)('loads: %s', (path) => {
    expect(parseProfiles(read(path), 'Profiles.yaml').profiles.length).toBeGreaterThan(0);
  });

  it.each(examples)('tells editors its schema: %s', (path) => {
    expect(read(path).toString()).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/profile\.schema\.json\n/,
    );
  });

  it('acceptance profiles of both generations are the same profiles', () => {
    const [b, c] = acceptance.map((path) => parseProfiles(read(path), 'Profiles.yaml').profiles);
    expect(b).toEqual(c);
  });
});

describe('the shipped profiles', () => {
  const snapshot = loadProfiles({ directory: join(root, 'profiles'), shipped: true });

  it('have Default with the values of the original', () => {
    expect(snapshot.require('Default').profile).toEqual({
      name: 'Default',
      hashData: { algorithm: 'sha3-512' },
      signCertificate: {
        descriptorAlgorithm: 'ecdsa-with-SHA512',
        policy: {
          signatureKey: 'ECDSA',
          signatureDigest: 'sha-512',
          notBeforeOffset: -3600,
          notAfterOffset: 8760 * 3600,
          subjectKey: { RSA: { min: 2048, max: 4096 }, ECDSA: { min: 256, max: 521 } },
          issuerKey: { ECDSA: { min: 384, max: 521 } },
          keyUsage: ['digitalSignature', 'keyEncipherment'],
          extendedKeyUsage: ['clientAuth'],
          basicConstraints: { ca: false },
          skiDigest: 'sha-256',
        },
      },
    });
  });

  it('have one profile for each hash, named after it', () => {
    for (const { name } of DIGESTS) {
      expect(snapshot.require(name.toUpperCase()).hashData?.algorithm).toBe(name);
    }
  });

  it.each([
    ['Default-RSA', { signatureKey: 'RSA', basicConstraints: { ca: false } }],
    ['TLS-Server', { extendedKeyUsage: ['serverAuth'] }],
    ['TLS-Client', { extendedKeyUsage: ['clientAuth'] }],
    [
      'Intermediate-CA',
      { keyUsage: ['keyCertSign', 'cRLSign'], basicConstraints: { ca: true, pathLength: 0 } },
    ],
  ])('have %s', (name, policy) => {
    expect(snapshot.require(name).signCertificate?.policy).toMatchObject(policy);
  });

  it('bring no warning but that of the permissions of a checkout', () => {
    expect(snapshot.warnings.filter(({ path }) => path !== '')).toEqual([]);
  });
});
