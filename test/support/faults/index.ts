import { CA_CERTIFICATE_FAULTS, CA_KEY_FAULTS } from './ca-faults.ts';
import { CSR_FAULTS, CSR_SIGNATURE_FAULTS } from './csr-faults.ts';
import { DOUBLE_FAULTS } from './double-faults.ts';
import type { CertificateFaults } from './fault.ts';
import {
  DISTRIBUTION_POINT_FAULTS,
  KEY_CONSTRAINT_FAULTS,
  POLICY_FAULTS,
  SUBJECT_FAULTS,
  VALIDITY_FAULTS,
} from './profile-faults.ts';

/** Broken rules, as opposed to broken documents: both providers tell them in the same words. */
export const SHARED_RULE_FAULTS: CertificateFaults = [
  ...KEY_CONSTRAINT_FAULTS,
  ...VALIDITY_FAULTS,
  ...SUBJECT_FAULTS,
  ...DISTRIBUTION_POINT_FAULTS,
  ...POLICY_FAULTS,
];

/** Every way a certificate request can fail by the fault of its sender. */
export const CERTIFICATE_FAULTS: CertificateFaults = [
  ...CSR_FAULTS,
  ...CSR_SIGNATURE_FAULTS,
  ...CA_KEY_FAULTS,
  ...CA_CERTIFICATE_FAULTS,
  ...SHARED_RULE_FAULTS,
  ...DOUBLE_FAULTS,
];
