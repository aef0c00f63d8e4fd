import type { CertificateIssuer, CertificateRequest } from '../provider.ts';
import type { NativeAddon, NativeCertificateRequest } from '../../addon/addon.ts';
import { toBrokerError } from '../../addon/native-error.ts';
import type { PolicyCompiler } from './native-policy.ts';

/** Certificate issuing in the native core, on its pool. */
export function nativeCertificates(
  addon: NativeAddon,
  policies: PolicyCompiler,
): CertificateIssuer {
  return {
    async issue(request) {
      try {
        const policy = policies.compile(request.policy);
        return await addon.issueCertificate(policy, toNativeRequest(request));
      } catch (error) {
        throw toBrokerError(error);
      }
    },
  };
}

/** The request in the addon's terms. Holds the caller's buffers: the addon copies them before its call returns. */
export function toNativeRequest(request: CertificateRequest): NativeCertificateRequest {
  const ABSENT = -1n;
  return {
    csr: request.csr,
    caKey: request.caKey,
    caCertificate: request.caCertificate,
    now: request.now,
    notBefore: request.notBefore ?? ABSENT,
    notAfter: request.notAfter ?? ABSENT,
    ...(request.subject === undefined ? {} : { subject: request.subject }),
    crlDistributionPoints: request.crlDistributionPoints,
    pem: request.format === 'pem',
  };
}
