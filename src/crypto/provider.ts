import type { DigestName, KeyAlgorithm, SignatureDigestName, SkiDigestName } from './algorithms.ts';

/**
 * What a crypto provider offers. Two exist: `native` (our C++ core on our own OpenSSL) and `pure` (node:crypto and
 * @peculiar/x509, for comparison). test/contract runs one suite over both. Every failure is a `BrokerError`.
 */
export interface CryptoProvider {
  readonly name: 'native' | 'pure';
  readonly digests: Digests;
  readonly certificates: CertificateIssuer;
  readonly keyWrap: KeyWrap;
  readonly aead: Aead;
  readonly macs: Macs;
  readonly random: RandomSource;
  /** Facts about the library and module that answer; see `ProviderReport`. */
  report(): ProviderReport;
}

/** Hash functions of the algorithm table. Inputs may have any length; synchronous calls run on the calling thread. */
export interface Digests {
  /** Lower-case hexadecimal digest. */
  hex(algorithm: DigestName, input: Uint8Array): string;
  /** Writes the digest into `output` at `offset` and returns its length in bytes. OUTPUT_TOO_SMALL when it does not fit. */
  into(algorithm: DigestName, input: Uint8Array, output: Uint8Array, offset?: number): number;
  /**
   * Hashes many inputs in one call: input i is `inputs[offsets[i], offsets[i + 1])`, its digest goes to
   * `output[i * outputLength]`. Returns the number of inputs, `offsets.length - 1`.
   */
  batch(
    algorithm: DigestName,
    inputs: Uint8Array,
    offsets: Uint32Array,
    output: Uint8Array,
  ): number;
  /**
   * The digest in a new buffer. Inputs above the algorithm's threshold do not hold the event loop up: native hashes them
   * on its pool (QUEUE_FULL when that is full), pure in slices. `input` is read before the first await by native alone;
   * leave it unchanged until the promise is settled.
   */
  async(algorithm: DigestName, input: Uint8Array): Promise<Uint8Array>;
}

/** Inclusive bounds on a key's size in bits: RSA modulus length, EC field size. */
export interface KeySizeRange {
  readonly min: number;
  readonly max: number;
}

/** Allowed sizes per kind of key; an absent kind is not allowed. */
export type KeyConstraints = Readonly<Partial<Record<KeyAlgorithm, KeySizeRange>>>;

/** KeyUsage bits by name, in bit order (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

/** ExtendedKeyUsage purposes by name (RFC 5280 §4.2.1.12); the index is the native core's id. */
export const EXTENDED_KEY_USAGES = [
  'serverAuth',
  'clientAuth',
  'codeSigning',
  'emailProtection',
  'timeStamping',
  'OCSPSigning',
] as const;
export type ExtendedKeyUsage = (typeof EXTENDED_KEY_USAGES)[number];

/** Everything a profile decides about a certificate. Immutable. */
export interface CertificatePolicy {
  readonly signatureKey: KeyAlgorithm;
  readonly signatureDigest: SignatureDigestName;
  /** Earliest notBefore and the default one, in seconds from now; may be negative. */
  readonly notBeforeOffset: number;
  /** Latest notAfter and the default one, in seconds from now. */
  readonly notAfterOffset: number;
  readonly subjectKey: KeyConstraints;
  readonly issuerKey: KeyConstraints;
  readonly keyUsage: readonly KeyUsage[];
  readonly extendedKeyUsage: readonly ExtendedKeyUsage[];
  readonly basicConstraints: {
    readonly ca: boolean;
    /** Absent: no limit. */ readonly pathLength?: number;
  };
  readonly skiDigest: SkiDigestName;
}

/** One certificate to issue. The buffers are read before the first await; the caller may reuse them afterwards. */
export interface CertificateRequest {
  readonly policy: CertificatePolicy;
  /** PKCS #10 request, CA private key (PKCS #8, SEC1 or PKCS #1) and CA certificate, each PEM or DER. */
  readonly csr: Uint8Array;
  readonly caKey: Uint8Array;
  readonly caCertificate: Uint8Array;
  /** Current time in whole seconds since 1970, UTC. */
  readonly now: number;
  /** Requested validity in seconds since 1970; absent: the policy's. */
  readonly notBefore?: bigint;
  readonly notAfter?: bigint;
  /** `K=V, K=V` with K in C, ST, O, OU, L, CN; absent: the CSR's subject. */
  readonly subject?: string;
  /** Checked http or https URLs. */
  readonly crlDistributionPoints: readonly string[];
  readonly format: 'pem' | 'der';
}

