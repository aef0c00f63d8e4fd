import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { certificateFields } from '../../support/certificate-fields.ts';
import { policy } from '../../support/certificate-requests.ts';
import {
  commonName,
  derNull,
  element,
  objectIdentifier,
  octetString,
  sequence,
  set,
} from '../../support/der-writer.ts';
import {
  handmadeCertificate,
  handmadeExtension,
  handmadeRequest,
  requestFor,
} from '../../support/handmade-documents.ts';
import { ecKey, rsaKey, spkiOf } from '../../support/handmade-keys.ts';
import type { Issue } from '../../support/issue.ts';
import { caOf, derOf, requestOf } from '../../support/pki.ts';

const SUBJECT = 'CN=P-256 service';

export function describeCertificateInputs(issue: Issue): void {
  describe('documents', () => {
    const issuedSubject = async (...changes: Parameters<Issue>): Promise<string> =>
      new X509Certificate(await issue(...changes)).subject;

    it('may be DER', async () => {
      const ca = await caOf('P-256');
      const documents = {
        csr: derOf((await requestOf('P-256')).csrPem),
        caKey: derOf(ca.keyPem),
        caCertificate: derOf(ca.certificatePem),
      };
      expect(await issuedSubject(documents)).toBe(SUBJECT);
    });

    it.each<[string, (pem: string) => string]>([
      ['with CR LF', (pem) => pem.replaceAll('\n', '\r\n')],
      ['with text around it', (pem) => `Some words:\n${pem}and more.\n`],
      ['with trailing spaces', (pem) => pem.replaceAll('\n', '  \n')],
      ['without a newline at its end', (pem) => pem.trimEnd()],
      ['in one line of base64', (pem) => pem.replace(/(?<=[^-])\n(?=[^-])/g, '')],
    ])('may be PEM %s', async (_name, rewrite) => {
      const ca = await caOf('P-256');
      const documents = {
        csr: Buffer.from(rewrite((await requestOf('P-256')).csrPem)),
        caKey: Buffer.from(rewrite(ca.keyPem)),
        caCertificate: Buffer.from(rewrite(ca.certificatePem)),
      };
      expect(await issuedSubject(documents)).toBe(SUBJECT);
    });

    it.each(['NEW CERTIFICATE REQUEST', 'ANYTHING'])('take a CSR labelled %s', async (label) => {
      const { csrPem } = await requestOf('P-256');
      const csr = Buffer.from(csrPem.replaceAll('CERTIFICATE REQUEST', label));
      expect(await issuedSubject({ csr })).toBe(SUBJECT);
    });

    it('take the first certificate of a chain', async () => {
      const first = (await caOf('P-256')).certificatePem;
      const second = (await caOf('P-384')).certificatePem;
      const caCertificate = Buffer.from(first + second);
      expect(await issuedSubject({ caCertificate })).toBe(SUBJECT);
    });

    it.each(['pem', 'der'] as const)('take an EC key as SEC1 in %s', async (format) => {
      const key = createPrivateKey((await caOf('P-256')).keyPem);
      const caKey = Buffer.from(
        key.export({ format, type: 'sec1' } as { format: 'pem'; type: 'sec1' }),
      );
      expect(await issuedSubject({ caKey })).toBe(SUBJECT);
    });

    it('take an EC key behind its parameters, as `openssl ecparam -genkey` writes it', async () => {
      const key = createPrivateKey((await caOf('P-256')).keyPem);
      const parameters =
        '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
      const caKey = Buffer.from(
        parameters + key.export({ format: 'pem', type: 'sec1' }).toString(),
      );
      expect(await issuedSubject({ caKey })).toBe(SUBJECT);
    });

    it('take a key whose label names another format than it has', async () => {
      const key = createPrivateKey((await caOf('P-256')).keyPem);
      const sec1 = key.export({ format: 'pem', type: 'sec1' }).toString();
      const caKey = Buffer.from(sec1.replaceAll('EC PRIVATE KEY', 'PRIVATE KEY'));
      expect(await issuedSubject({ caKey })).toBe(SUBJECT);
    });

    it.each(['pem', 'der'] as const)('take an RSA key as PKCS #1 in %s', async (format) => {
      const ca = await caOf('RSA-2048');
      const key = createPrivateKey(ca.keyPem);
      const caKey = Buffer.from(
        key.export({ format, type: 'pkcs1' } as { format: 'pem'; type: 'pkcs1' }),
      );
      const subject = await issuedSubject({
        policy: policy({ signatureKey: 'RSA' }),
        caKey,
        caCertificate: Buffer.from(ca.certificatePem),
      });
      expect(subject).toBe(SUBJECT);
    });

    it('take an EC key that leaves its public half out', async () => {
      const { keyPem } = await caOf('P-256');
      const sec1 = createPrivateKey(keyPem).export({ format: 'der', type: 'sec1' });
      // version, privateKey, [0] parameters; [1] publicKey cut off (RFC 5915 §3).
      const scalar = sec1.subarray(7, 39);
      const caKey = sequence(
        element(0x02, Buffer.of(1)),
        octetString(scalar),
        element(0xa0, objectIdentifier('1.2.840.10045.3.1.7')),
      );
      expect(await issuedSubject({ caKey })).toBe(SUBJECT);
    });

    it('may ask for extensions in the CSR, which are ignored', async () => {
      const names = sequence(element(0x82, Buffer.from('evil.example')));
      const wanted = sequence(
        handmadeExtension('2.5.29.17', names),
        handmadeExtension('2.5.29.19', sequence(element(0x01, Buffer.of(0xff)))),
      );
      const attributes = sequence(objectIdentifier('1.2.840.113549.1.9.14'), set(wanted));
      const csr = requestFor(ecKey('P-256'), { attributes });
      const { extensions } = certificateFields(await issue({ csr }));
      expect(extensions).toHaveLength(5);
      expect(extensions.map(({ oid }) => oid)).not.toContain('551d11');
      expect(JSON.stringify(extensions)).not.toContain(Buffer.from('evil').toString('hex'));
    });

    it('take a CSR signed with RSA-PSS by an ordinary RSA key', async () => {
      const { constants, sign } = await import('node:crypto');
      const key = rsaKey(2048);
      const sha256 = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), derNull());
      const mgf1 = sequence(objectIdentifier('1.2.840.113549.1.1.8'), sha256);
      const signatureAlgorithm = sequence(
        objectIdentifier('1.2.840.113549.1.1.10'),
        sequence(
          element(0xa0, sha256),
          element(0xa1, mgf1),
          element(0xa2, element(0x02, Buffer.of(32))),
        ),
      );
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const csr = handmadeRequest({
        spki: spkiOf(key),
        signatureAlgorithm,
        signWith: (info) => sign('sha256', info, { key, padding, saltLength: 32 }),
      });
      expect(await issuedSubject({ csr })).toBe('CN=handmade');
    });

    it.each([
      ['is expired', { notBefore: '100101000000Z', notAfter: '110101000000Z' }],
      ['is not marked as one', { extensions: [handmadeExtension('2.5.29.19', sequence())] }],
    ])('take a CA certificate that %s, as the original does', async (_name, changes) => {
      const { keyPem } = await caOf('P-256');
      const subject = commonName('odd CA');
      const caCertificate = handmadeCertificate({ keyPem, subject, ...changes });
      expect(await issuedSubject({ caCertificate })).toBe(SUBJECT);
    });
  });
}
