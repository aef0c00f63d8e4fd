import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { CertificatePolicy, CertificateRequest } from '../../src/crypto/provider.ts';
import { SignCertificateResponse } from '../../src/generated/cryptobroker/crypto_broker.ts';
import { SignCertificateRequest } from '../../src/generated/cryptobroker/server_view.ts';
import { PolicySnapshot, type Profile } from '../../src/profile/index.ts';
import type { TransportName } from '../../src/grpc/transport.ts';
import { certificateRequest, LEAF_POLICY } from '../support/certificate-requests.ts';
import { CERTIFICATE_FAULTS } from '../support/faults/index.ts';
import { NOW } from '../support/pki.ts';
import { openNative } from '../support/providers.ts';
import { SIGN_CERTIFICATE } from './support/grpc-caller.ts';
import { startTestBroker, type TestBroker } from './support/test-broker.ts';
import { TRANSPORTS } from './support/transports.ts';

/** A server in FIPS mode at the time of the tests, with a profile for each policy. */
async function startAt(
  policies: Readonly<Record<string, CertificatePolicy>>,
  transport: TransportName,
): Promise<TestBroker> {
  const native = await openNative();
  const profiles: Profile[] = [
    { name: 'Default', hashData: { algorithm: 'sha3-512' } },
    ...Object.entries(policies).map(([name, policy]) => ({
      name,
      signCertificate: { policy, descriptorAlgorithm: 'ecdsa-with-SHA256' },
    })),
  ];
  return await startTestBroker({
    transport,
    provider: () => native,
    now: () => NOW * 1000,
    policies: new PolicySnapshot({
      profiles,
      warnings: [],
      source: { directory: '/nowhere', fileName: 'Profiles.yaml', shipped: false },
      sha256: '',
    }),
  });
}

function wire(profile: string, request: CertificateRequest, outputFormat = 1): Uint8Array {
  return SignCertificateRequest.encode({
    profile,
    csr: Buffer.from(request.csr),
    caPrivateKey: Buffer.from(request.caKey),
    caCert: Buffer.from(request.caCertificate),
    metadata: undefined,
    validNotBefore: request.notBefore,
    validNotAfter: request.notAfter,
    subject: request.subject,
    crlDistributionPoints: [...request.crlDistributionPoints],
    outputFormat,
  }).finish();
}

