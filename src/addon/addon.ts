/**
 * The types of the addon's exports: what native/binding offers and this folder alone calls. Arguments are positional and
 * already validated in kind; the addon checks every length again. Failures are thrown (or rejected) as an Error with
 * `code` set to a row of src/errors/codes.ts and a message that is safe to show.
 */
export interface NativeAddon {
  /** Starts the core once per process. A second call with the same options is a no-op, with others ALREADY_INITIALIZED. */
  initialize(options: NativeOptions): void;
  report(): NativeReport;
  /** Makes the process undumpable and sets the core limit to 0 (prctl(2) PR_SET_DUMPABLE, setrlimit(2) RLIMIT_CORE). */
  hardenProcess(): void;
  /** Ends the process by _exit(2) after so many milliseconds, unless it has ended by then (native/crypto/process_end.h). */
  endProcessAfter(milliseconds: number, exitCode: number): void;
  /** The codes the core can throw, for the test that compares them with the table. */
  errorCodes(): string[];
  /** Digest names in id order, for the same kind of test. */
  digestNames(): string[];
  poolStats(): NativePoolStats;
  /** False once the FIPS module has entered its error state, after which it answers nothing any more. */
  providerRunning(): boolean;

  digestHex(algorithm: number, input: Uint8Array): string;
  digestInto(algorithm: number, input: Uint8Array, output: Uint8Array, offset: number): number;
  digestBatch(
    algorithm: number,
    inputs: Uint8Array,
    offsets: Uint32Array,
    output: Uint8Array,
  ): number;
  digestAsync(algorithm: number, input: Uint8Array): Promise<Uint8Array>;

  /** Compiles a certificate policy once; the result is opaque and immutable. */
  compilePolicy(policy: NativePolicy): NativeHandle;
  issueCertificate(policy: NativeHandle, request: NativeCertificateRequest): Promise<Uint8Array>;

  kekImport(bytes: Uint8Array): NativeHandle;
  kekGenerate(bits: number): NativeHandle;
  /** `wrapped`: exactly 40 bytes. */
  kekGenerateChild(parent: NativeHandle, wrapped: Uint8Array): NativeHandle;
  kekUnwrapChild(parent: NativeHandle, wrapped: Uint8Array): NativeHandle;
  kekDrop: NativeDrop;
  generateAndWrap(kek: NativeHandle, key: Uint8Array, wrapped: Uint8Array): number;
  /** mode 0 KW, 1 KWP. */
  wrap(mode: number, kek: NativeHandle, key: Uint8Array, wrapped: Uint8Array): number;
  unwrap(mode: number, kek: NativeHandle, wrapped: Uint8Array, key: Uint8Array): number;

  /** `wrapped`: exactly 40 bytes, `checkValue`: 8; both are written. */
  serviceKeyGenerate(
    parent: NativeHandle,
    wrapped: Uint8Array,
    checkValue: Uint8Array,
  ): NativeHandle;
  serviceKeyUnwrap(parent: NativeHandle, wrapped: Uint8Array, checkValue: Uint8Array): NativeHandle;
  /** Writes `ephemeralPublic`, 97 bytes, and `wrappedKey`, 40. */
  serviceKeySeal(
    key: NativeHandle,
    recipient: Uint8Array,
    context: Uint8Array,
    ephemeralPublic: Uint8Array,
    wrappedKey: Uint8Array,
  ): void;
  serviceKeyOpen(
    recipient: NativeHandle,
    ephemeralPublic: Uint8Array,
    wrappedKey: Uint8Array,
    context: Uint8Array,
    checkValue: Uint8Array,
  ): NativeHandle;
  serviceKeyDrop: NativeDrop;

  /** `publicKey`: exactly 120 bytes, written. */
  sealingKeyGenerate(publicKey: Uint8Array): NativeHandle;
  sealingKeySave(key: NativeHandle, path: string, passphrase: Uint8Array | undefined): void;
  sealingKeyLoad(
    path: string,
    passphrase: Uint8Array | undefined,
    publicKey: Uint8Array,
  ): NativeHandle;
  sealingKeyDrop: NativeDrop;

  /** `wrapped`: exactly 200 bytes, `publicKey`: 120; both are written. */
  signingKeyGenerate(
    parent: NativeHandle,
    wrapped: Uint8Array,
    publicKey: Uint8Array,
  ): NativeHandle;
  signingKeyUnwrap(parent: NativeHandle, wrapped: Uint8Array, publicKey: Uint8Array): NativeHandle;
  signingKeySign(key: NativeHandle, data: Uint8Array): Uint8Array;
  signingKeyVerify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
  signingKeyDrop: NativeDrop;

  /**
   * `output` receives digest (32 bytes), MAC (32) and wrapped form in this order; returns the length of the wrapped form.
   * For `dataKeyAdopt` digest and MAC.
   */
  dataKeyCreate(key: NativeHandle, bits: number, header: Uint8Array, output: Uint8Array): number;
  dataKeyWrap(
    key: NativeHandle,
    plaintext: Uint8Array,
    header: Uint8Array,
    output: Uint8Array,
  ): number;
  dataKeyAdopt(
    key: NativeHandle,
    wrapped: Uint8Array,
    header: Uint8Array,
    output: Uint8Array,
  ): void;
  /** `mac` and `output` have 32 bytes; the new MAC goes to `output`. */
  dataKeyRebind(
    key: NativeHandle,
    wrapped: Uint8Array,
    digest: Uint8Array,
    mac: Uint8Array,
    header: Uint8Array,
    newHeader: Uint8Array,
    output: Uint8Array,
  ): void;
  dataKeyBind(
    key: NativeHandle,
    wrapped: Uint8Array,
    digest: Uint8Array,
    header: Uint8Array,
    output: Uint8Array,
  ): void;
  dataKeyVerify(
    key: NativeHandle,
    wrapped: Uint8Array,
    digest: Uint8Array,
    mac: Uint8Array,
    header: Uint8Array,
  ): void;
  dataKeyRead(
    key: NativeHandle,
    wrapped: Uint8Array,
    digest: Uint8Array,
    mac: Uint8Array,
    header: Uint8Array,
    target: Uint8Array,
    offset: number,
  ): number;
  dataKeyEncrypt: NativeDataCipher;
  dataKeyDecrypt: NativeDataCipher;

