import { createHash, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';

import {
  SIGNATURE_DIGESTS,
  SKI_DIGESTS,
  type SignatureDigestName,
} from '../../../src/crypto/algorithms.ts';
import type {
  CertificateIssuer,
  CertificateRequest,
  CryptoProvider,
} from '../../../src/crypto/provider.ts';
import { certificateFields, type CertificateFields } from '../../support/certificate-fields.ts';
import { certificateRequest, policy } from '../../support/certificate-requests.ts';
import { announceSkip } from '../../support/environment.ts';
import { hasOpensslProgram, opensslVerify } from '../../support/openssl-verify.ts';
import { caOf, KEY_KINDS, NOW, type KeyKind } from '../../support/pki.ts';
import { describeCertificateExtensions } from './certificate-extensions.ts';
import { describeCertificateNames } from './certificate-names.ts';
import { describeCertificateInputs } from './certificate-inputs.ts';

/** [issuer, digest, subject]: every kind of key on both sides, every digest with both algorithms. */
const CHAINS: readonly (readonly [KeyKind, SignatureDigestName, KeyKind])[] = [
  ['P-256', 'sha-256', 'RSA-2048'],
  ['P-256', 'sha-512', 'P-256'],
  ['P-384', 'sha-384', 'P-384'],
  ['P-384', 'sha-512', 'RSA-3072'],
  ['P-521', 'sha-512', 'P-521'],
  ['P-521', 'sha-256', 'P-256'],
  ['RSA-2048', 'sha-256', 'P-256'],
  ['RSA-2048', 'sha-384', 'P-521'],
  ['RSA-3072', 'sha-512', 'RSA-2048'],
  ['RSA-4096', 'sha-512', 'P-384'],
];

/** AlgorithmIdentifiers, DER: RFC 4055 §5 (NULL parameters), RFC 5758 §3.2 (none). */
const ALGORITHMS: Readonly<Record<'RSA' | 'ECDSA', Readonly<Record<SignatureDigestName, string>>>> =
  {
    RSA: {
      'sha-256': '300d06092a864886f70d01010b0500',
      'sha-384': '300d06092a864886f70d01010c0500',
      'sha-512': '300d06092a864886f70d01010d0500',
    },
    ECDSA: {
      'sha-256': '300a06082a8648ce3d040302',
      'sha-384': '300a06082a8648ce3d040303',
      'sha-512': '300a06082a8648ce3d040304',
    },
  };

export function describeCertificates(open: () => Promise<CryptoProvider>): void {
  describe('certificates', () => {
    let issuer: CertificateIssuer;
    beforeAll(async () => {
      issuer = (await open()).certificates;
    });
    const issue = async (changes: Partial<CertificateRequest> = {}): Promise<Uint8Array> =>
      issuer.issue(await certificateRequest(changes));
    const issueFields = async (changes?: Partial<CertificateRequest>): Promise<CertificateFields> =>
      certificateFields(await issue(changes));

    if (!hasOpensslProgram) {
      announceSkip('certificates against `openssl verify`', 'install the package openssl');
    }

    it.each(CHAINS)(
      '%s with %s certifies %s, and others verify it',
      async (issuerKind, digest, subject) => {
        const signatureKey = KEY_KINDS[issuerKind].algorithm;
        const ca = await caOf(issuerKind);
        const request = await certificateRequest(
          { policy: policy({ signatureKey, signatureDigest: digest }) },
          { subject, issuer: issuerKind },
        );
        const pem = Buffer.from(await issuer.issue(request)).toString();
        const certificate = new X509Certificate(pem);
        const caCertificate = new X509Certificate(ca.certificatePem);
        expect(certificate.verify(caCertificate.publicKey)).toBe(true);
        expect(certificate.checkIssued(caCertificate)).toBe(true);
        expect(certificate.ca).toBe(false);
        if (hasOpensslProgram)
          expect(opensslVerify(pem, ca.certificatePem, NOW)).toBe('leaf.pem: OK');

        const fields = certificateFields(Buffer.from(pem));
        expect(fields.version).toBe('a003020102');
        expect(fields.signature).toBe(ALGORITHMS[signatureKey][digest]);
        expect(fields.signatureAlgorithm).toBe(fields.signature);
      },
    );

    it('covers every digest with both kinds of CA key', () => {
      const covered = CHAINS.map(([kind, digest]) => `${KEY_KINDS[kind].algorithm} ${digest}`);
      const all = SIGNATURE_DIGESTS.flatMap((digest) => [`RSA ${digest}`, `ECDSA ${digest}`]);
      expect(new Set(covered)).toEqual(new Set(all));
    });

    it('carries the key of the CSR, octet by octet', async () => {
      const { csr } = await certificateRequest();
      const { publicKey } = await issueFields();
      expect(certificateBytes(csr)).toContain(publicKey);
    });

    it('has a positive random serial number of 20 octets', async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 40; i++) {
        const { serialNumber } = await issueFields({ format: 'der' });
        expect(serialNumber).toMatch(/^0214[0-7][0-9a-f]{39}$/);
        expect(serialNumber).not.toMatch(/^021400/);
        seen.add(serialNumber);
      }
      expect(seen.size).toBe(40);
    });

    it('comes as PEM with lines of 64 characters, or as the same structure in DER', async () => {
      const pem = Buffer.from(await issue({ format: 'pem' })).toString();
      expect(pem).toMatch(
        /^-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{1,64}={0,2}\n-----END CERTIFICATE-----\n$/,
      );
      const der = await issue({ format: 'der' });
      expect(der[0]).toBe(0x30);
      expect(new X509Certificate(der).subject).toBe(new X509Certificate(pem).subject);
    });

    it.each([
      ['the edges of the window', {}, '250615140640Z', '260615150640Z'],
      [
        'both edges asked for',
        { notBefore: NOW - 3600, notAfter: NOW + 31_536_000 },
        '250615140640Z',
        '260615150640Z',
      ],
      [
        'a narrower time',
        { notBefore: NOW + 1, notAfter: NOW + 61 },
        '250615150641Z',
        '250615150741Z',
      ],
      ['a single second', { notBefore: NOW, notAfter: NOW }, '250615150640Z', '250615150640Z'],
    ] as const)('is valid for %s', async (_name, requested, notBefore, notAfter) => {
      const { validity } = await issueFields(
        Object.fromEntries(Object.entries(requested).map(([key, time]) => [key, BigInt(time)])),
      );
      expect(validity).toBe(`301e${utcTime(notBefore)}${utcTime(notAfter)}`);
    });

    it('changes from UTCTime to GeneralizedTime with the year 2050', async () => {
      const year2050 = 2_524_608_000;
      const wide = policy({ notBeforeOffset: -NOW, notAfterOffset: 253_402_300_799 - NOW });
      const before = await issueFields({ policy: wide, notAfter: BigInt(year2050 - 1) });
      expect(before.validity).toBe(`301e${utcTime('700101000000Z')}${utcTime('491231235959Z')}`);
      const after = await issueFields({ policy: wide, notAfter: BigInt(year2050) });
      expect(after.validity).toBe(`3020${utcTime('700101000000Z')}180f${ascii('20500101000000Z')}`);
      const last = await issueFields({ policy: wide });
      expect(last.validity).toContain(`180f${ascii('99991231235959Z')}`);
    });

    it.each(SKI_DIGESTS)('identifies the subject key by 160 bits of %s', async (skiDigest) => {
      const { publicKey, extensions } = await issueFields({ policy: policy({ skiDigest }) });
      // The bits of a P-256 key: an uncompressed point of 65 octets.
      const point = Buffer.from(publicKey, 'hex').subarray(-65);
      const hash = createHash(skiDigest.replace(/^sha-/, 'sha')).update(point).digest('hex');
      expect(extensions.at(-1)?.value).toBe(`0414${hash.slice(0, 40)}`);
    });

    it('reads its buffers before it returns', async () => {
      const request = await certificateRequest();
      const pending = issuer.issue(request);
      for (const buffer of [request.csr, request.caKey, request.caCertificate]) buffer.fill(0);
      expect(new X509Certificate(await pending).subject).toBe('CN=P-256 service');
    });

    it('issues many at once', async () => {
      const request = await certificateRequest();
      const all = await Promise.all(Array.from({ length: 24 }, () => issuer.issue(request)));
      const serials = all.map((certificate) => new X509Certificate(certificate).serialNumber);
      expect(new Set(serials).size).toBe(24);
    });

    describeCertificateExtensions(issue);
    describeCertificateNames(issue);
    describeCertificateInputs(issue);
  });
}

function certificateBytes(pem: Uint8Array): string {
  const body = Buffer.from(pem)
    .toString()
    .replace(/-----[A-Z ]+-----/g, '');
  return Buffer.from(body, 'base64').toString('hex');
}

function utcTime(text: string): string {
  return `170d${ascii(text)}`;
}

function ascii(text: string): string {
  return Buffer.from(text).toString('hex');
}
