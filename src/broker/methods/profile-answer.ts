import { BrokerError } from '../../errors/index.ts';
import type { OperationName, ProfilePolicy } from '../../profile/index.ts';
import type { DeprecationNotice } from '../request-metadata.ts';

/** The notice that goes with every answer made under an outdated profile. */
export function deprecationOf(policy: ProfilePolicy): DeprecationNotice | undefined {
  return policy.deprecation === undefined
    ? undefined
    : { profile: policy.name, ...policy.deprecation };
}

/** The error for an operation that the profile exists without. */
export function notOffered(operation: OperationName): BrokerError {
  return new BrokerError('OPERATION_NOT_ALLOWED', `does not offer ${operation}`, {
    field: 'profile',
  });
}