  aeadSeal(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    additionalData: Uint8Array,
  ): Uint8Array;
  aeadOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    additionalData: Uint8Array,
  ): Uint8Array;
  /** digest 0 SHA-256, 1 SHA-384, 2 SHA-512. */
  hmac(digest: number, key: Uint8Array, data: Uint8Array): Uint8Array;
  kbkdf(
    digest: number,
    key: Uint8Array,
    label: Uint8Array,
    context: Uint8Array,
    length: number,
  ): Uint8Array;
  randomFill(target: Uint8Array): void;

  /** Times one digest over `input` inside the core for about `milliseconds`; returns nanoseconds per operation. */
  benchmarkDigest(algorithm: number, input: Uint8Array, milliseconds: number): Promise<number>;
  /** The same for a whole certificate. */
  benchmarkCertificate(
    policy: NativeHandle,
    request: NativeCertificateRequest,
    milliseconds: number,
  ): Promise<number>;
  /** The same, in stages; nanoseconds of each (native/crypto/x509_issue.h). */
  benchmarkCertificateStages(
    policy: NativeHandle,
    request: NativeCertificateRequest,
    milliseconds: number,
  ): Promise<NativeIssueStages>;
}

export interface NativeIssueStages {
  parse: number;
  openCa: number;
  check: number;
  verify: number;
  build: number;
  sign: number;
  encode: number;
}

/** Wipes the key behind a handle; dropping twice is harmless. */
export type NativeDrop = (key: NativeHandle) => void;

/** mode 0 CBC, 1 ECB, 2 GCM. */
export type NativeDataCipher = (
  key: NativeHandle,
  wrapped: Uint8Array,
  digest: Uint8Array,
  mac: Uint8Array,
  header: Uint8Array,
  mode: number,
  padding: boolean,
  iv: Uint8Array,
  additionalData: Uint8Array,
  tagLength: number,
  data: Uint8Array,
) => Uint8Array;

declare const nativeHandle: unique symbol;

/** An External with a type tag; holds a pointer that JavaScript cannot read. */
export interface NativeHandle {
  readonly [nativeHandle]: true;
}

export interface NativeOptions {
  fips: 'required' | 'off';
  /** Directory that holds fips.so; ignored when fips is off. */
  moduleDirectory: string;
  /** Expected SHA-256 of fips.so in lower-case hex, or '' when the operator gave the module. */
  moduleSha256: string;
  /**
   * HMAC-SHA256 that our build noted for its module, in lower-case hex. An operator's module is held to the
   * fipsmodule.cnf beside it instead; without one it must be a copy of ours.
   */
  moduleMac: string;
  /** Refuse to start when the secure heap cannot be locked. */
  requireLockedMemory: boolean;
  /** Worker threads, 1 to 64, and jobs that may wait, 1 to 65536. */
  poolThreads: number;
  poolQueue: number;
  /** Parsed CA keys to keep (0: none, the default; at most 64) and for how many seconds. */
  caCacheEntries: number;
  caCacheSeconds: number;
}

export interface NativeReport {
  fips: 'required' | 'off';
  libraryVersion: string;
  libraryBuild: string;
  providerName: string;
  providerVersion: string;
  providerBuildInfo: string;
  /** '' when the provider is built in. */
  modulePath: string;
  moduleSha256: string;
  selfTests: { type: string; name: string; passed: boolean }[];
  secureHeap: boolean;
  memoryLocked: boolean;
  dumpable: boolean;
}

export interface NativePoolStats {
  threads: number;
  running: number;
  queued: number;
  capacity: number;
}

export interface NativePolicy {
  /** 0 RSA, 1 ECDSA. */
  signatureKey: number;
  /** 0 SHA-256, 1 SHA-384, 2 SHA-512. */
  signatureDigest: number;
  notBeforeOffset: number;
  notAfterOffset: number;
  /** [min, max] in bits; [0, 0]: not allowed. */
  subjectRsa: [number, number];
  subjectEc: [number, number];
  issuerRsa: [number, number];
  issuerEc: [number, number];
  /** Bit i set: KEY_USAGES[i]. */
  keyUsage: number;
  /** Indexes into EXTENDED_KEY_USAGES, in order. */
  extendedKeyUsage: number[];
  ca: boolean;
  /** -1: absent. */
  pathLength: number;
  /** Index into SKI_DIGESTS. */
  skiDigest: number;
}

export interface NativeCertificateRequest {
  csr: Uint8Array;
  caKey: Uint8Array;
  caCertificate: Uint8Array;
  now: number;
  /** -1n: not requested. */
  notBefore: bigint;
  notAfter: bigint;
  /** Absent: the CSR's subject. */
  subject?: string;
  crlDistributionPoints: readonly string[];
  pem: boolean;
}
