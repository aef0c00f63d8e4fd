import { BrokerError } from '../../errors/index.ts';
import { KmipFailure } from '../../kmip/failure.ts';
import type { TenantBlock } from '../governance/tenant-blocks.ts';
import type { UnusableServiceKey } from '../service-keys/service-key-cache.ts';

/** The client's service has no policy here, or its tenant is not served. */
export function notServed(block: TenantBlock | 'decommissioned' | undefined): KmipFailure {
  const why = {
    suspended: 'the tenant is suspended',
    revoked: 'the tenant is revoked',
    decommissioned: 'this gateway is out of service',
  };
  return new KmipFailure(
    'permissionDenied',
    block === undefined ? 'the service is not served here' : why[block],
  );
}

/** After a restart nobody here knows whether an absent key ever came: for a client its lease ended either way. */
const SERVICE_KEY_TEXTS: Readonly<Record<UnusableServiceKey['why'], string>> = {
  absent: 'service key lease ended',
  ended: 'service key lease ended',
  suspended: 'service key suspended',
  compromised: 'service key compromised',
  destroyed: 'service key destroyed',
};

/** No data key of the service can be wrapped or unwrapped now. */
export function serviceKeyUnusable({ why }: Pick<UnusableServiceKey, 'why'>): KmipFailure {
  return new KmipFailure('protectionStorageUnavailable', SERVICE_KEY_TEXTS[why]);
}

/** A key that is not what was stored, or that the Core refused. */
export function keyQuarantined(): KmipFailure {
  return new KmipFailure('generalFailure', 'the key is quarantined');
}

const VAULT_FAILURES: ReadonlyMap<
  string,
  readonly ['serverLimitExceeded' | 'generalFailure', string]
> = new Map([
  ['VAULT_OUTBOX_FULL', ['serverLimitExceeded', 'too many keys wait for the core']],
  ['VAULT_DISK_FULL', ['serverLimitExceeded', 'the vault has no space left']],
  ['VAULT_UNAVAILABLE', ['generalFailure', 'the vault is unavailable']],
]);

/** What a client is told of a failure of the vault or the crypto core; anything that is not foreseen stays what it is. */
export function forClient(error: unknown): unknown {
  if (!(error instanceof BrokerError)) return error;
  // The lease ended between the look at the handle and its use.
  if (error.code === 'KEY_HANDLE_CLOSED') return serviceKeyUnusable({ why: 'ended' });
  const known = VAULT_FAILURES.get(error.code);
  return known === undefined ? error : new KmipFailure(known[0], known[1], { cause: error });
}
