import { beforeAll, describe, expect, it } from 'vitest';

import type { CertificateIssuer, CryptoProvider } from '../../../src/crypto/provider.ts';
import { certificateRequest } from '../../support/certificate-requests.ts';
import { failureOf } from '../../support/failures.ts';
import { CERTIFICATE_FAULTS } from '../../support/faults/index.ts';

export function describeCertificateFailures(open: () => Promise<CryptoProvider>): void {
  describe('certificates that are not issued', () => {
    let issuer: CertificateIssuer;
    beforeAll(async () => {
      issuer = (await open()).certificates;
    });

    it.each(CERTIFICATE_FAULTS)('$name: $code', async ({ code, field, changes }) => {
      const request = await certificateRequest(await changes());
      const failure = await failureOf(() => issuer.issue(request));
      expect(failure).toMatchObject({ code });
      if (field !== '') expect(failure.message).toMatch(new RegExp(`^${field}: `));
    });

    it('shows nothing of the CA key in the message of any failure', async () => {
      const { caKey } = await certificateRequest();
      const body = Buffer.from(caKey).toString().split('\n')[1] ?? '';
      const damaged = Buffer.from(
        Buffer.from(caKey)
          .toString()
          .replace(/\n-----END/, '*\n-----END'),
      );
      const failure = await failureOf(async () =>
        issuer.issue(await certificateRequest({ caKey: damaged })),
      );
      expect(failure.code).toBe('CA_KEY_MALFORMED');
      expect(failure.message).not.toContain(body.slice(0, 8));
    });

    it('issues again after a failure', async () => {
      await failureOf(async () => issuer.issue(await certificateRequest({ csr: Buffer.of(1) })));
      expect(await issuer.issue(await certificateRequest())).toBeInstanceOf(Uint8Array);
    });
  });
}
