import { describe, expect, it } from 'vitest';

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { describeAead } from './suites/aead.ts';
import { describeCertificateFailures } from './suites/certificate-failures.ts';
import { describeCertificates } from './suites/certificates.ts';
import { describeChildKeys } from './suites/child-keys.ts';
import { describeDataCiphers } from './suites/data-ciphers.ts';
import { describeDataKeys } from './suites/data-keys.ts';
import { describeDigests } from './suites/digests.ts';
import { describeKeyWrap } from './suites/key-wrap.ts';
import { describeMacs } from './suites/macs.ts';
import { describeRandom } from './suites/random.ts';
import { describeSealingKeyFiles } from './suites/sealing-key-files.ts';
import { describeServiceKeys } from './suites/service-keys.ts';
import { describeSigningKeys } from './suites/signing-keys.ts';

/**
 * What every crypto provider must do, whatever it is made of: published answers, every limit from both sides, every
 * failure with its code. `open` may be called many times and gives the same provider.
 */
export function describeProvider(
  name: CryptoProvider['name'],
  open: () => Promise<CryptoProvider>,
): void {
  describe(`${name} provider`, () => {
    it('says its name, and what answers', async () => {
      const provider = await open();
      expect(provider.name).toBe(name);
      expect(provider.report()).toMatchObject({ provider: name });
      expect(provider.report().libraryVersion).toMatch(/^OpenSSL \d+\.\d+\.\d+/);
    });

    describeDigests(open);
    describeKeyWrap(open);
    describeChildKeys(open);
    describeServiceKeys(open);
    describeSealingKeyFiles(open);
    describeDataKeys(open);
    describeDataCiphers(open);
    describeSigningKeys(open);
    describeAead(open);
    describeMacs(open);
    describeRandom(open);
    describeCertificates(open);
    describeCertificateFailures(open);
  });
}
