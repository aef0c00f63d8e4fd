import type { CertificateIssuer } from '../../crypto/provider.ts';
import { BrokerError } from '../../errors/index.ts';
import type { CallContext } from '../../grpc/method.ts';
import type { Descriptor, PolicySnapshot } from '../../profile/index.ts';
import { isCrlUrl } from '../crl-url.ts';
import type { RequestMetadata, ResponseMetadata } from '../request-metadata.ts';
import {
  checkCount,
  checkMetadata,
  checkProfileName,
  checkRequired,
  checkSize,
  FIELD_LIMITS,
} from '../validation.ts';
import type { WorkQueue } from '../work-queue.ts';
import { deprecationOf, notOffered } from './profile-answer.ts';

/** A request for a certificate, in no particular generation of the wire. The buffers may be views of its message. */
export interface SignCertificateRequest {
  readonly profile: string;
  readonly csr: Uint8Array;
  readonly caPrivateKey: Uint8Array;
  readonly caCert: Uint8Array;
  readonly metadata: RequestMetadata | undefined;
  /** Seconds since 1970; absent: the profile's. */
  readonly notBefore: bigint | undefined;
  readonly notAfter: bigint | undefined;
  /** Empty or absent: the CSR's. */
  readonly subject: string | undefined;
  readonly crlDistributionPoints: readonly string[];
  readonly format: 'der' | 'pem';
}

export interface SignCertificateResult {
  readonly format: 'der' | 'pem';
  readonly certificate: Uint8Array;
  readonly descriptor: Descriptor;
  readonly metadata: ResponseMetadata;
}

export type SignCertificateHandler = (
  request: SignCertificateRequest,
  call: CallContext,
) => Promise<SignCertificateResult>;

/** Issues a certificate by the rules of the profile, in turn on the core's threads. */
export function signCertificateHandler(options: {
  readonly policies: PolicySnapshot;
  readonly certificates: CertificateIssuer;
  readonly queue: WorkQueue;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}): SignCertificateHandler {
  const { policies, certificates, queue, now } = options;
  return async (request, call) => {
    checkRequest(request);
    const policy = policies.require(request.profile);
    if (policy.signCertificate === undefined) throw notOffered('SignCertificate');
    const { policy: certificatePolicy, descriptor } = policy.signCertificate;
    const { notBefore, notAfter, subject, format } = request;
    const certificate = await queue.run(call, () =>
      certificates.issue({
        policy: certificatePolicy,
        csr: request.csr,
        caKey: request.caPrivateKey,
        caCertificate: request.caCert,
        now: Math.floor(now() / 1000),
        ...(notBefore === undefined ? {} : { notBefore }),
        ...(notAfter === undefined ? {} : { notAfter }),
        ...(subject === undefined || subject === '' ? {} : { subject }),
        crlDistributionPoints: request.crlDistributionPoints,
        format,
      }),
    );
    const metadata = { request: request.metadata, deprecation: deprecationOf(policy) };
    return { format, certificate, descriptor, metadata };
  };
}

function checkRequest(request: SignCertificateRequest): void {
  checkProfileName(request.profile);
  checkMetadata(request.metadata);
  for (const field of ['csr', 'caPrivateKey', 'caCert'] as const) {
    checkRequired(field, request[field]);
    checkSize(field, request[field], FIELD_LIMITS.pem);
  }
  checkSize('subject', request.subject ?? '', FIELD_LIMITS.subject);
  const field = 'crlDistributionPoints';
  const urls = request.crlDistributionPoints;
  checkCount(field, urls, FIELD_LIMITS.crlDistributionPoints);
  for (const [index, url] of urls.entries()) {
    checkSize(`${field}[${index}]`, url, FIELD_LIMITS.crlDistributionPoint);
    if (!isCrlUrl(url)) {
      throw new BrokerError('FIELD_NOT_URL', 'is not valid URL', { field: `${field}[${index}]` });
    }
  }
}
