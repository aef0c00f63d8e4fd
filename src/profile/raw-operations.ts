import {
  array,
  boolean,
  integer,
  numberOr,
  object,
  choice,
  optional,
  string,
} from '../config/schema.ts';
import type { Static } from '../config/schema.ts';
import { DIGESTS, KEY_ALGORITHMS, SIGNATURE_DIGESTS, SKI_DIGESTS } from '../crypto/algorithms.ts';
import { EXTENDED_KEY_USAGES, KEY_USAGES } from '../crypto/provider.ts';
import { DURATION_PATTERN } from './duration.ts';
import { anyCase, foreignKey, goList, keySizes } from './raw-values.ts';
import { POST_QUANTUM_ALGORITHMS, TRADITIONAL_ALGORITHMS } from './signing-algorithms.ts';

/** The sections of `API`, one an operation, as a profile file spells them. */

const digestNames = DIGESTS.map(({ name }) => name);

function unsupported(operation: string, names: readonly string[]): string {
  return `unsupported algorithm: {value} for operation ${operation}, available algorithms: ${goList(names)}`;
}

const RawHashData = object(
  {
    HashAlg: anyCase(
      digestNames,
      'Hash algorithm. shake-128 gives 16 bytes and shake-256 gives 32.',
      unsupported('hashData', digestNames),
    ),
  },
  { title: 'HashData', description: 'Offers HashData: the hash of an input of at most 1 MiB.' },
);

const AES_KEY_SIZES = [128, 192, 256] as const;
const TAG_LENGTHS = [96, 104, 112, 120, 128] as const;

const RawEncryptData = object(
  {
    EncryptAlg: anyCase(
      ['aes-gcm'],
      'Authenticated encryption algorithm (SP 800-38D).',
      unsupported('encryptDataEncryption', ['aes-gcm']),
    ),
    KeySize: choice(AES_KEY_SIZES, {
      description: 'Size of the AES key in bits.',
      problem: `unsupported AES-GCM key size: {value}, available key sizes: ${goList(AES_KEY_SIZES)}`,
    }),
    NonceStrategy: optional(
      choice(['user-provided'], {
        description: 'Who chooses the nonce: the caller, who must never use one twice with a key.',
        problem: `unsupported nonce strategy: {value}, available strategies: [user-provided]`,
      }),
    ),
    TagLength: optional(
      choice(TAG_LENGTHS, {
        description:
          'Length of the authentication tag in bits; 128 when absent. Shorter tags than 96 are for special uses only (SP 800-38D, Appendix C) and refused.',
        problem: `unsupported AES-GCM tag length: {value}, available tag lengths: ${goList(TAG_LENGTHS)}`,
      }),
    ),
  },
  { title: 'EncryptData', description: 'Offers EncryptData and DecryptData.' },
);

export const RawSignData = object(
  {
    SigningMode: optional(
      anyCase(
        ['legacy', 'hybrid', 'post-quantum'],
        'legacy (when absent): a traditional signature; post-quantum: ML-DSA or SLH-DSA; hybrid: both in one composite signature.',
        'unsupported signing mode: {value}, available modes: [legacy hybrid post-quantum]',
      ),
    ),
    SignAlg: string({
      minLength: 1,
      maxLength: 64,
      description:
        'Signature algorithm of the mode: RSA, ECDSA, Ed25519 or Ed448; ML-DSA-65 and its like; or a composite such as MLDSA65-ECDSA-P256-SHA512.',
      examples: [
        ...TRADITIONAL_ALGORITHMS,
        ...POST_QUANTUM_ALGORITHMS,
        'MLDSA65-ECDSA-P256-SHA512',
      ],
    }),
    HashAlg: optional(
      anyCase(
        SIGNATURE_DIGESTS,
        'Hash of the signature. Not for algorithms that bring their own, such as Ed25519.',
        unsupported('signDataHashing', SIGNATURE_DIGESTS),
      ),
    ),
    SignatureFormat: optional(
      anyCase(
        ['RAW', 'DER', 'PEM', 'CMS'],
        'Form of a signature when the caller asks for none.',
        'unsupported signature format: {value}, available formats: [RAW DER PEM CMS]',
      ),
    ),
    KeyConstraints: optional(
      keySizes(
        [...TRADITIONAL_ALGORITHMS, ...POST_QUANTUM_ALGORITHMS],
        'KeyConstraints',
        'Allowed key sizes by algorithm; a kind of key that is not listed is not allowed.',
        { bothBounds: false },
      ),
    ),
  },
  { title: 'SignData', description: 'Offers SignData and VerifyData.' },
);

