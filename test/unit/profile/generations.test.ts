import { describe, expect, it } from 'vitest';
import { parseProfiles, type Profile } from '../../../src/profile/index.ts';
import { marked, problemsOf, signCertificate } from './marked-file.ts';

const parse = (text: string) => parseProfiles(Buffer.from(text), 'Profiles.yaml');
const only = (text: string): Profile => {
  const [profile] = parse(text).profiles;
  if (profile === undefined) throw new Error('no profile');
  return profile;
};

const CERTIFICATE = `SignCertificate:
        SignAlg: ECDSA
        HashAlg: SHA-384
        Validity: {ValidNotBeforeOffset: -1h, ValidNotAfterOffset: 8760h}
        KeyConstraints:
          Subject: {rsa: {MinKeySize: 2048, MaxKeySize: 4096}}
          Issuer: {ECDSA: {MinKeySize: 384, MaxKeySize: 521}}
        KeyUsage: [digitalSignature, nonRepudiation]
        ExtendedKeyUsage: [clientAuth]
        BasicConstraints: {CA: true, PathLenConstraint: 0}`;

const GENERATION_A = `
- Name: P
  Settings: {CryptoLibrary: Native}
  API:
      HashData: {HashAlg: SHA3-512}
      ${CERTIFICATE}
`;

const GENERATION_C = `
Settings: {CryptoLibrary: native}
Profiles:
  - Name: P
    API:
      HashData: {HashAlg: sha3-512}
      ${CERTIFICATE}
`;

describe('the generations of the file format', () => {
  it('are read into one model', () => {
    const fromA = parse(GENERATION_A).profiles;
    expect(fromA).toEqual(parse(GENERATION_C).profiles);
    expect(fromA).toEqual([
      {
        name: 'P',
        hashData: { algorithm: 'sha3-512' },
        signCertificate: {
          descriptorAlgorithm: 'ecdsa-with-SHA384',
          policy: {
            signatureKey: 'ECDSA',
            signatureDigest: 'sha-384',
            notBeforeOffset: -3600,
            notAfterOffset: 31_536_000,
            subjectKey: { RSA: { min: 2048, max: 4096 } },
            issuerKey: { ECDSA: { min: 384, max: 521 } },
            keyUsage: ['digitalSignature', 'contentCommitment'],
            extendedKeyUsage: ['clientAuth'],
            basicConstraints: { ca: true, pathLength: 0 },
            skiDigest: 'sha-1',
          },
        },
      },
    ]);
  });

  it('A has SignData with an algorithm alone', () => {
    const text =
      '- {Name: P, Settings: {CryptoLibrary: native}, API: {SignData: {SignAlg: ecdsa}}}';
    expect(only(text).signData).toEqual({ mode: 'legacy', algorithm: 'ECDSA' });
  });

  it('B has EncryptData, a key management service and SKIHashAlg', () => {
    const { profiles, warnings } = parse(`
- Name: P
  Settings: {CryptoLibrary: native}
  KMS: {Client: openbao, Config: openbao.yaml, Cache: false}
  API: {EncryptData: {EncryptAlg: AES-GCM, KeySize: 192, NonceStrategy: user-provided, TagLength: 112}}
`);
    expect(profiles[0]).toEqual({
      name: 'P',
      encryptData: { algorithm: 'aes-gcm', keyBits: 192, tagBits: 112 },
    });
    expect(warnings.map(({ line, path, message }) => ({ line, path, message }))).toEqual([
      { line: 4, path: '[0].KMS', message: 'KMS is not used by this version' },
    ]);
    expect(only(signCertificate()).signCertificate?.policy.skiDigest).toBe('sha-256');
  });

  it('B encrypts with the full tag unless it names another', () => {
    const text =
      '- {Name: P, Settings: {CryptoLibrary: native}, API: {EncryptData: {EncryptAlg: aes-gcm, KeySize: 256}}}';
    expect(only(text).encryptData?.tagBits).toBe(128);
  });

  it.each(['openbao', '{Client: openbao, Cache: true}'])('C has KMS at the top: %s', (kms) => {
    const { warnings } = parse(
      `Settings: {CryptoLibrary: native, KMS: ${kms}}\nProfiles: [{Name: P, API: {HashData: {HashAlg: sha-256}}}]`,
    );
    expect(warnings).toMatchObject([{ line: 1, path: 'Settings.KMS' }]);
  });

  it('C has deprecation, and signing modes', () => {
    const { profiles, warnings } = parse(`
Settings: {CryptoLibrary: native}
Profiles:
- Name: New
  API: {SignData: {SigningMode: Post-Quantum, SignAlg: ml-dsa-65, SignatureFormat: raw}}
- Name: Hybrid
  API: {SignData: {SigningMode: hybrid, SignAlg: MLDSA65-ECDSA-P256-SHA512, KeyConstraints: {ML-DSA-65: {}, ecdsa: {MinKeySize: 256}}}}
- Name: Old
  Deprecation: {ReplacedBy: New, DeprecatedSince: 2026-01-01, RemoveAfter: 2026-12-31, Reason: why}
  API: {SignData: {SignAlg: RSA, HashAlg: SHA-256}}
- Name: Older
  Deprecation: {}
  API: {HashData: {HashAlg: sha-256}}
`);
    expect(profiles.map(({ signData, deprecation }) => ({ signData, deprecation }))).toEqual([
      { signData: { mode: 'post-quantum', algorithm: 'ML-DSA-65' } },
      { signData: { mode: 'hybrid', algorithm: 'MLDSA65-ECDSA-P256-SHA512' } },
      {
        signData: { mode: 'legacy', algorithm: 'RSA', digest: 'sha-256' },
        deprecation: {
          replacedBy: 'New',
          deprecatedSince: '2026-01-01',
          removeAfter: '2026-12-31',
          reason: 'why',
        },
      },
      { deprecation: {} },
    ]);
    expect(warnings).toEqual([]);
  });

  it('between B and C a list may deprecate a profile', () => {
    const text =
      '- {Name: P, Settings: {CryptoLibrary: native}, Deprecation: {Reason: old}, API: {HashData: {HashAlg: sha-256}}}';
    expect(only(text).deprecation).toEqual({ reason: 'old' });
  });

  it.each([
    {
      what: 'Settings of a profile in a map',
      file: 'Settings: {CryptoLibrary: native}\nProfiles:\n- Name: P\n  Settings: ▸{CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}',
      message:
        'two generations of the file format are mixed: Settings stands once at the top of this file, not in a profile',
    },
    {
      what: 'KMS of a profile in a map',
      file: 'Settings: {CryptoLibrary: native}\nProfiles:\n- Name: P\n  KMS: ▸{Client: openbao}\n  API: {HashData: {HashAlg: sha-256}}',
      message:
        'two generations of the file format are mixed: KMS stands once at the top of this file, not in a profile',
    },
    {
      what: 'Profiles in a list',
      file: '- Name: P\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}\n  Profiles: ▸[]',
      message:
        'two generations of the file format are mixed: Profiles belongs to a file that is a map with Settings and Profiles at the top, and this file is a list',
    },
    {
      what: 'KMS inside the Settings of a list',
      file: '- Name: P\n  Settings: {CryptoLibrary: native, KMS: ▸openbao}\n  API: {HashData: {HashAlg: sha-256}}',
      message:
        'two generations of the file format are mixed: in a list of profiles KMS stands beside Settings, as a map with Client and Config',
    },
    {
      what: 'a list without Settings',
      file: '- ▸Name: P\n  API: {HashData: {HashAlg: sha-256}}',
      message:
        'missing key "Settings": in a list every profile has its own (CryptoLibrary: native); only a file with Settings and Profiles at the top says it once for all',
    },
  ])('are not mixed: $what', ({ file, message }) => {
    const { bytes, places } = marked(file);
    const problems = problemsOf(bytes);
    expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });
});

