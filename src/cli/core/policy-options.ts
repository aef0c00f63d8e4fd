import { BrokerError } from '../../errors/index.ts';
import {
  Escrow,
  GetMiss,
  GrantCache,
  type ServicePolicy,
} from '../../generated/cryptobroker/gateway/v1/uplink.ts';

/** How one member of a service's policy is written on the command line. */
interface PolicyOption {
  readonly name: string;
  readonly values: string;
  readonly meaning: string;
  readonly read: (policy: ServicePolicy) => string;
  readonly apply: (policy: ServicePolicy, text: string) => Partial<ServicePolicy> | undefined;
}

/** What a service gets when nothing else is said. */
export const DEFAULT_POLICY: Omit<ServicePolicy, 'tenantId' | 'serviceId'> = {
  leaseTtlSeconds: 300,
  maxOfflineSeconds: 86_400,
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

type Key = keyof typeof DEFAULT_POLICY;

/** The table of policies: name, values, what it decides. */
const POLICY_OPTIONS: readonly PolicyOption[] = [
  duration(
    'lease',
    'leaseTtlSeconds',
    10,
    86_400,
    'how long a service key lives in a Gateway that is linked and not renewed',
  ),
  duration(
    'max-offline',
    'maxOfflineSeconds',
    0,
    7_776_000,
    'how long a Gateway serves without the Core; 0s: not at all',
  ),
  flag('offline-create', 'offlineCreate', 'new keys while the link is cut'),
  count(
    'offline-create-max',
    'offlineCreateMax',
    'new keys while the link is cut, at most; 0: no limit',
  ),
  words(
    'grant-cache',
    'grantCache',
    { memory: GrantCache.GRANT_CACHE_MEMORY, sealed: GrantCache.GRANT_CACHE_SEALED },
    'sealed: a Gateway that restarts while the link is cut serves again',
  ),
  words(
    'escrow',
    'l4Escrow',
    { wrapped: Escrow.ESCROW_WRAPPED, none: Escrow.ESCROW_NONE },
    'wrapped: the Core keeps each wrapped key; none: a lost vault is lost keys',
  ),
  flag('activate-on-create', 'activateOnCreate', 'keys are Active from birth'),
  words(
    'get-miss',
    'getMiss',
    { tunnel: GetMiss.GET_MISS_TUNNEL, deny: GetMiss.GET_MISS_DENY },
    'tunnel: a key that the vault does not have is asked of the Core',
  ),
  flag('get-deactivated', 'getDeactivated', 'Get of a Deactivated key is allowed'),
  flag('audit-required', 'auditRequired', 'no answer without a durable audit entry'),
  count(
    'outbox-max',
    'outboxMax',
    "keys that may wait to be registered with the Core; 0: the Core's default",
  ),
  duration(
    'tunnel-timeout',
    'tunnelTimeoutMs',
    1,
    60,
    'how long an operation of the Core may take',
    1000,
  ),
  duration(
    'clock-tolerance',
    'clockToleranceSeconds',
    1,
    3600,
    'how far the clock may have gone back at a restart without the Core',
  ),
  flag('unique-names', 'uniqueNames', 'a second key of the same Name is refused'),
];

/** `policy` with `max-offline=1h`, `activate-on-create=true` … applied. USAGE for what is not a policy. */
export function applyPolicies(policy: ServicePolicy, settings: readonly string[]): ServicePolicy {
  return settings.reduce((current, setting) => {
    const [name = '', text = ''] = setting.split('=', 2);
    const option = POLICY_OPTIONS.find((one) => one.name === name);
    if (option === undefined) {
      const names = POLICY_OPTIONS.map((one) => one.name).join(', ');
      throw usage(`--policy ${name}: no such policy; one of ${names}`);
    }
    const change = option.apply(current, text);
    if (change === undefined) throw usage(`--policy ${name}: must be ${option.values}`);
    return { ...current, ...change };
  }, policy);
}

/** Name and value of each policy, for people. */
export function policyPairs(policy: ServicePolicy): [string, string][] {
  return POLICY_OPTIONS.map(({ name, read }) => [name, read(policy)]);
}

/** Lines for a help text. */
export function policyHelp(): string {
  const width = Math.max(...POLICY_OPTIONS.map(({ name }) => name.length));
  return POLICY_OPTIONS.map(
    ({ name, values, meaning }) => `  ${name.padEnd(width)}  ${meaning} (${values})`,
  ).join('\n');
}

function flag(name: string, key: Key, meaning: string): PolicyOption {
  return {
    name,
    values: 'true or false',
    meaning,
    read: (policy) => String(policy[key]),
    apply: (_, text) =>
      text === 'true' || text === 'false' ? { [key]: text === 'true' } : undefined,
  };
}

function count(name: string, key: Key, meaning: string): PolicyOption {
  return {
    name,
    values: 'a whole number',
    meaning,
    read: (policy) => String(policy[key]),
    apply: (_, text) => (/^\d{1,15}$/.test(text) ? { [key]: BigInt(text) } : undefined),
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A whole number of seconds, minutes, hours or days; `unit` is how many of the member's units a second has. */
function duration(
  name: string,
  key: Key,
  min: number,
  max: number,
  meaning: string,
  unit = 1,
): PolicyOption {
  return {
    name,
    values: `${min}s to ${max}s, as 90s, 5m, 24h or 7d`,
    meaning,
    read: (policy) => `${Number(policy[key]) / unit}s`,
    apply: (_, text) => {
      const [, digits = '', letter = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
      const seconds = Number(digits) * (UNITS[letter] ?? Number.NaN);
      return seconds >= min && seconds <= max ? { [key]: seconds * unit } : undefined;
    },
  };
}

function words(
  name: string,
  key: Key,
  values: Readonly<Record<string, number>>,
  meaning: string,
): PolicyOption {
  return {
    name,
    values: Object.keys(values).join(' or '),
    meaning,
    read: (policy) => Object.entries(values).find(([, value]) => value === policy[key])?.[0] ?? '',
    apply: (_, text) => (Object.hasOwn(values, text) ? { [key]: values[text] } : undefined),
  };
}

function usage(message: string): BrokerError {
  return new BrokerError('USAGE', message);
}
