import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import {
  makeThrowawayCa,
  makeThrowawayRequest,
  type ThrowawayKey,
} from '../../../src/x509/throwaway.ts';
import { CSR } from '../../../src/x509/document.ts';
import { readPublicKey } from '../../../src/x509/public-key.ts';
import { verifySigningRequest } from '../../../src/x509/request-signature.ts';
import { readSigningRequest } from '../../../src/x509/signing-request.ts';
import { hasOpensslProgram, opensslVerify } from '../../support/openssl-verify.ts';

const NOW = 1_750_000_000;
const KEYS: readonly ThrowawayKey[] = [
  { algorithm: 'RSA', bits: 2048 },
  { algorithm: 'ECDSA', bits: 256 },
  { algorithm: 'ECDSA', bits: 384 },
  { algorithm: 'ECDSA', bits: 521 },
];

describe.each(KEYS)('a throwaway $algorithm key of $bits bits', (key) => {
  it('makes a CA that verifies itself and lasts 30 days', async () => {
    const { keyPem, certificatePem } = await makeThrowawayCa({ key, now: NOW });
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe('CN=Throwaway CA');
    expect(Date.parse(certificate.validFrom)).toBe((NOW - 3600) * 1000);
    expect(Date.parse(certificate.validTo)).toBe((NOW - 3600 + 30 * 24 * 3600) * 1000);
    if (hasOpensslProgram) {
      expect(opensslVerify(certificatePem, certificatePem, NOW)).toBe('leaf.pem: OK');
    }
  });

  it('makes a request that proves possession of it', async () => {
    const { keyPem, csrPem } = await makeThrowawayRequest({ key, commonName: 'Some Service' });
    const request = readSigningRequest(Buffer.from(csrPem));
    await verifySigningRequest(request);
    expect(request.publicKey.description).toEqual(key);
    expect(Buffer.from(request.subject).toString('latin1')).toContain('Some Service');
    const spki = createPrivateKey(keyPem);
    expect(spki.asymmetricKeyType).toBe(key.algorithm === 'RSA' ? 'rsa' : 'ec');
    expect(readPublicKey(request.publicKey.spki, CSR)).toEqual(request.publicKey);
  });
});
