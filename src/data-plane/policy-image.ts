import type { NativeProfilePolicy } from '../addon/data-plane.ts';
import type { PolicyCompiler } from '../crypto/native/native-policy.ts';
import type { PolicySnapshot, ProfilePolicy } from '../profile/index.ts';

/** The profiles as the addon takes them: names and numbers, and certificate policies that it has compiled. */
export function policyImage(
  snapshot: PolicySnapshot,
  compiler: Pick<PolicyCompiler, 'compile'>,
): NativeProfilePolicy[] {
  return snapshot.policies.map((policy) => profileImage(policy, compiler));
}

function profileImage(
  { name, hashData, signCertificate, deprecation }: ProfilePolicy,
  compiler: Pick<PolicyCompiler, 'compile'>,
): NativeProfilePolicy {
  return {
    name,
    ...(hashData && {
      hashData: {
        digest: hashData.digest.id,
        algorithm: hashData.algorithm,
        asyncAbove: hashData.digest.asyncAbove,
      },
    }),
    ...(signCertificate && {
      signCertificate: {
        policy: compiler.compile(signCertificate.policy),
        algorithm: signCertificate.descriptor.algorithm,
      },
    }),
    ...(deprecation && { deprecation }),
  };
}