const offset = (description: string) =>
  // YAML reads an unquoted 0 as a number, and 0 is the one duration that needs no unit.
  numberOr(0, string({ pattern: DURATION_PATTERN, maxLength: 64 }), {
    description: `${description} A duration as Go writes it, added to the current time: -1h, 8760h, 1h30m, 1.5h, 300ms.`,
    problem: 'invalid duration "{value}": write a duration such as 8760h, -1h30m or 0',
  });

const RawValidity = object(
  {
    ValidNotBeforeOffset: offset('Beginning of the validity, and the earliest one may ask for.'),
    ValidNotAfterOffset: offset('End of the validity, and the latest one may ask for.'),
  },
  { description: 'Window in which certificates are valid, relative to now.' },
);

const certificateKeySizes = (role: 'Subject' | 'Issuer', whose: string) =>
  keySizes(
    KEY_ALGORITHMS,
    role,
    `Allowed sizes of ${whose}; a kind of key that is not listed is not allowed.`,
    { bothBounds: true, minProperties: 1 },
  );

const RawKeyUsage = array(
  choice([...KEY_USAGES, 'nonRepudiation'], {
    problem: `{value} is not supported key usage, available values: ${goList(KEY_USAGES)}`,
  }),
  {
    maxItems: 16,
    description:
      'KeyUsage bits (RFC 5280 §4.2.1.3), in a critical extension; none when the list is empty. nonRepudiation is the older name of contentCommitment.',
  },
);

const RawExtendedKeyUsage = array(
  choice(EXTENDED_KEY_USAGES, {
    problem: `{value} is not supported extended key usage, available values: ${goList(EXTENDED_KEY_USAGES)}`,
  }),
  {
    maxItems: 16,
    description: 'ExtendedKeyUsage purposes (RFC 5280 §4.2.1.12); none when the list is empty.',
  },
);

const RawBasicConstraints = object(
  {
    CA: boolean({ description: 'Whether the certificate is that of a CA.' }),
    PathLenConstraint: optional(
      integer({
        minimum: 0,
        maximum: 255,
        description:
          'How many CA certificates may follow below this one (RFC 5280 §4.2.1.9); absent: no limit. Only with CA: true.',
        problem: { minimum: 'PathLenConstraint is negative: leave it out for no limit' },
      }),
    ),
  },
  { description: 'BasicConstraints extension. Absent: not a CA.' },
);

export const RawSignCertificate = object(
  {
    SignAlg: anyCase(
      KEY_ALGORITHMS.map((name) => name.toLowerCase()),
      'Kind of CA key that signs. rsa signs with PKCS #1 v1.5.',
      unsupported(
        'signCertificateSigning',
        KEY_ALGORITHMS.map((name) => name.toLowerCase()),
      ),
    ),
    HashAlg: anyCase(
      SIGNATURE_DIGESTS,
      'Hash of the signature.',
      unsupported('signCertificateHashing', SIGNATURE_DIGESTS),
    ),
    SKIHashAlg: optional(
      anyCase(
        SKI_DIGESTS,
        'Hash of the subject key identifier, cut to 160 bits (RFC 7093 §2). Absent: sha-1, with a warning.',
        `unsupported SKI hash algorithm: {value}, available algorithms: ${goList(SKI_DIGESTS)}`,
      ),
    ),
    Validity: RawValidity,
    KeyConstraints: object(
      {
        Subject: certificateKeySizes('Subject', 'the key in the CSR'),
        Issuer: certificateKeySizes('Issuer', 'the CA key'),
      },
      { description: 'Kinds and sizes of keys that are accepted.' },
    ),
    KeyUsage: optional(RawKeyUsage),
    ExtendedKeyUsage: optional(RawExtendedKeyUsage),
    BasicConstraints: optional(RawBasicConstraints),
  },
  {
    title: 'SignCertificate',
    description:
      'Offers SignCertificate: an X.509 certificate from a CSR, a CA key and its certificate.',
  },
);

export const RawApi = object(
  {
    HashData: optional(RawHashData),
    SignCertificate: optional(RawSignCertificate),
    EncryptData: optional(RawEncryptData),
    SignData: optional(RawSignData),
    DecryptData: foreignKey('DecryptData has no section of its own: EncryptData governs both'),
    VerifyData: foreignKey('VerifyData has no section of its own: SignData governs both'),
  },
  {
    title: 'API',
    minProperties: 1,
    description: 'The operations this profile offers. What has no section here is refused.',
    problem: { minProperties: 'profile should contain at least one API' },
  },
);

export type RawSignCertificate = Static<typeof RawSignCertificate>;
export type RawSignData = Static<typeof RawSignData>;
export type RawApi = Static<typeof RawApi>;
