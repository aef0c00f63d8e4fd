import { describe, expect, it } from 'vitest';
import { errorOf, marked, problemsOf, profileWith, signCertificate } from './marked-file.ts';

const KEY_SIZES = (subject: string, issuer = '{ECDSA: {MinKeySize: 384, MaxKeySize: 521}}') =>
  signCertificate({ KeyConstraints: `{Subject: ${subject}, Issuer: ${issuer}}` });
const P_521 = '{MinKeySize: 521, MaxKeySize: 521}';

interface BrokenRule {
  readonly rule: string;
  /** The file, with `▸` before the place each message must point at. */
  readonly file: string;
  readonly messages: readonly (string | RegExp)[];
}

/** Every rule of a profile file, broken once. */
const BROKEN: readonly BrokenRule[] = [
  {
    rule: 'a profile needs an operation',
    file: '- Name: P\n  Settings: {CryptoLibrary: native}\n  API: ▸{}',
    messages: ['profile should contain at least one API'],
  },
  {
    rule: 'a profile needs the section API',
    file: '- ▸Name: P\n  Settings: {CryptoLibrary: native}',
    messages: ['profile should contain at least one API'],
  },
  {
    rule: 'the library is one we have',
    file: '- Name: P\n  Settings: {CryptoLibrary: ▸openssl}\n  API: {HashData: {HashAlg: sha-256}}',
    messages: ['unknown cryptographic library: openssl, available values: [native]'],
  },
  {
    rule: 'the library of a map is one we have',
    file: 'Settings:\n  CryptoLibrary: ▸boringssl\nProfiles: [{Name: P, API: {HashData: {HashAlg: sha-256}}}]',
    messages: ['unknown cryptographic library: boringssl, available values: [native]'],
  },
  {
    rule: 'the hash is one of the table',
    file: profileWith('    HashData: {HashAlg: ▸md5}'),
    messages: [
      'unsupported algorithm: md5 for operation hashData, available algorithms: [sha-256 sha-384 sha-512 sha-512/256 sha3-256 sha3-384 sha3-512 shake-128 shake-256]',
    ],
  },
  {
    rule: 'the hash is text',
    file: profileWith('    HashData: {HashAlg: ▸256}'),
    messages: [/^unsupported algorithm: 256 for operation hashData/],
  },
  {
    rule: 'a section has its keys',
    file: profileWith('    ▸HashData: {}'),
    messages: ['missing key "HashAlg"'],
  },
  {
    rule: 'a section is a map',
    file: profileWith('    HashData: ▸sha-256'),
    messages: ['must be a map, not "sha-256"'],
  },
  {
    rule: 'an empty section is not an operation',
    file: profileWith('    HashData:▸'),
    messages: ['must be a map, not nothing'],
  },
  {
    rule: 'the encryption is one we know',
    file: profileWith('    EncryptData: {EncryptAlg: ▸aes-cbc, KeySize: 128}'),
    messages: [
      'unsupported algorithm: aes-cbc for operation encryptDataEncryption, available algorithms: [aes-gcm]',
    ],
  },
  {
    rule: 'the AES key has a size of AES',
    file: profileWith('    EncryptData: {EncryptAlg: aes-gcm, KeySize: ▸512}'),
    messages: ['unsupported AES-GCM key size: 512, available key sizes: [128 192 256]'],
  },
  {
    rule: 'the tag is long enough (SP 800-38D)',
    file: profileWith('    EncryptData: {EncryptAlg: aes-gcm, KeySize: 128, TagLength: ▸64}'),
    messages: ['unsupported AES-GCM tag length: 64, available tag lengths: [96 104 112 120 128]'],
  },
  {
    rule: 'the caller gives the nonce',
    file: profileWith(
      '    EncryptData: {EncryptAlg: aes-gcm, KeySize: 128, NonceStrategy: ▸random}',
    ),
    messages: ['unsupported nonce strategy: random, available strategies: [user-provided]'],
  },
  {
    rule: 'signature and hash of a certificate are a pair we have',
    file: signCertificate({ SignAlg: '▸sha3-512', HashAlg: '▸ecdsa' }),
    messages: [
      'unsupported algorithm: sha3-512 for operation signCertificateSigning, available algorithms: [rsa ecdsa]',
      'unsupported algorithm: ecdsa for operation signCertificateHashing, available algorithms: [sha-256 sha-384 sha-512]',
    ],
  },
  {
    rule: 'a certificate is not signed with SHA-3',
    file: signCertificate({ HashAlg: '▸sha3-512' }),
    messages: [/^unsupported algorithm: sha3-512 for operation signCertificateHashing/],
  },
  {
    rule: 'the hash of the key identifier is one we have',
    file: signCertificate({ SKIHashAlg: '▸md5' }),
    messages: [
      'unsupported SKI hash algorithm: md5, available algorithms: [sha-1 sha-256 sha-384 sha-512 sha3-256 sha3-384 sha3-512]',
    ],
  },
  {
    rule: 'a key usage is one of RFC 5280',
    file: signCertificate({ KeyUsage: '[digitalSignature, ▸digitalSignatures]' }),
    messages: [/^digitalSignatures is not supported key usage, available values: \[digitalSig/],
  },
  {
    rule: 'a key usage is spelled with the letter case of RFC 5280',
    file: signCertificate({ KeyUsage: '[▸crlSign]' }),
    messages: [/^crlSign is not supported key usage/],
  },
  {
    rule: 'a key usage is not repeated',
    file: signCertificate({ KeyUsage: '[cRLSign, keyCertSign, ▸cRLSign]' }),
    messages: ['cRLSign is listed twice'],
  },
  {
    rule: 'a key usage is not repeated under its older name',
    file: signCertificate({ KeyUsage: '[contentCommitment, ▸nonRepudiation]' }),
    messages: ['nonRepudiation is listed twice (it is the older name of contentCommitment)'],
  },
  {
    rule: 'an extended key usage is one of RFC 5280',
    file: signCertificate({ ExtendedKeyUsage: '[▸anyExtendedKeyUsage]' }),
    messages: [
      /^anyExtendedKeyUsage is not supported extended key usage, available values: \[serv/,
    ],
  },
  {
    rule: 'an extended key usage is not repeated',
    file: signCertificate({ ExtendedKeyUsage: '[clientAuth, ▸clientAuth]' }),
    messages: ['clientAuth is listed twice'],
  },
  {
    rule: 'an offset is a duration',
    file: signCertificate({
      Validity: '{ValidNotBeforeOffset: ▸1 day, ValidNotAfterOffset: ▸365d}',
    }),
    messages: [
      'invalid duration "1 day": write a duration such as 8760h, -1h30m or 0',
      'invalid duration "365d": write a duration such as 8760h, -1h30m or 0',
    ],
  },
  {
    rule: 'a number is no duration, except 0',
    file: signCertificate({ Validity: '{ValidNotBeforeOffset: 0, ValidNotAfterOffset: ▸3600}' }),
    messages: ['invalid duration "3600": write a duration such as 8760h, -1h30m or 0'],
  },
  {
    rule: 'an offset fits 64 bits of nanoseconds',
    file: signCertificate({
      Validity: '{ValidNotBeforeOffset: -1h, ValidNotAfterOffset: ▸2562048h}',
    }),
    messages: ['invalid duration "2562048h": it must fit 64 bits of nanoseconds, about 292 years'],
  },
  {
    rule: 'the validity does not end before it begins',
    file: signCertificate({ Validity: '{ValidNotBeforeOffset: 1h, ValidNotAfterOffset: ▸59m}' }),
    messages: ['AfterOffset (59m) is earlier in time than BeforeOffset (1h)'],
  },
  {
    rule: 'a key size of the subject is not negative',
    file: KEY_SIZES('{RSA: {MinKeySize: ▸-1, MaxKeySize: ▸-1}}'),
    messages: ['minKeySize in Subject is negative', 'maxKeySize in Subject is negative'],
  },
  {
    rule: 'a key size of the issuer is not negative',
    file: KEY_SIZES(`{ECDSA: ${P_521}}`, '{RSA: {MinKeySize: ▸-1, MaxKeySize: ▸-1}}'),
    messages: ['minKeySize in Issuer is negative', 'maxKeySize in Issuer is negative'],
  },
  {
    rule: 'a key size has bounds',
    file: KEY_SIZES('{▸RSA: {MinKeySize: 2048}}'),
    messages: ['missing key "MaxKeySize"'],
  },
  {
    rule: 'a key size is a whole number',
    file: KEY_SIZES('{RSA: {MinKeySize: ▸2048.5, MaxKeySize: ▸"4096"}}'),
    messages: ['must be a whole number, not 2048.5', 'must be a whole number, not "4096"'],
  },
  {
    rule: 'bounds of a key size are in order',
    file: KEY_SIZES('{RSA: {MinKeySize: ▸4096, MaxKeySize: 2048}}'),
    messages: ['MinKeySize (4096) is larger than MaxKeySize (2048)'],
  },
  {
    rule: 'a kind of key is one we issue certificates for',
    file: KEY_SIZES(`{▸Ed25519: ${P_521}, ECDSA: ${P_521}}`),
    messages: ['unknown key "Ed25519" (known here: RSA, ECDSA)'],
  },
  {
    rule: 'an unknown kind of key without bounds is reported once',
    file: KEY_SIZES('{▸DSA: null}'),
    messages: ['unknown key "DSA", did you mean "RSA"? (known here: RSA, ECDSA)'],
  },
  {
    rule: 'a kind of key is listed once',
    file: KEY_SIZES(`{ECDSA: ${P_521}, ▸ecdsa: ${P_521}}`),
    messages: ['ecdsa is listed twice, also as ECDSA'],
  },
  {
    rule: 'some key is allowed',
    file: KEY_SIZES('▸{}'),
    messages: ['must have at least 1 entry, not a map'],
  },
  {
    rule: 'a path length belongs to a CA',
    file: signCertificate({ BasicConstraints: '{CA: false, PathLenConstraint: ▸0}' }),
    messages: [
      'PathLenConstraint is set to 0 but the CA field is false, which is not allowed: delete PathLenConstraint or set CA to true',
    ],
  },
  {
    rule: 'a path length is not negative',
    file: signCertificate({ BasicConstraints: '{CA: true, PathLenConstraint: ▸-1}' }),
    messages: ['PathLenConstraint is negative: leave it out for no limit'],
  },
  {
    rule: 'CA is true or false, and YAML 1.2 has no other words for it',
    file: signCertificate({ BasicConstraints: '{CA: ▸no}' }),
    messages: ['must be true or false, not "no"'],
  },
  {
    rule: 'an unknown key is refused with the nearest one',
    file: signCertificate({ '▸SkiHashAlgo': 'sha-256' }),
    messages: [/^unknown key "SkiHashAlgo", did you mean "SKIHashAlg"\? \(known here: SignAlg, /],
  },
  {
    rule: 'an unknown key of a profile is refused',
    file: profileWith('    HashData: {HashAlg: sha-256}\n  ▸Comment: hello'),
    messages: ['unknown key "Comment" (known here: Name, Deprecation, API, Settings, KMS)'],
  },
  {
    rule: 'DecryptData has no section of its own',
    file: profileWith('    HashData: {HashAlg: sha-256}\n    DecryptData: ▸{}'),
    messages: ['DecryptData has no section of its own: EncryptData governs both'],
  },
  {
    rule: 'VerifyData has no section of its own',
    file: profileWith('    HashData: {HashAlg: sha-256}\n    VerifyData: ▸{}'),
    messages: ['VerifyData has no section of its own: SignData governs both'],
  },
  {
    rule: 'data is signed in a mode we know',
    file: profileWith('    SignData: {SigningMode: ▸quantum, SignAlg: RSA}'),
    messages: ['unsupported signing mode: quantum, available modes: [legacy hybrid post-quantum]'],
  },
  {
    rule: 'a signature algorithm belongs to its mode',
    file: profileWith('    SignData: {SigningMode: post-quantum, SignAlg: ▸ECDSA}'),
    messages: [
      'unsupported algorithm: ECDSA for operation signData in mode post-quantum, available algorithms: [ML-DSA-44 ML-DSA-65 ML-DSA-87 SLH-DSA-{SHA2,SHAKE}-{128,192,256}{s,f}]',
    ],
  },
  {
    rule: 'a hybrid signature is a composite',
    file: profileWith('    SignData: {SigningMode: hybrid, SignAlg: ▸MLDSA65}'),
    messages: [/^unsupported algorithm: MLDSA65 for operation signData in mode hybrid/],
  },
  {
    rule: 'a mode that is not named is the traditional one',
    file: profileWith('    SignData: {SignAlg: ▸ML-DSA-65}'),
    messages: [/in mode legacy, available algorithms: \[RSA ECDSA Ed25519 Ed448\]$/],
  },
  {
    rule: 'an algorithm with a hash of its own takes no other',
    file: profileWith('    SignData: {SignAlg: ed25519, HashAlg: ▸sha-512}'),
    messages: ['HashAlg has no meaning with Ed25519, which brings its own hash'],
  },
  {
    rule: 'a signature has a format we know',
    file: profileWith('    SignData: {SignAlg: RSA, SignatureFormat: ▸XML}'),
    messages: ['unsupported signature format: XML, available formats: [RAW DER PEM CMS]'],
  },
  {
    rule: 'a signing key is of a kind we know',
    file: profileWith('    SignData: {SignAlg: RSA, KeyConstraints: {▸DSA: {MinKeySize: 2048}}}'),
    messages: [/^unknown key "DSA", did you mean "RSA"\?/],
  },
  {
    rule: 'a name is not empty',
    file: '- Name: ▸""\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}',
    messages: ['required'],
  },
  {
    rule: 'a name has at most 64 characters',
    file: `- Name: ▸${'n'.repeat(65)}\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}`,
    messages: ['too large (max 64)'],
  },
  {
    rule: 'a name is printable',
    file: '- Name: ▸"a\\u202eb"\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}',
    messages: [/^must contain only printable ASCII characters \(0x20-0x7E\)/],
  },
  {
    rule: 'a name has no space at its end',
    file: '- Name: ▸"a "\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}',
    messages: [/neither begin nor end with a space$/],
  },
  {
    rule: 'a name is text',
    file: '- Name: ▸2026\n  Settings: {CryptoLibrary: native}\n  API: {HashData: {HashAlg: sha-256}}',
    messages: ['must be text, not 2026'],
  },
  {
    rule: 'a name is used once',
    file: [
      'Settings: {CryptoLibrary: native}',
      'Profiles:',
      '- {Name: A, API: {HashData: {HashAlg: sha-256}}}',
      '- {Name: B, API: {HashData: {HashAlg: sha-256}}}',
      '- {Name: ▸A, API: {HashData: {HashAlg: sha-512}}}',
    ].join('\n'),
    messages: ['duplicate profile name: A'],
  },
];

const DEPRECATED = (deprecation: string) =>
  [
    'Settings: {CryptoLibrary: native}',
    'Profiles:',
    `- {Name: Old, Deprecation: ${deprecation}, API: {HashData: {HashAlg: sha-256}}}`,
    '- {Name: New, API: {HashData: {HashAlg: sha-512}}}',
  ].join('\n');

const BROKEN_DEPRECATIONS: readonly BrokenRule[] = [
  {
    rule: 'a successor exists',
    file: DEPRECATED('{ReplacedBy: ▸Newer}'),
    messages: ['there is no profile: Newer'],
  },
  {
    rule: 'a successor is another profile',
    file: DEPRECATED('{ReplacedBy: ▸Old}'),
    messages: ['ReplacedBy leads back to the profile itself'],
  },
  {
    rule: 'a date is written as YYYY-MM-DD',
    file: DEPRECATED('{DeprecatedSince: ▸1.1.2026}'),
    messages: ['invalid date "1.1.2026": write it as YYYY-MM-DD'],
  },
  {
    rule: 'a date exists',
    file: DEPRECATED('{RemoveAfter: ▸2026-02-29}'),
    messages: ['invalid date "2026-02-29": there is no such day'],
  },
  {
    rule: 'a profile is not removed before it is deprecated',
    file: DEPRECATED('{DeprecatedSince: 2026-06-01, RemoveAfter: ▸2026-05-31}'),
    messages: ['RemoveAfter (2026-05-31) is earlier in time than DeprecatedSince (2026-06-01)'],
  },
  {
    rule: 'a reason holds no control characters',
    file: DEPRECATED('{Reason: ▸"a\\nb"}'),
    messages: ['must not contain control characters'],
  },
  {
    rule: 'the draft name of ReplacedBy is explained',
    file: DEPRECATED('{SupersededBy: ▸New}'),
    messages: ['SupersededBy is called ReplacedBy'],
  },
  {
    rule: 'deprecation is a section',
    file: DEPRECATED('▸true'),
    messages: ['must be a map, not true'],
  },
];

describe('a profile file that breaks one rule', () => {
  it.each([...BROKEN, ...BROKEN_DEPRECATIONS])(
    'is refused at the place itself: $rule',
    ({ file, messages }) => {
      const { bytes, places } = marked(file);
      const problems = problemsOf(bytes);
      expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(places);
      expect(problems).toHaveLength(messages.length);
      for (const [index, message] of messages.entries()) {
        if (typeof message === 'string') expect(problems[index]?.message).toBe(message);
        else expect(problems[index]?.message).toMatch(message);
      }
    },
  );

  it('names the place also by keys and indexes, and gives the value', () => {
    const [problem] = problemsOf(Buffer.from(profileWith('    HashData: {HashAlg: md5}')));
    expect(problem).toMatchObject({ path: '[0].API.HashData.HashAlg', value: '"md5"' });
  });

  it('finds a circle of successors at each of its members and not at those that lead into it', () => {
    const { bytes, places } = marked(
      [
        'Settings: {CryptoLibrary: native}',
        'Profiles:',
        '- {Name: A, Deprecation: {ReplacedBy: ▸B}, API: {HashData: {HashAlg: sha-256}}}',
        '- {Name: B, Deprecation: {ReplacedBy: ▸A}, API: {HashData: {HashAlg: sha-256}}}',
        '- {Name: C, Deprecation: {ReplacedBy: A}, API: {HashData: {HashAlg: sha-256}}}',
      ].join('\n'),
    );
    expect(problemsOf(bytes).map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  });
});

describe('a profile file that breaks many rules', () => {
  const { bytes, places } = marked(
    [
      'Settings: {CryptoLibrary: ▸none}',
      'Profiles:',
      '- Name: A',
      '  API:',
      '    HashData: {HashAlg: ▸md5}',
      '    SignCertificate:',
      '      SignAlg: ▸dsa',
      '      HashAlg: sha-256',
      '      Validity: {ValidNotBeforeOffset: 2h, ValidNotAfterOffset: ▸1h}',
      '      KeyConstraints:',
      '        Subject: {RSA: {MinKeySize: ▸4096, MaxKeySize: 2048}}',
      '        Issuer: {RSA: {MinKeySize: ▸-1, MaxKeySize: 2048}}',
      '      BasicConstraints: {CA: false, PathLenConstraint: ▸1}',
      '- Name: ▸A',
      '  API: ▸{}',
    ].join('\n'),
  );

  it('reports all of them at once, in the order of the file, none hiding another', () => {
    expect(problemsOf(bytes).map(({ line, column }) => `${line}:${column}`)).toEqual(places);
  });

  it('is one error with the code PROFILES_INVALID that lists them one a line', () => {
    const error = errorOf(bytes);
    expect(error.code).toBe('PROFILES_INVALID');
    const lines = error.message.split('\n');
    expect(lines[0]).toBe('Profiles.yaml breaks 9 rules');
    expect(lines).toHaveLength(10);
    expect(lines[1]).toBe(
      '  Profiles.yaml:1:27: Settings.CryptoLibrary: unknown cryptographic library: none, available values: [native]',
    );
  });

  it('lists at most 100 problems', () => {
    const profiles = Array.from(
      { length: 150 },
      (_, index) => `- {Name: P${index}, Settings: {CryptoLibrary: x}, API: {}}`,
    );
    expect(problemsOf(Buffer.from(profiles.join('\n')))).toHaveLength(100);
  });
});
