import { BrokerError } from '../../errors/index.ts';
import {
  Escrow,
  GetMiss,
  GrantCache,
  type ServicePolicy,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';

const DAY = 24 * 3600;

/** What a service gets when nothing else is said. */
export const DEFAULT_POLICY: Omit<ServicePolicy, 'tenantId' | 'serviceId'> = {
  leaseTtlSeconds: 300,
  maxOfflineSeconds: DAY,
  offlineCreate: true,
  offlineCreateMax: 0n,
  grantCache: GrantCache.GRANT_CACHE_SEALED,
  l4Escrow: Escrow.ESCROW_WRAPPED,
  activateOnCreate: false,
  getMiss: GetMiss.GET_MISS_TUNNEL,
  getDeactivated: true,
  auditRequired: true,
  outboxMax: 100_000n,
  tunnelTimeoutMs: 5000,
  clockToleranceSeconds: 30,
  rewrapOnAccess: false,
  uniqueNames: false,
};

/** Bounds of every number: [field, smallest, largest]. */
const BOUNDS = [
  ['leaseTtlSeconds', 1, DAY],
  ['maxOfflineSeconds', 0, 90 * DAY],
  ['offlineCreateMax', 0, 1_000_000_000],
  ['outboxMax', 1, 100_000_000],
  ['tunnelTimeoutMs', 100, 60_000],
  ['clockToleranceSeconds', 1, 3600],
] as const;

/**
 * A policy as an administrator gave it, completed and checked. Fields for which zero means nothing get their default;
 * `max_offline_seconds` and the switches are taken as they are. Throws INPUT_INVALID.
 */
export function completePolicy(
  given: ServicePolicy | undefined,
  tenantId: string,
  serviceId: string,
): ServicePolicy {
  if (given === undefined) return { ...DEFAULT_POLICY, tenantId, serviceId };
  const policy: ServicePolicy = {
    ...given,
    tenantId,
    serviceId,
    leaseTtlSeconds: given.leaseTtlSeconds || DEFAULT_POLICY.leaseTtlSeconds,
    outboxMax: given.outboxMax || DEFAULT_POLICY.outboxMax,
    tunnelTimeoutMs: given.tunnelTimeoutMs || DEFAULT_POLICY.tunnelTimeoutMs,
    clockToleranceSeconds: given.clockToleranceSeconds || DEFAULT_POLICY.clockToleranceSeconds,
    grantCache: given.grantCache || DEFAULT_POLICY.grantCache,
    l4Escrow: given.l4Escrow || DEFAULT_POLICY.l4Escrow,
    getMiss: given.getMiss || DEFAULT_POLICY.getMiss,
  };
  checkPolicy(policy);
  return policy;
}

function checkPolicy(policy: ServicePolicy): void {
  for (const [field, smallest, largest] of BOUNDS) {
    if (policy[field] < smallest || policy[field] > largest) {
      throw invalid(snakeCase(field), `must be ${smallest} to ${largest}`);
    }
  }
  checkOneOf('grant_cache', policy.grantCache, GrantCache);
  checkOneOf('l4_escrow', policy.l4Escrow, Escrow);
  checkOneOf('get_miss', policy.getMiss, GetMiss);
  if (policy.rewrapOnAccess) throw invalid('rewrap_on_access', 'is not part of this version');
}

function checkOneOf(field: string, value: number, names: Readonly<Record<string, number>>): void {
  if (value <= 0 || !Object.values(names).includes(value)) throw invalid(field, 'is unknown');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function invalid(field: string, problem: string): BrokerError {
  return new BrokerError('INPUT_INVALID', problem, { field: `policy.${field}` });
}
