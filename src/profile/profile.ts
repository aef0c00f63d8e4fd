import type { DigestName, SignatureDigestName } from '../crypto/algorithms.ts';
import type { CertificatePolicy } from '../crypto/provider.ts';
import type { SigningMode } from './signing-algorithms.ts';

/** Operations a profile can offer, as profile files and descriptors name them. */
const OPERATIONS = ['HashData', 'SignCertificate', 'EncryptData', 'SignData'] as const;
export type OperationName = (typeof OPERATIONS)[number];

/**
 * One profile: a name, and what may be done under it and how. Immutable, and free of contradictions: whoever holds one
 * need not check it again. An absent operation is not offered.
 */
export interface Profile {
  readonly name: string;
  readonly hashData?: HashProfile;
  readonly signCertificate?: CertificateProfile;
  readonly encryptData?: EncryptionProfile;
  readonly signData?: SigningProfile;
  /** Present: callers are told that the profile is outdated. */
  readonly deprecation?: Deprecation;
}

export interface HashProfile {
  readonly algorithm: DigestName;
}

export interface CertificateProfile {
  readonly policy: CertificatePolicy;
  /** Name of the signature algorithm as descriptors give it: `ecdsa-with-SHA512`. */
  readonly descriptorAlgorithm: string;
}

export interface EncryptionProfile {
  readonly algorithm: 'aes-gcm';
  readonly keyBits: number;
  readonly tagBits: number;
}

export interface SigningProfile {
  readonly mode: SigningMode;
  /** The standard's spelling: `ECDSA`, `ML-DSA-65`. */
  readonly algorithm: string;
  /** Absent where the algorithm brings its own. */
  readonly digest?: SignatureDigestName;
}

/** A notice for callers. All members are optional: the section alone says that the profile is outdated. */
export interface Deprecation {
  /** Name of the successor, a profile of the same file. */
  readonly replacedBy?: string;
  /** Calendar dates, `YYYY-MM-DD`. */
  readonly deprecatedSince?: string;
  readonly removeAfter?: string;
  readonly reason?: string;
}

/** The operations `profile` offers, in the order of OPERATIONS. */
export function offeredOperations(profile: Profile): readonly OperationName[] {
  const offered: Readonly<Record<OperationName, unknown>> = {
    HashData: profile.hashData,
    SignCertificate: profile.signCertificate,
    EncryptData: profile.encryptData,
    SignData: profile.signData,
  };
  return OPERATIONS.filter((operation) => offered[operation] !== undefined);
}
