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
  readonly serviceKeys: ServiceKeys;
  readonly dataKeys: DataKeys;
  readonly signingKeys: SigningKeys;
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
  /**
   * A new random AES-256 wrapping key and its KW form (40 bytes) under `parent`, which must be AES-256, too
   * (INPUT_INVALID); its plaintext never leaves the core.
   */
  generateChild(parent: WrappingKey): { readonly key: WrappingKey; readonly wrapped: Uint8Array };
  /** The wrapping key in a form that `generateChild` gave. UNWRAP_FAILED. */
  unwrapChild(parent: WrappingKey, wrapped: Uint8Array): WrappingKey;
  /** Makes a random key of `key.length` bytes in `key` and its KW-wrapped form in `wrapped` (8 bytes longer). Returns the wrapped length. */
  generateAndWrap(kek: WrappingKey, key: Uint8Array, wrapped: Uint8Array): number;
  /** Wraps `key` into `wrapped` and returns the length written. */
  wrap(mode: WrapMode, kek: WrappingKey, key: Uint8Array, wrapped: Uint8Array): number;
  /** Unwraps into `key` and returns its length. UNWRAP_FAILED leaves `key` untouched. */
  unwrap(mode: WrapMode, kek: WrappingKey, wrapped: Uint8Array, key: Uint8Array): number;
}
export type WrapMode = 'kw' | 'kwp';

/**
 * A service key (L3): an AES-256 key-encryption key together with the MAC key derived from it (SP 800-108 KBKDF). It rests
 * in locked memory behind a handle; nothing gives its bytes back.
 */
export interface ServiceKey {
  /** Key check value: the first 8 bytes of HMAC-SHA-256 under the derived MAC key of the ASCII text `kcv`. */
  readonly checkValue: Uint8Array;
  /** Wipes the key. Later use is KEY_HANDLE_CLOSED; dropping twice is harmless. */
  drop(): void;
}

/** A P-384 key pair to which service keys are sealed. The private half stays behind the handle. */
export interface SealingKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of `publicKey`. */
  readonly keyId: Uint8Array;
  drop(): void;
}

/** A service key sealed to one sealing key: ephemeral-static ECDH P-384, SP 800-56C one-step KDF (SHA-384), AES-256-KW. */
export interface SealedServiceKey {
  /** Uncompressed point of the ephemeral key, 97 bytes. */
  readonly ephemeralPublic: Uint8Array;
  /** 40 bytes. */
  readonly wrappedKey: Uint8Array;
}

/** Making, sealing, opening and keeping of service keys. */
export interface ServiceKeys {
  /** A new random service key and its AES-256-KW form (40 bytes) under `parent`, an AES-256 wrapping key. */
  generate(parent: WrappingKey): { readonly key: ServiceKey; readonly wrapped: Uint8Array };
  /** The service key in a form that `generate` gave. UNWRAP_FAILED when it was not made under `parent`. */
  unwrap(parent: WrappingKey, wrapped: Uint8Array): ServiceKey;
  /**
   * Seals to the sealing key with this SubjectPublicKeyInfo. `context` is the FixedInfo of the KDF, at most 4096 bytes:
   * everything that the sealed key must not be mistaken for. INPUT_INVALID when `recipient` is not a P-384 key. Takes about
   * a millisecond of this thread in FIPS mode, opening a third of that.
   */
  seal(key: ServiceKey, recipient: Uint8Array, context: Uint8Array): SealedServiceKey;
  /** Opens what was sealed to `recipient` with the same `context`; otherwise UNWRAP_FAILED. */
  open(recipient: SealingKey, sealed: SealedServiceKey, context: Uint8Array): ServiceKey;
  /** A new sealing key. */
  generateSealingKey(): SealingKey;
  /**
   * Writes the private half to a new file of mode 0600 as PKCS #8 in DER, encrypted (PBES2, PBKDF2-HMAC-SHA-256,
   * AES-256-CBC) when there is a passphrase of 8 to 1024 bytes (INPUT_INVALID); the file is durable on return. Whatever has
   * that name is KEY_FILE_EXISTS, a file that cannot be written KEY_FILE_UNUSABLE. A passphrase costs 0.1 s of this thread,
   * here and on loading: for the start of a program.
   */
  saveSealingKey(key: SealingKey, path: string, passphrase?: Uint8Array): void;
  /**
   * Reads it back. KEY_FILE_UNUSABLE: absent, a symbolic link, not a regular file, accessible to others, of another owner,
   * damaged, the wrong passphrase, or one where there was none.
   */
  loadSealingKey(path: string, passphrase?: Uint8Array): SealingKey;
}