/** Issues X.509 certificates. */
export interface CertificateIssuer {
  /**
   * Checks in this order: CSR, CA key, CA certificate, key constraints of subject and issuer, signature algorithm,
   * validity, subject, distribution points, CSR signature, key against certificate; then builds and signs. Runs off the calling thread.
   */
  issue(request: CertificateRequest): Promise<Uint8Array>;
}

/** A key-encryption key behind a handle: nothing gives its bytes back. */
export interface WrappingKey {
  readonly algorithm: 'AES';
  /** 128, 192 or 256. */
  readonly bits: number;
  /** Wipes the key. Later use is KEY_HANDLE_CLOSED; dropping twice is harmless. */
  drop(): void;
}

/** AES key wrap, SP 800-38F: KW (RFC 3394, inputs a multiple of 8, at least 16 bytes) and KWP (RFC 5649, 1 to 4096 bytes). */
export interface KeyWrap {
  /** Takes over 16, 24 or 32 key bytes and wipes `bytes`. */
  importKey(bytes: Uint8Array): WrappingKey;
  /** A new random wrapping key of 128, 192 or 256 bits. */
  generateKey(bits: number): WrappingKey;
  /** Makes a random key of `key.length` bytes in `key` and its KW-wrapped form in `wrapped` (8 bytes longer). Returns the wrapped length. */
  generateAndWrap(kek: WrappingKey, key: Uint8Array, wrapped: Uint8Array): number;
  /** Wraps `key` into `wrapped` and returns the length written. */
  wrap(mode: WrapMode, kek: WrappingKey, key: Uint8Array, wrapped: Uint8Array): number;
  /** Unwraps into `key` and returns its length. UNWRAP_FAILED leaves `key` untouched. */
  unwrap(mode: WrapMode, kek: WrappingKey, wrapped: Uint8Array, key: Uint8Array): number;
}
export type WrapMode = 'kw' | 'kwp';

/** AES-GCM, SP 800-38D: key of 16, 24 or 32 bytes, nonce of 12 bytes, tag of 16 bytes. */
export interface Aead {
  /** Ciphertext followed by the 16-byte tag. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    additionalData: Uint8Array,
  ): Uint8Array;
  /** The plaintext; DECRYPT_FAILED when anything was changed. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    additionalData: Uint8Array,
  ): Uint8Array;
}

/** Message authentication and key derivation. */
export interface Macs {
  /** HMAC (FIPS 198-1) with SHA-256, SHA-384 or SHA-512; keys of at least 14 bytes (SP 800-131A). */
  hmac(algorithm: SignatureDigestName, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** KBKDF in counter mode over HMAC (SP 800-108r1 §4.1, 32-bit counter and length, separator byte). `length` 1 to 1024 bytes; key at least 14 bytes. */
  kbkdf(
    algorithm: SignatureDigestName,
    key: Uint8Array,
    label: Uint8Array,
    context: Uint8Array,
    length: number,
  ): Uint8Array;
}

export interface RandomSource {
  /** Fills `target` from the provider's DRBG. */
  fill(target: Uint8Array): void;
}

/** What answers, as `cryptobroker fips` and the start-up log show it. */
export interface ProviderReport {
  readonly provider: 'native' | 'pure';
  /** `required`: the FIPS provider alone; `off`: OpenSSL's default provider, or the pure one. */
  readonly fips: 'required' | 'off';
  /** Version text of libcrypto, e.g. `OpenSSL 3.5.7 …`. */
  readonly libraryVersion: string;
  readonly module: ModuleReport | undefined;
  readonly selfTests: readonly SelfTestResult[];
  readonly memory: MemoryReport;
}

/** The loaded provider module. `undefined` members do not apply (default provider). */
export interface ModuleReport {
  /** OpenSSL's provider name: `OpenSSL FIPS Provider`. */
  readonly name: string;
  readonly version: string;
  readonly buildInfo: string;
  readonly path: string | undefined;
  readonly sha256: string | undefined;
  /** Which directory the module was taken from: the package's, or the operator's (CRYPTO_BROKER_FIPS_MODULE_DIR). */
  readonly source: 'package' | 'operator' | 'builtin';
}

export interface SelfTestResult {
  /** OpenSSL's names: phase type (`KAT_Digest`) and description (`SHA2`). */
  readonly type: string;
  readonly name: string;
  readonly passed: boolean;
}

/** Key memory: the secure heap, whether it is locked against swapping, and whether the process may be dumped. */
export interface MemoryReport {
  readonly secureHeap: boolean;
  readonly locked: boolean;
  readonly dumpable: boolean;
}
