import { describe, expect, it } from 'vitest';

import type { CertificateRequest } from '../../src/crypto/provider.ts';
import { certificateFields } from '../support/certificate-fields.ts';
import { certificateRequest, policy } from '../support/certificate-requests.ts';
import { failureOf } from '../support/failures.ts';
import { CERTIFICATE_FAULTS, SHARED_RULE_FAULTS } from '../support/faults/index.ts';
import { KEY_KINDS, type KeyKind } from '../support/pki.ts';
import { openNative, openPure } from '../support/providers.ts';

const ISSUERS: readonly KeyKind[] = ['P-256', 'P-384', 'P-521', 'RSA-2048'];
const SUBJECTS: readonly KeyKind[] = ['P-256', 'P-521', 'RSA-2048', 'RSA-3072'];
const CHAINS = ISSUERS.flatMap((issuer) => SUBJECTS.map((subject) => ({ issuer, subject })));

/** Ways to ask that touch every field of a certificate. */
const VARIANTS: readonly (readonly [string, Partial<CertificateRequest>])[] = [
  ['as they come', {}],
  ['with another subject', { subject: 'C=DE, O=Ünïcode, OU=*, OU=plain, CN=x' }],
  ['with distribution points', { crlDistributionPoints: ['http://a.example/', 'https://b/c?d'] }],
  [
    'for a CA',
    {
      policy: policy({
        keyUsage: ['keyCertSign', 'cRLSign', 'decipherOnly'],
        extendedKeyUsage: [],
        basicConstraints: { ca: true, pathLength: 200 },
        skiDigest: 'sha3-512',
      }),
    },
  ],
];

describe('native and pure certificates', () => {
  it.each(CHAINS)('are the same for $subject from $issuer', async (kinds) => {
    const [native, pure] = await Promise.all([openNative(), openPure()]);
    for (const [name, changes] of VARIANTS) {
      const request = await certificateRequest(changes, kinds);
      const signatureKey = KEY_KINDS[kinds.issuer].algorithm;
      const signed = { ...request, policy: { ...request.policy, signatureKey } };
      const [ours, theirs] = await Promise.all([
        native.certificates.issue(signed),
        pure.certificates.issue(signed),
      ]);
      const [nativeFields, pureFields] = [certificateFields(ours), certificateFields(theirs)];
      expect(nativeFields.serialNumber).not.toBe(pureFields.serialNumber);
      expect({ ...nativeFields, serialNumber: '' }, name).toEqual({
        ...pureFields,
        serialNumber: '',
      });
    }
  });
});

describe('native and pure failures', () => {
  it('have the same code and field, whatever is at fault', async () => {
    const [native, pure] = await Promise.all([openNative(), openPure()]);
    for (const { name, changes } of CERTIFICATE_FAULTS) {
      const request = await certificateRequest(await changes());
      const ours = await failureOf(() => native.certificates.issue(request));
      const theirs = await failureOf(() => pure.certificates.issue(request));
      expect(codeAndField(ours), name).toEqual(codeAndField(theirs));
    }
  });

  it('have the same words where a rule of a profile is broken', async () => {
    const [native, pure] = await Promise.all([openNative(), openPure()]);
    for (const { name, changes } of SHARED_RULE_FAULTS) {
      const request = await certificateRequest(await changes());
      const ours = await failureOf(() => native.certificates.issue(request));
      const theirs = await failureOf(() => pure.certificates.issue(request));
      expect(ours, name).toEqual(theirs);
    }
  });
});

function codeAndField(failure: { readonly code: string; readonly message: string }) {
  return { code: failure.code, field: /^[a-zA-Z]+(?=: )/.exec(failure.message)?.[0] };
}