/** What a wrapped data key (L4) is stored as. */
export interface WrappedDataKey {
  /** KW for lengths of 16 bytes and more that are a multiple of 8, else KWP: `mode` follows from the length. */
  readonly wrapped: Uint8Array;
  /** SHA-256 of the key, the KMIP Digest attribute. */
  readonly digest: Uint8Array;
  /** HMAC-SHA-256 under the service key's MAC key over length-prefixed header, digest and wrapped. */
  readonly mac: Uint8Array;
}

/**
 * Data keys (L4) under a service key. AES key wrap binds no metadata, so every operation also takes `header`: the canonical
 * bytes of everything about the key that must not be changed unnoticed (tenant, service, uid, state, attributes …), at most
 * 1 MiB. KEY_HANDLE_CLOSED after the service key was dropped.
 */
export interface DataKeys {
  /** Makes a random key of 128, 192 or 256 bits and wraps it; its plaintext never leaves the core. */
  create(key: ServiceKey, bits: number, header: Uint8Array): WrappedDataKey;
  /** Wraps given key bytes (1 to 4096) and wipes `plaintext`, also when it fails. */
  wrap(key: ServiceKey, plaintext: Uint8Array, header: Uint8Array): WrappedDataKey;
  /**
   * Takes over a key that another holder of the service key wrapped: unwraps it to make digest and MAC. UNWRAP_FAILED,
   * also for a form other than the one of its length.
   */
  adopt(key: ServiceKey, wrapped: Uint8Array, header: Uint8Array): WrappedDataKey;
  /** MAC for a changed header, after the old MAC was found right; DATA_KEY_TAMPERED when it was not. */
  rebind(
    key: ServiceKey,
    row: WrappedDataKey,
    header: Uint8Array,
    newHeader: Uint8Array,
  ): Uint8Array;
  /** MAC for a header without a look at an old one: for changes that were noted while the service key was away. */
  bind(key: ServiceKey, row: Omit<WrappedDataKey, 'mac'>, header: Uint8Array): Uint8Array;
  /** Throws DATA_KEY_TAMPERED when the MAC does not fit. Constant time in the MAC. */
  verify(key: ServiceKey, row: WrappedDataKey, header: Uint8Array): void;
  /**
   * Checks the MAC (DATA_KEY_TAMPERED), then unwraps straight into `target` at `offset` and returns the key's length in
   * bytes. OUTPUT_TOO_SMALL when it does not fit; INPUT_INVALID when `target` from `offset` on overlaps an input. On failure
   * `target` is unchanged.
   */
  read(
    key: ServiceKey,
    row: WrappedDataKey,
    header: Uint8Array,
    target: Uint8Array,
    offset: number,
  ): number;
  /**
   * Encrypts or decrypts at most 64 MiB under a data key of 16, 24 or 32 bytes without letting it out, on this thread. CBC
   * with PKCS #7 padding or none (16-byte IV), ECB, GCM (12-byte IV, tag of 12 to 16 bytes appended to the ciphertext).
   * DATA_KEY_TAMPERED; DECRYPT_FAILED when tag or padding is wrong; INPUT_INVALID when the cipher's members or the data do
   * not fit the mode, or the data key is no AES key.
   */
  encrypt(
    key: ServiceKey,
    row: WrappedDataKey,
    header: Uint8Array,
    cipher: DataCipher,
    data: Uint8Array,
  ): Uint8Array;
  decrypt(
    key: ServiceKey,
    row: WrappedDataKey,
    header: Uint8Array,
    cipher: DataCipher,
    data: Uint8Array,
  ): Uint8Array;
}

export interface DataCipher {
  readonly mode: 'cbc' | 'ecb' | 'gcm';
  /** PKCS #7; only for CBC and ECB. */
  readonly padding: boolean;
  /** 16 bytes for CBC, 12 for GCM, empty for ECB. */
  readonly iv: Uint8Array;
  /** GCM alone; empty for the others, which would not authenticate it. */
  readonly additionalData: Uint8Array;
  /** GCM alone: 12 to 16 bytes; otherwise not looked at. */
  readonly tagLength: number;
}

/** A private P-384 key behind a handle. */
export interface SigningKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  drop(): void;
}

/** ECDSA on P-384 with SHA-384 (FIPS 186-5). */
export interface SigningKeys {
  /** A new key and its PKCS #8 form wrapped (KWP, 200 bytes) under `parent`, an AES-256 wrapping key. */
  generate(parent: WrappingKey): { readonly key: SigningKey; readonly wrapped: Uint8Array };
  unwrap(parent: WrappingKey, wrapped: Uint8Array): SigningKey;
  /** DER signature on at most 16 MiB. Takes 0.2 ms of this thread, verification 0.4 ms. */
  sign(key: SigningKey, data: Uint8Array): Uint8Array;
  /** False for every signature that is not right, malformed ones too. INPUT_INVALID when `publicKey` is not a P-384 key. */
  verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
}

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
