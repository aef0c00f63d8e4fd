import { describe, expect, it } from 'vitest';
import { DIGESTS } from '../../../src/crypto/algorithms.ts';
import { parseProfiles, PolicySnapshot } from '../../../src/profile/index.ts';

const FILE = `
Settings: {CryptoLibrary: native}
Profiles:
- Name: Both
  API:
    HashData: {HashAlg: shake-128}
    SignCertificate:
      SignAlg: rsa
      HashAlg: sha-256
      Validity: {ValidNotBeforeOffset: 0, ValidNotAfterOffset: 24h}
      KeyConstraints:
        Subject: {RSA: {MinKeySize: 2048, MaxKeySize: 4096}}
        Issuer: {RSA: {MinKeySize: 3072, MaxKeySize: 4096}}
- Name: Cipher
  Deprecation: {ReplacedBy: Both}
  API: {EncryptData: {EncryptAlg: aes-gcm, KeySize: 256}}
- Name: __proto__
  API: {HashData: {HashAlg: sha-256}}
`;

const snapshot = new PolicySnapshot({
  ...parseProfiles(Buffer.from(FILE), 'Profiles.yaml'),
  source: { directory: '/profiles', fileName: 'Profiles.yaml', shipped: false },
});

describe('a policy snapshot', () => {
  it('gives a handler all that does not depend on the request', () => {
    expect(snapshot.find('Both')?.hashData).toEqual({
      algorithm: 'shake-128',
      digest: DIGESTS[7],
      descriptor: { profile: 'Both', operation: 'HashData', algorithm: 'shake-128' },
    });
    expect(snapshot.find('Both')?.signCertificate).toMatchObject({
      policy: { signatureKey: 'RSA', notBeforeOffset: 0, notAfterOffset: 86_400 },
      descriptor: {
        profile: 'Both',
        operation: 'SignCertificate',
        algorithm: 'sha256WithRSAEncryption',
      },
    });
  });

  it('lists a profile whose operations this version does not serve, and offers nothing else of it', () => {
    const policy = snapshot.find('Cipher');
    expect(policy?.operations).toEqual(['EncryptData']);
    expect(policy?.hashData).toBeUndefined();
    expect(policy?.signCertificate).toBeUndefined();
    expect(policy?.deprecation).toEqual({ replacedBy: 'Both' });
  });

  it('keeps the order of the file', () => {
    expect(snapshot.policies.map(({ name }) => name)).toEqual(['Both', 'Cipher', '__proto__']);
  });

  it('names the error of an unknown profile as the original does', () => {
    expect(() => snapshot.require('Defualt')).toThrow(
      expect.objectContaining({
        code: 'PROFILE_UNKNOWN',
        message: 'could not retrieve profile, err: there is no profile: Defualt',
      }),
    );
    expect(snapshot.require('Both').name).toBe('Both');
  });

  it.each(['', 'both', 'toString', 'constructor'])('has no profile %j', (name) => {
    expect(snapshot.find(name)).toBeUndefined();
  });

  it('has a profile of any name, even one that objects have a meaning for', () => {
    expect(snapshot.find('__proto__')?.operations).toEqual(['HashData']);
  });

  it('cannot be changed, at any depth', () => {
    const loose = (value: unknown, path: string): string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const inner = Object.entries(value).flatMap(([key, member]) =>
        loose(member, `${path}.${key}`),
      );
      return Object.isFrozen(value) ? inner : [path, ...inner];
    };
    expect(loose(snapshot, 'snapshot')).toEqual([]);
  });

  it('says which bytes it was made from', () => {
    expect(snapshot.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});
