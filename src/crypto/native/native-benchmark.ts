import { digest, type DigestName } from '../algorithms.ts';
import type { CertificateRequest } from '../provider.ts';
import type { NativeAddon, NativeIssueStages } from '../../addon/addon.ts';
import { toNativeRequest } from './native-certificates.ts';
import { toBrokerError } from '../../addon/native-error.ts';
import type { PolicyCompiler } from './native-policy.ts';

/**
 * Times operations inside the core, without the way to it, on a thread of its pool. `milliseconds`, 1 to 5000, is about
 * how long that takes; the result is the mean in nanoseconds per operation.
 */
export interface CoreBenchmark {
  digest(algorithm: DigestName, input: Uint8Array, milliseconds: number): Promise<number>;
  certificate(request: CertificateRequest, milliseconds: number): Promise<number>;
  /** Where the time of a certificate goes. */
  certificateStages(
    request: CertificateRequest,
    milliseconds: number,
  ): Promise<Readonly<NativeIssueStages>>;
}

export function nativeBenchmark(addon: NativeAddon, policies: PolicyCompiler): CoreBenchmark {
  return {
    async digest(algorithm, input, milliseconds) {
      try {
        return await addon.benchmarkDigest(digest(algorithm).id, input, milliseconds);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    async certificate(request, milliseconds) {
      try {
        const policy = policies.compile(request.policy);
        return await addon.benchmarkCertificate(policy, toNativeRequest(request), milliseconds);
      } catch (error) {
        throw toBrokerError(error);
      }
    },

    async certificateStages(request, milliseconds) {
      try {
        const policy = policies.compile(request.policy);
        const native = toNativeRequest(request);
        return await addon.benchmarkCertificateStages(policy, native, milliseconds);
      } catch (error) {
        throw toBrokerError(error);
      }
    },
  };
}
