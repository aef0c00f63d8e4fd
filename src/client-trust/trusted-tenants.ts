import type { ClientRule, ClientTrust } from '../generated/cryptobroker/gateway/v1/uplink.ts';
import { readPem } from '../x509/pem.ts';
import { parseCertificate, type Certificate } from './certificate.ts';

/** What one tenant's clients are recognised by, ready for use. */
export interface TrustedTenant {
  readonly tenantId: string;
  readonly anchors: readonly Certificate[];
  readonly rules: readonly ClientRule[];
}

/** Something of a tenant's trust that is passed over; safe to show. */
export interface TrustProblem {
  readonly tenantId: string;
  readonly problem: string;
}

/** CA certificates of one tenant. */
const MOST_ANCHORS = 64;

/**
 * Reads the CA bundles once. A certificate in one that cannot be read is passed over and reported, the others count: one
 * bad entry must not lock every client of a tenant out.
 */
export function readTrust(trust: readonly ClientTrust[]): {
  readonly tenants: readonly TrustedTenant[];
  readonly problems: readonly TrustProblem[];
} {
  const problems: TrustProblem[] = [];
  const tenants = trust.map(({ tenantId, caBundle, rules }) => {
    const report = (problem: string): void => void problems.push({ tenantId, problem });
    const anchors = readBundle(caBundle, report);
    if (anchors.length === 0) report('no CA certificate can be used');
    return { tenantId, anchors, rules };
  });
  return { tenants, problems };
}

/** The CA certificates of a PEM bundle. */
export function readBundle(
  bundle: Uint8Array,
  report: (problem: string) => void,
): readonly Certificate[] {
  const anchors: Certificate[] = [];
  for (const { label, der } of readPem(bundle)) {
    if (label !== 'CERTIFICATE') continue;
    const anchor = der === undefined ? undefined : parseCertificate(der);
    if (anchor === undefined) report('a CA certificate cannot be read');
    else if (!anchor.fields.ca) report('a certificate in the bundle is not that of a CA');
    else if (anchors.length >= MOST_ANCHORS) {
      report(`only the first ${MOST_ANCHORS} CA certificates are used`);
      break;
    } else anchors.push(anchor);
  }
  return anchors;
}
