import type {
  DigestName,
  KeyAlgorithm,
  SignatureDigestName,
  SkiDigestName,
} from '../crypto/algorithms.ts';
import { signatureAlgorithmName } from '../crypto/algorithms.ts';
import type { KeyConstraints, KeyUsage } from '../crypto/provider.ts';
import type {
  CertificateProfile,
  Deprecation,
  EncryptionProfile,
  Profile,
  SigningProfile,
} from './profile.ts';
import type { RawDeprecation, RawProfile } from './raw-file.ts';
import type { RawApi, RawSignCertificate, RawSignData } from './raw-operations.ts';
import type { RawKeySizeRange } from './raw-values.ts';
import { offsetSeconds } from './rules.ts';
import { signingAlgorithm, type SigningMode } from './signing-algorithms.ts';

/**
 * The model of a profile that has passed every check: names in their one spelling, durations in seconds, defaults
 * filled in. The casts below narrow text that the schema has compared with the same lists.
 */
export function compileProfile(raw: RawProfile): Profile {
  const { HashData, SignCertificate, EncryptData, SignData } = raw.API;
  return {
    name: raw.Name,
    ...(HashData && { hashData: { algorithm: HashData.HashAlg.toLowerCase() as DigestName } }),
    ...(SignCertificate && { signCertificate: certificateProfile(SignCertificate) }),
    ...(EncryptData && { encryptData: encryptionProfile(EncryptData) }),
    ...(SignData && { signData: signingProfile(SignData) }),
    ...(raw.Deprecation && { deprecation: deprecation(raw.Deprecation) }),
  };
}

/** The original's default, kept so that an old file issues the same certificates. */
const DEFAULT_SKI_DIGEST = 'sha-1';

function certificateProfile(raw: RawSignCertificate): CertificateProfile {
  const signatureKey = raw.SignAlg.toUpperCase() as KeyAlgorithm;
  const signatureDigest = raw.HashAlg.toLowerCase() as SignatureDigestName;
  const pathLength = raw.BasicConstraints?.PathLenConstraint;
  return {
    policy: {
      signatureKey,
      signatureDigest,
      notBeforeOffset: offsetSeconds(raw.Validity.ValidNotBeforeOffset),
      notAfterOffset: offsetSeconds(raw.Validity.ValidNotAfterOffset),
      subjectKey: keyConstraints(raw.KeyConstraints.Subject),
      issuerKey: keyConstraints(raw.KeyConstraints.Issuer),
      keyUsage: (raw.KeyUsage ?? []).map((word): KeyUsage =>
        word === 'nonRepudiation' ? 'contentCommitment' : word,
      ),
      extendedKeyUsage: raw.ExtendedKeyUsage ?? [],
      basicConstraints: {
        ca: raw.BasicConstraints?.CA ?? false,
        ...(pathLength === undefined ? {} : { pathLength }),
      },
      skiDigest: (raw.SKIHashAlg?.toLowerCase() ?? DEFAULT_SKI_DIGEST) as SkiDigestName,
    },
    descriptorAlgorithm: signatureAlgorithmName(signatureKey, signatureDigest),
  };
}

function keyConstraints(raw: Readonly<Record<string, RawKeySizeRange>>): KeyConstraints {
  return Object.fromEntries(
    Object.entries(raw).map(([name, { MinKeySize = 0, MaxKeySize = 0 }]) => [
      name.toUpperCase(),
      { min: MinKeySize, max: MaxKeySize },
    ]),
  );
}

/** Tag length of a profile that names none: the full tag of SP 800-38D. */
const FULL_TAG_BITS = 128;

function encryptionProfile(raw: NonNullable<RawApi['EncryptData']>): EncryptionProfile {
  return {
    algorithm: 'aes-gcm',
    keyBits: raw.KeySize,
    tagBits: raw.TagLength ?? FULL_TAG_BITS,
  };
}

function signingProfile(raw: RawSignData): SigningProfile {
  const mode = (raw.SigningMode?.toLowerCase() ?? 'legacy') as SigningMode;
  return {
    mode,
    algorithm: signingAlgorithm(mode, raw.SignAlg) ?? raw.SignAlg,
    ...(raw.HashAlg && { digest: raw.HashAlg.toLowerCase() as SignatureDigestName }),
  };
}

function deprecation(raw: RawDeprecation): Deprecation {
  return {
    ...(raw.ReplacedBy === undefined ? {} : { replacedBy: raw.ReplacedBy }),
    ...(raw.DeprecatedSince === undefined ? {} : { deprecatedSince: raw.DeprecatedSince }),
    ...(raw.RemoveAfter === undefined ? {} : { removeAfter: raw.RemoveAfter }),
    ...(raw.Reason === undefined ? {} : { reason: raw.Reason }),
  };
}
