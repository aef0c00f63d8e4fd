import { X509Certificate } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CertificateRequest, CryptoProvider } from '../../src/crypto/provider.ts';
import type { ErrorCode } from '../../src/errors/index.ts';
import { certificateFields } from '../support/certificate-fields.ts';
import { certificateRequest, policy } from '../support/certificate-requests.ts';
import { longRun } from '../support/environment.ts';
import { asFailure, type Failure } from '../support/failures.ts';
import { caOf, derOf, KEY_KINDS, requestOf, type KeyKind } from '../support/pki.ts';
import { openNative, openPure } from '../support/providers.ts';

/** The short run is the same every time; the long one goes where none has been before. */
const runs = longRun ? { numRuns: 20_000 } : { numRuns: 200, seed: 1 };
const TIMEOUT = { timeout: 1_800_000 };

type Document = 'csr' | 'caKey' | 'caCertificate';

/** One octet of one document becomes another, or the document is cut there. */
const damage = fc.record({
  kind: fc.constantFrom<KeyKind>('P-256', 'RSA-2048'),
  encoding: fc.constantFrom('der', 'der', 'pem'),
  position: fc.nat(),
  change: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom('flip' as const, 'cut' as const)),
});

const EXPECTED_CODES: Readonly<Record<Document, readonly ErrorCode[]>> = {
  csr: ['CSR_MALFORMED', 'CSR_SIGNATURE_INVALID', 'KEY_UNSUPPORTED', 'SUBJECT_KEY_NOT_ALLOWED'],
  caKey: [
    'CA_KEY_MALFORMED',
    'CA_KEY_MISMATCH',
    'CA_KEY_ENCRYPTED',
    'KEY_UNSUPPORTED',
    'ISSUER_KEY_NOT_ALLOWED',
  ],
  caCertificate: ['CA_CERT_MALFORMED', 'CA_KEY_MISMATCH', 'KEY_UNSUPPORTED'],
};

describe('a damaged document', () => {
  it.each(['csr', 'caCertificate'] as const)(
    '%s meets the same fate from both providers',
    TIMEOUT,
    async (document) => {
      const [native, pure] = await Promise.all([openNative(), openPure()]);
      await fc.assert(
        fc.asyncProperty(damage, async (how) => {
          const request = await damagedRequest(document, how);
          const ours = await fate(native, request);
          const theirs = await fate(pure, request);
          expectKnownFailure(document, ours.failure);
          expectKnownFailure(document, theirs.failure);
          expect(ours.outcome).toEqual(theirs.outcome);
        }),
        runs,
      );
    },
  );

  // node:crypto reads broken private keys with other eyes than the core, so their fates are not compared.
  it('caKey never makes a certificate that the CA does not verify', TIMEOUT, async () => {
    const providers = await Promise.all([openNative(), openPure()]);
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const request = await damagedRequest('caKey', how);
        const ca = new X509Certificate(request.caCertificate);
        for (const provider of providers) {
          const { certificate, failure } = await fate(provider, request);
          expectKnownFailure('caKey', failure);
          if (certificate !== undefined) {
            expect(new X509Certificate(certificate).verify(ca.publicKey)).toBe(true);
          }
        }
      }),
      runs,
    );
  });
});

describe('arbitrary bytes', () => {
  it('are refused as each of the documents', TIMEOUT, async () => {
    const providers = await Promise.all([openNative(), openPure()]);
    const base = await certificateRequest();
    const documents = Object.keys(EXPECTED_CODES) as Document[];
    const noise = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...documents), noise, async (document, bytes) => {
        for (const provider of providers) {
          const { failure } = await fate(provider, { ...base, [document]: bytes });
          expect(failure?.code).toMatch(/_MALFORMED$/);
        }
      }),
      runs,
    );
  });
});

type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

async function damagedRequest(document: Document, how: Damage): Promise<CertificateRequest> {
  const ca = await caOf(how.kind);
  const { csrPem } = await requestOf(how.kind);
  const pem = { csr: csrPem, caKey: ca.keyPem, caCertificate: ca.certificatePem }[document];
  const bytes = Buffer.from(how.encoding === 'pem' ? Buffer.from(pem) : derOf(pem));
  const signatureKey = KEY_KINDS[how.kind].algorithm;
  return certificateRequest(
    { policy: policy({ signatureKey }), [document]: damaged(bytes, how) },
    { subject: how.kind, issuer: how.kind },
  );
}

function damaged(bytes: Buffer, { position, change }: Damage): Buffer {
  const at = position % bytes.length;
  if (change === 'cut') return bytes.subarray(0, at);
  bytes[at] = change === 'flip' ? (bytes[at] ?? 0) ^ (1 << (position & 7)) : change;
  return bytes;
}

interface Fate {
  readonly certificate?: Uint8Array;
  readonly failure?: Failure;
  /** What both providers must agree on: the fields of the certificate, or the code of the failure. */
  readonly outcome: unknown;
}

async function fate(provider: CryptoProvider, request: CertificateRequest): Promise<Fate> {
  let certificate: Uint8Array | undefined;
  try {
    certificate = await provider.certificates.issue(request);
  } catch (error) {
    const failure = asFailure(error);
    return { failure, outcome: failure.code };
  }
  return { certificate, outcome: { ...certificateFields(certificate), serialNumber: '' } };
}

function expectKnownFailure(document: Document, failure: Failure | undefined): void {
  if (failure !== undefined) expect(EXPECTED_CODES[document]).toContain(failure.code);
}
