import type { DigestName, KeyAlgorithm, SignatureDigestName } from '../../crypto/algorithms.ts';
import type { CertificatePolicy } from '../../crypto/provider.ts';
import type { CallContext } from '../../grpc/method.ts';
import type { ThrowawayKey } from '../../x509/throwaway.ts';
import type { RequestMetadata, ResponseMetadata } from '../request-metadata.ts';
import { checkMetadata } from '../validation.ts';
import { WorkQueue } from '../work-queue.ts';
import type { BenchmarkMaterial, BenchmarkMaterialSource } from './benchmark-material.ts';
import type { CoreTimer } from './core-timer.ts';

export interface BenchmarkRequest {
  readonly metadata: RequestMetadata | undefined;
}

export interface BenchmarkTiming {
  readonly name: string;
  /** Nanoseconds of one operation, a whole number. */
  readonly avgTime: number;
}

export interface BenchmarkResult {
  readonly results: readonly BenchmarkTiming[];
  readonly metadata: ResponseMetadata;
}

export type BenchmarkHandler = (
  request: BenchmarkRequest,
  call: CallContext,
) => Promise<BenchmarkResult>;

/** How long each row is measured. Ten rows take about 2.5 s. */
const DIGEST_MS = 150;
const CERTIFICATE_MS = 450;

/** A short message, as most are: the time is that of one call into the hash function. */
const DIGEST_INPUT = Buffer.from(
  'the quick brown fox jumps over the lazy dog, sixty-four bytes!!!',
);

/** Runs that may wait for the one that is measuring: two at a time would measure each other. */
const WAITING_RUNS = 8;

const DIGEST_ROWS: readonly { readonly name: string; readonly digest: DigestName }[] = [
  { name: 'HashSHA3_256', digest: 'sha3-256' },
  { name: 'HashSHA3_384', digest: 'sha3-384' },
  { name: 'HashSHA3_512', digest: 'sha3-512' },
  { name: 'HashSHA_256', digest: 'sha-256' },
  { name: 'HashSHA_384', digest: 'sha-384' },
  { name: 'HashSHA_512', digest: 'sha-512' },
  { name: 'HashSHA_512_256', digest: 'sha-512/256' },
];

/** Keys of one kind of certificate that is measured. */
export interface CertificateRow {
  readonly name: string;
  readonly subject: ThrowawayKey;
  readonly ca: ThrowawayKey;
}

const CERTIFICATE_ROWS: readonly CertificateRow[] = [
  {
    name: 'SignCertificate_CSR_SECP256R1_CA_RSA4096',
    subject: { algorithm: 'ECDSA', bits: 256 },
    ca: { algorithm: 'RSA', bits: 4096 },
  },
  {
    name: 'SignCertificate_CSR_SECP521R1_CA_SECP521R1',
    subject: { algorithm: 'ECDSA', bits: 521 },
    ca: { algorithm: 'ECDSA', bits: 521 },
  },
  {
    name: 'SignCertificate_CSR_SECP256R1_CA_SECP384R1',
    subject: { algorithm: 'ECDSA', bits: 256 },
    ca: { algorithm: 'ECDSA', bits: 384 },
  },
];

/** The original's names say which library is measured, and know one. */
const NAME_PREFIX = 'BenchmarkLibraryNative_';

/** Times the crypto core, one run at a time; the names and their order are the original's. */
export function benchmarkHandler(options: {
  readonly timer: CoreTimer;
  readonly material: BenchmarkMaterialSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): BenchmarkHandler {
  const { timer, material, now } = options;
  const oneAtATime = new WorkQueue({ concurrency: 1, capacity: WAITING_RUNS });

  const measure = async (call: CallContext): Promise<BenchmarkTiming[]> => {
    const results: BenchmarkTiming[] = [];
    const add = (name: string, nanoseconds: number): void => {
      call.signal.throwIfAborted();
      results.push({ name: `${NAME_PREFIX}${name}`, avgTime: Math.round(nanoseconds) });
    };
    for (const { name, digest } of DIGEST_ROWS) {
      add(name, await timer.digest(digest, DIGEST_INPUT, DIGEST_MS));
    }
    for (const row of CERTIFICATE_ROWS) {
      const made = await material(row);
      add(row.name, await timer.certificate(certificateRequest(made, now()), CERTIFICATE_MS));
    }
    return results;
  };

  return async (request, call) => {
    checkMetadata(request.metadata);
    const results = await oneAtATime.run(call, () => measure(call));
    return { results, metadata: { request: request.metadata } };
  };
}

function certificateRequest(material: BenchmarkMaterial, now: number) {
  return {
    policy: policyFor(material.caAlgorithm),
    csr: material.csr,
    caKey: material.caKey,
    caCertificate: material.caCertificate,
    now: Math.floor(now / 1000),
    crlDistributionPoints: [],
    format: 'der',
  } as const;
}

const ANY_KEY = { RSA: { min: 2048, max: 16384 }, ECDSA: { min: 256, max: 521 } } as const;
const SIGNATURE_DIGEST: SignatureDigestName = 'sha-512';
const YEAR_SECONDS = 365 * 24 * 3600;

/** What an ordinary end-entity profile says. */
function policyFor(signatureKey: KeyAlgorithm): CertificatePolicy {
  return {
    signatureKey,
    signatureDigest: SIGNATURE_DIGEST,
    notBeforeOffset: 0,
    notAfterOffset: YEAR_SECONDS,
    subjectKey: ANY_KEY,
    issuerKey: ANY_KEY,
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: ['clientAuth'],
    basicConstraints: { ca: false },
    skiDigest: 'sha-256',
  };
}
