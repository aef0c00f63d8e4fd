import { PolicySnapshot, type Profile } from '../../../src/profile/index.ts';
import { LEAF_POLICY } from '../../support/certificate-requests.ts';

const sign = { policy: LEAF_POLICY, descriptorAlgorithm: 'ecdsa-with-SHA256' };

/** The profiles of the golden calls. native/test/support/broker_policies.cc has the same. */
const PROFILES: readonly Profile[] = [
  { name: 'Default', hashData: { algorithm: 'sha3-512' }, signCertificate: sign },
  {
    name: 'Outdated',
    hashData: { algorithm: 'sha-256' },
    signCertificate: sign,
    deprecation: {
      replacedBy: 'Default',
      deprecatedSince: '2026-01-01',
      removeAfter: '2027-01-01',
      reason: 'gr\u00f6\u00dfer ist sicherer',
    },
  },
  {
    name: 'Noted',
    hashData: { algorithm: 'shake-256' },
    deprecation: { reason: '' },
  },
  { name: 'Gr\u00f6\u00dfe', hashData: { algorithm: 'sha-512/256' } },
  { name: 'SignOnly', signCertificate: sign },
];

export const GOLDEN_POLICIES = new PolicySnapshot({
  profiles: PROFILES,
  warnings: [],
  source: { directory: '/nowhere', fileName: 'Profiles.yaml', shipped: false },
  sha256: '',
});