describe.each(TRANSPORTS)('over %s:', (transport) => {
  describe('certificates through the server', () => {
    it('come as PEM or DER, whichever was asked for, and DER for a format nobody knows', async () => {
      const { caller } = await startAt({ Leaf: LEAF_POLICY }, transport);
      const client = caller();
      const request = await certificateRequest({
        crlDistributionPoints: ['http://crl.example/ca.crl'],
      });
      const [der, pem, unknown] = await Promise.all(
        [0, 1, 77].map(async (format) => {
          const { response } = await client.call(SIGN_CERTIFICATE, wire('Leaf', request, format));
          return SignCertificateResponse.decode(response ?? Buffer.alloc(0));
        }),
      );
      expect(pem?.signedCertificate?.$case).toBe('pem');
      expect(der?.signedCertificate?.$case).toBe('der');
      expect(unknown?.signedCertificate?.$case).toBe('der');
      const ca = new X509Certificate(request.caCertificate);
      for (const answer of [der, pem]) {
        const certificate = new X509Certificate(answer?.signedCertificate?.value ?? '');
        expect(certificate.verify(ca.publicKey)).toBe(true);
      }
      expect(pem?.descriptor).toEqual({
        profile: 'Leaf',
        operation: 'SignCertificate',
        algorithm: 'ecdsa-with-SHA256',
      });
    });

    it('take the subject of the CSR when the request names an empty one', async () => {
      const { caller } = await startAt({ Leaf: LEAF_POLICY }, transport);
      const request = await certificateRequest();
      const { response } = await caller().call(
        SIGN_CERTIFICATE,
        wire('Leaf', { ...request, subject: '' }),
      );
      const pem =
        SignCertificateResponse.decode(response ?? Buffer.alloc(0)).signedCertificate?.value ?? '';
      expect(new X509Certificate(pem).subject).toBe('CN=P-256 service');
    });

    it(
      'are refused for every fault of a request, each with its code, and the server keeps serving',
      { timeout: 120_000 },
      async () => {
        const faults = await Promise.all(
          CERTIFICATE_FAULTS.map(async (fault) => ({
            ...fault,
            request: await certificateRequest(await fault.changes()),
          })),
        );
        const policies = Object.fromEntries(
          faults.map(({ request }, index) => [`P${index}`, request.policy]),
        );
        const { caller, log } = await startAt(policies, transport);
        const client = caller();
        for (const [index, { name, code, request }] of faults.entries()) {
          const end = await client.call(SIGN_CERTIFICATE, wire(`P${index}`, request));
          // What the field rules catch never reaches the core, and an empty subject means none.
          if (request.subject === '' && end.code === undefined) continue;
          expect(end.status, name).toBe(status.INVALID_ARGUMENT);
          expect(
            [code, 'FIELD_REQUIRED', 'FIELD_TOO_LARGE', 'FIELD_TOO_MANY', 'FIELD_NOT_URL'],
            name,
          ).toContain(end.code);
          if (index % 10 === 0) await client.expectServing();
        }
        await client.expectServing();
        expect(log.withMessage('call failed inside the server')).toEqual([]);
      },
    );

    it.each([
      ['csr-nist-secp224r1.csr', 'KEY_UNSUPPORTED'],
      ['csr-rsa-15380.csr', 'SUBJECT_KEY_NOT_ALLOWED'],
    ])('are refused for %s with %s', async (file, code) => {
      const { caller } = await startAt({ Leaf: LEAF_POLICY }, transport);
      const client = caller();
      const csr = readFileSync(new URL(`../fixtures/acceptance/${file}`, import.meta.url));
      const end = await client.call(
        SIGN_CERTIFICATE,
        wire('Leaf', await certificateRequest({ csr })),
      );
      expect(end).toMatchObject({ status: status.INVALID_ARGUMENT, code });
      await client.expectServing();
    });

    it('are refused by name of field and limit before anything is parsed', async () => {
      const { caller } = await startAt({ Leaf: LEAF_POLICY }, transport);
      const client = caller();
      const uri = 'http://crl.example/ca.crl';
      const cases: [Partial<CertificateRequest>, string][] = [
        [{ csr: Buffer.alloc(0) }, 'csr: required'],
        [{ caKey: Buffer.alloc(0) }, 'caPrivateKey: required'],
        [{ caCertificate: Buffer.alloc(0) }, 'caCert: required'],
        [{ csr: Buffer.alloc(1024 * 1024) }, 'csr: too large (max 65536)'],
        [{ caKey: Buffer.alloc(65_537) }, 'caPrivateKey: too large (max 65536)'],
        [{ caCertificate: Buffer.alloc(65_537) }, 'caCert: too large (max 65536)'],
        [{ subject: 'x'.repeat(1025) }, 'subject: too large (max 1024)'],
        [
          { crlDistributionPoints: Array<string>(17).fill(uri) },
          'crlDistributionPoints: too many entries (max 16)',
        ],
        [
          { crlDistributionPoints: [uri, 'ftp://crl.example/ca.crl'] },
          'crlDistributionPoints[1]: is not valid URL',
        ],
        [
          { crlDistributionPoints: ['http:///ca.crl'] },
          'crlDistributionPoints[0]: is not valid URL',
        ],
        [
          { crlDistributionPoints: [`http://crl.example/${'x'.repeat(2048)}`] },
          'crlDistributionPoints[0]: too large (max 2048)',
        ],
      ];
      for (const [changes, details] of cases) {
        const end = await client.call(
          SIGN_CERTIFICATE,
          wire('Leaf', await certificateRequest(changes)),
        );
        expect(end).toMatchObject({ status: status.INVALID_ARGUMENT, details });
      }
      await client.expectServing();
    });

    it('are not offered by a profile that only hashes, nor hashes by one that only signs', async () => {
      const { caller } = await startAt({ Leaf: LEAF_POLICY }, transport);
      const client = caller();
      expect(
        await client.call(SIGN_CERTIFICATE, wire('Default', await certificateRequest())),
      ).toMatchObject({
        status: status.PERMISSION_DENIED,
        code: 'OPERATION_NOT_ALLOWED',
        details: 'profile: does not offer SignCertificate',
      });
      expect(await client.hash('Leaf', 'abc')).toMatchObject({
        details: 'profile: does not offer HashData',
      });
    });
  });
});