describe('a file without profiles', () => {
  it.each([
    ['nothing', '', 'the file holds no profile'],
    ['comments', '# nothing here\n', 'the file holds no profile'],
    ['an empty list', '[]', 'must have at least 1 entry, not a list'],
    ['a text', 'hello', 'the file must be a list of profiles, or a map with Settings and Profiles'],
    ['an empty map', '{}', 'missing key "Settings"'],
  ])('is refused: %s', (_, text, message) => {
    expect(problemsOf(Buffer.from(text))[0]?.message).toBe(message);
  });

  it('is a file with too many profiles too', () => {
    const one =
      '- {Name: N, Settings: {CryptoLibrary: native}, API: {HashData: {HashAlg: sha-256}}}\n';
    const file = Array.from({ length: 1025 }, (_, index) => one.replace('N,', `P${index},`));
    expect(problemsOf(Buffer.from(file.join('')))).toMatchObject([
      { line: 1, message: 'must have at most 1024 entries, not a list' },
    ]);
    expect(parse(file.slice(1).join('')).profiles).toHaveLength(1024);
  });
});

describe('a certificate profile with what the original accepts and nobody wants', () => {
  it.each([
    [
      'without SKIHashAlg',
      signCertificate().replace('      SKIHashAlg: sha-256\n', ''),
      'SKIHashAlg is not set: sha-1 is used, which is deprecated',
    ],
    [
      'whose certificates have ended',
      signCertificate({ Validity: '{ValidNotBeforeOffset: -2h, ValidNotAfterOffset: -1h}' }),
      'every certificate has ended when it is issued',
    ],
    [
      'whose issuers cannot sign',
      signCertificate({ SignAlg: 'rsa' }),
      'no certificate can be issued: SignAlg asks for an RSA key and Issuer allows none',
    ],
    [
      'whose sizes lie between the curves',
      signCertificate().replace(
        'MinKeySize: 256, MaxKeySize: 521',
        'MinKeySize: 385, MaxKeySize: 511',
      ),
      'no certificate can be issued: Subject allows no key that exists',
    ],
    [
      'that is a CA without keyCertSign',
      signCertificate({ BasicConstraints: '{CA: true}' }),
      'CA is true and KeyUsage lacks keyCertSign: the CA could sign nothing (RFC 5280 §4.2.1.9)',
    ],
    [
      'that has keyCertSign and is no CA',
      signCertificate({ KeyUsage: '[keyCertSign]' }),
      'keyCertSign without CA: true, which RFC 5280 §4.2.1.9 forbids',
    ],
  ])('loads with a warning: %s', (_, text, message) => {
    const { warnings } = parse(text);
    expect(warnings.map((warning) => warning.message)).toEqual([message]);
    expect(warnings[0]?.path).toMatch(/^\[0\]\.API\.SignCertificate/);
  });

  it('needs neither usages nor basic constraints', () => {
    const text = signCertificate()
      .replace(/ {6}KeyUsage.*\n/, '')
      .replace(/ {6}ExtendedKeyUsage.*\n/, '')
      .replace(/ {6}BasicConstraints.*\n/, '');
    expect(only(text).signCertificate?.policy).toMatchObject({
      keyUsage: [],
      extendedKeyUsage: [],
      basicConstraints: { ca: false },
    });
    expect(parse(text).warnings).toEqual([]);
  });
});
